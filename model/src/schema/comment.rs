use super::common::{
    CREATED_AT, DELETED_AT, EXT, FILES, TEXT, V, entry, field, map, once, optional,
};
use super::{Domain, KindSpec, Segment, ValueType};
use crate::limits::{REACTION_BYTES_MAX, REACTIONS_MAX};
use crate::{Kind, SpaceKind};

pub(super) static SPEC: KindSpec = KindSpec {
    kind: Kind::Comment,
    homes: &[SpaceKind::List, SpaceKind::Calendar, SpaceKind::Project],
    fields: &[
        V,
        once(
            "subject",
            ValueType::required(Domain::Id),
            "The todo or event that it is about, in the same space.",
        ),
        field("body", TEXT, "What its creator has to say, in Markdown."),
        once("replyTo", ValueType::required(Domain::Id), "The comment that it answers, if any."),
        map(
            "reactions",
            REACTIONS_MAX,
            &[entry(&[Segment::User], ValueType::optional(Domain::Str(REACTION_BYTES_MAX)))],
            "An emoji for each account that reacts to it.",
        ),
        FILES,
        CREATED_AT,
        optional("editedAt", Domain::Millis, "When its creator last changed it."),
        DELETED_AT,
        EXT,
    ],
};
