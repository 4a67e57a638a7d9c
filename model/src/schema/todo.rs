use super::common::{
    CREATED_AT, DELETED_AT, EXT, FILES, LABELS, STAMP, TEXT, UID, V, entry, field, map, optional,
    required,
};
use super::{Domain, KindSpec, Segment, ValueType};
use crate::limits::{
    ASSIGNEES_MAX, CHECKS_MAX, LINKS_MAX, LOG_MAX, NAME_BYTES_MAX, TITLE_BYTES_MAX, URI_BYTES_MAX,
};
use crate::value::ClusterKind;
use crate::{Kind, SpaceKind};

/// The most minutes that a todo is estimated to take: a year of days and nights.
const ESTIMATE_MAX: i64 = 366 * 24 * 60;

const TICKED: ValueType = ValueType::optional(Domain::Bool);

pub(super) static SPEC: KindSpec = KindSpec {
    kind: Kind::Todo,
    homes: &[SpaceKind::List, SpaceKind::Project],
    fields: &[
        V,
        required("title", Domain::Str(TITLE_BYTES_MAX), "What is to be done."),
        field("notes", TEXT, "Whatever helps to do it, in Markdown."),
        required(
            "state",
            Domain::OneOf(&["open", "doing", "done", "cancelled"]),
            "How far it is. Of a repeating todo `log` tells, and this stays open.",
        ),
        optional("done", Domain::Cluster(ClusterKind::Stamp), "When and by whom it was done."),
        optional("priority", Domain::Int(0, 3), "None, low, medium or high."),
        optional("start", Domain::Cluster(ClusterKind::TaskTime), "When it can be begun."),
        optional("due", Domain::Cluster(ClusterKind::TaskTime), "When it is planned to be done."),
        optional("deadline", Domain::Date, "The day after which it is too late."),
        optional("estimate", Domain::Int(0, ESTIMATE_MAX), "How many minutes it will take."),
        optional("section", Domain::Id, "The section it is in, an id of the space's."),
        optional("order", Domain::Order, "Its place among its neighbours; ties go by id."),
        optional(
            "parent",
            Domain::Id,
            "The todo that it is a part of. Todos in a cycle are shown at the top.",
        ),
        LABELS,
        map(
            "assignees",
            ASSIGNEES_MAX,
            &[entry(&[Segment::User], STAMP)],
            "The accounts that are to do it. One that is no member is not shown.",
        ),
        optional("repeat", Domain::Cluster(ClusterKind::Repeat), "How it repeats."),
        map(
            "log",
            LOG_MAX,
            &[entry(
                &[Segment::Occurrence],
                ValueType::optional(Domain::Cluster(ClusterKind::LogMark)),
            )],
            "What became of each occurrence of a repeating todo. The next one is derived.",
        ),
        map(
            "checks",
            CHECKS_MAX,
            &[
                entry(
                    &[Segment::Id, Segment::Word("title")],
                    ValueType::optional(Domain::Str(NAME_BYTES_MAX)),
                ),
                entry(&[Segment::Id, Segment::Word("order")], ValueType::optional(Domain::Order)),
                entry(&[Segment::Id], TICKED),
                entry(&[Segment::Occurrence, Segment::Id], TICKED),
            ],
            "The checklist: each item's title and order, and whether it is ticked off, \
             of a repeating todo for each occurrence anew.",
        ),
        map(
            "links",
            LINKS_MAX,
            &[
                entry(&[Segment::Word("blocks"), Segment::Id, Segment::Id], STAMP),
                entry(&[Segment::Word("duplicates"), Segment::Id, Segment::Id], STAMP),
                entry(&[Segment::Word("relates"), Segment::Id, Segment::Id], STAMP),
            ],
            "Other things, each by its space and its id, which may be out of a reader's \
             sight; so nothing of theirs is copied here.",
        ),
        optional("url", Domain::Uri(URI_BYTES_MAX), "A page about it."),
        FILES,
        UID,
        CREATED_AT,
        DELETED_AT,
        EXT,
    ],
};
