use super::common::{
    CREATED_AT, DELETED_AT, EXT, FILES, LABELS, STAMP, TEXT, UID, V, entry, field, map, optional,
    required,
};
use super::{Domain, EntrySpec, KindSpec, Segment, ValueType};
use crate::limits::{
    OVERRIDE_TEXT_BYTES_MAX, OVERRIDES_MAX, RDATES_MAX, TITLE_BYTES_MAX, URI_BYTES_MAX,
};
use crate::value::ClusterKind;
use crate::{Kind, SpaceKind};

const STATUS: Domain = Domain::OneOf(&["confirmed", "tentative", "cancelled"]);
const BUSY: Domain = Domain::OneOf(&["busy", "free"]);
const URI: Domain = Domain::Uri(URI_BYTES_MAX);

/// What a field may be overridden with, for one occurrence.
macro_rules! overridden {
    ($field:literal, $domain:expr) => {
        entry(&[Segment::Occurrence, Segment::Word($field)], ValueType::optional($domain))
    };
}

const OVERRIDES: &[EntrySpec] = &[
    overridden!("excluded", Domain::Bool),
    overridden!("when", Domain::Cluster(ClusterKind::When)),
    overridden!("title", Domain::Str(TITLE_BYTES_MAX)),
    overridden!("desc", Domain::Str(OVERRIDE_TEXT_BYTES_MAX)),
    overridden!("place", Domain::Cluster(ClusterKind::Place)),
    overridden!("meet", URI),
    overridden!("url", URI),
    overridden!("status", STATUS),
    overridden!("busy", BUSY),
    overridden!("color", Domain::Color),
];

pub(super) static SPEC: KindSpec = KindSpec {
    kind: Kind::Event,
    homes: &[SpaceKind::Calendar],
    fields: &[
        V,
        required("title", Domain::Str(TITLE_BYTES_MAX), "What it is called."),
        required(
            "when",
            Domain::Cluster(ClusterKind::When),
            "When it is, of a series the first time: start, duration, zone, all-day.",
        ),
        optional("rule", Domain::Rule, "How it repeats; absent for a single event."),
        map(
            "rdates",
            RDATES_MAX,
            &[entry(&[Segment::Occurrence], STAMP)],
            "Local starts beside those of the rule.",
        ),
        map(
            "overrides",
            OVERRIDES_MAX,
            OVERRIDES,
            "What is different in one occurrence, named by its original local start. \
             `excluded` takes the occurrence out.",
        ),
        field("desc", TEXT, "What it is about, in Markdown."),
        optional(
            "place",
            Domain::Cluster(ClusterKind::Place),
            "Where it is: a copy, so that renaming a place later tells guests nothing.",
        ),
        optional("meet", URI, "Where to join by video or telephone."),
        optional("url", URI, "A page about it."),
        optional("status", STATUS, "Whether it will take place."),
        optional("busy", BUSY, "Whether it takes up time."),
        optional("color", Domain::Color, "Its colour, for those who choose none of their own."),
        LABELS,
        FILES,
        optional("splitFrom", Domain::Id, "The series that this one went on from."),
        optional("splitTo", Domain::Id, "The series that goes on from this one."),
        UID,
        CREATED_AT,
        DELETED_AT,
        EXT,
    ],
};
