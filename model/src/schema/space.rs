use super::common::{EXT, TEXT, V, entry, field, map, optional, required};
use super::{Domain, KindSpec, Segment, ValueType};
use crate::limits::{ICON_BYTES_MAX, NAME_BYTES_MAX, PARTS_MAX, TITLE_BYTES_MAX};
use crate::{Kind, SpaceKind};

const PART_NAME: ValueType = ValueType::optional(Domain::Str(NAME_BYTES_MAX));
const PART_ORDER: ValueType = ValueType::optional(Domain::Order);
const PART_COLOR: ValueType = ValueType::optional(Domain::Color);
const PART_DELETED: ValueType = ValueType::optional(Domain::Millis);

pub(super) static SPEC: KindSpec = KindSpec {
    kind: Kind::Space,
    homes: SpaceKind::ALL,
    fields: &[
        V,
        required("name", Domain::Str(TITLE_BYTES_MAX), "What people call the space."),
        field("desc", TEXT, "What the space is for."),
        optional("color", Domain::Color, "Its colour, for those who choose none of their own."),
        optional("icon", Domain::Str(ICON_BYTES_MAX), "An emoji, or the name of a drawing."),
        optional("zone", Domain::Zone, "The zone in which new things are planned."),
        optional(
            "view",
            Domain::OneOf(&[
                "list", "board", "calendar", "timeline", "agenda", "day", "week", "month",
            ]),
            "How it is shown at first.",
        ),
        map(
            "sections",
            PARTS_MAX,
            &[
                entry(&[Segment::Id, Segment::Word("name")], PART_NAME),
                entry(&[Segment::Id, Segment::Word("order")], PART_ORDER),
                entry(&[Segment::Id, Segment::Word("color")], PART_COLOR),
                entry(
                    &[Segment::Id, Segment::Word("wip")],
                    ValueType::optional(Domain::Int(1, 1_000)),
                ),
                entry(&[Segment::Id, Segment::Word("deletedAt")], PART_DELETED),
            ],
            "The sections of a list and the columns of a board; `wip` is how many open \
             todos a column takes before it is shown as too full.",
        ),
        map(
            "labels",
            PARTS_MAX,
            &[
                entry(&[Segment::Id, Segment::Word("name")], PART_NAME),
                entry(&[Segment::Id, Segment::Word("order")], PART_ORDER),
                entry(&[Segment::Id, Segment::Word("color")], PART_COLOR),
                entry(&[Segment::Id, Segment::Word("deletedAt")], PART_DELETED),
            ],
            "The labels that things in the space may have.",
        ),
        optional("archivedAt", Domain::Millis, "Since when it is put away, if it is."),
        optional(
            "defaultPrivacy",
            Domain::OneOf(&["default", "busy", "secret"]),
            "The privacy that a new event is offered with. Decides nothing by itself.",
        ),
        optional(
            "defaultBusy",
            Domain::OneOf(&["busy", "free"]),
            "Whether a new event takes up time.",
        ),
        optional(
            "availability",
            Domain::OneOf(&["all", "attending", "none"]),
            "Which of its events count when others ask whether its owner is busy.",
        ),
        EXT,
    ],
};
