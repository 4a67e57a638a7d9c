use super::common::{EXT, V, entry, map, optional};
use super::{Domain, KindSpec, Segment, ValueType};
use crate::limits::DASHBOARD_MAX;
use crate::value::ClusterKind;
use crate::{Kind, SpaceKind};

/// The longest language tag: RFC 5646 asks for room for 35 characters.
const LOCALE_BYTES_MAX: usize = 35;

/// The most bytes of the name of a part of the dashboard.
const WIDGET_BYTES_MAX: usize = 32;

pub(super) static SPEC: KindSpec = KindSpec {
    kind: Kind::Prefs,
    homes: &[SpaceKind::Personal],
    fields: &[
        V,
        optional(
            "zoneMode",
            Domain::OneOf(&["device", "home"]),
            "Whether times are shown in the zone of the device or in the one at home.",
        ),
        optional("zone", Domain::Zone, "The zone at home."),
        optional("locale", Domain::Str(LOCALE_BYTES_MAX), "A language tag, such as `de-AT`."),
        optional(
            "weekStart",
            Domain::OneOf(&[
                "monday",
                "tuesday",
                "wednesday",
                "thursday",
                "friday",
                "saturday",
                "sunday",
            ]),
            "The first day of a week.",
        ),
        optional("clock", Domain::OneOf(&["12h", "24h"]), "How times of day are written."),
        optional(
            "dateFormat",
            Domain::OneOf(&["locale", "ymd", "dmy", "mdy"]),
            "How dates are written.",
        ),
        optional(
            "theme",
            Domain::OneOf(&["system", "light", "dark"]),
            "The look of the application.",
        ),
        optional("defaultCalendar", Domain::Id, "The calendar that a new event goes to."),
        optional("defaultList", Domain::Id, "The list that a new todo goes to."),
        optional(
            "defaultAlerts",
            Domain::Cluster(ClusterKind::Alerts),
            "When to be reminded of an event that has a time of day.",
        ),
        optional(
            "defaultAllDayAlerts",
            Domain::Cluster(ClusterKind::Alerts),
            "When to be reminded of a whole day, counted from its midnight.",
        ),
        optional("firstHour", Domain::Int(0, 23), "The hour at which a day's grid begins."),
        optional(
            "syncDismissals",
            Domain::Bool,
            "Whether an alert dismissed on one device goes away on the others.",
        ),
        map(
            "dashboard",
            DASHBOARD_MAX,
            &[
                entry(
                    &[Segment::Name(WIDGET_BYTES_MAX), Segment::Word("order")],
                    ValueType::optional(Domain::Order),
                ),
                entry(
                    &[Segment::Name(WIDGET_BYTES_MAX), Segment::Word("hidden")],
                    ValueType::optional(Domain::Bool),
                ),
            ],
            "The parts of the dashboard: in which order, and which are hidden.",
        ),
        EXT,
    ],
};
