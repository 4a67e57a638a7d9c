//! What clusters are made of, for generated types and documentation.

use super::ClusterKind;

/// A member of a cluster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What JSON it is.
    pub is: MemberType,
    /// Whether it may be absent.
    pub optional: bool,
    /// What it means.
    pub about: &'static str,
}

/// What JSON a member is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemberType {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// An array of whole numbers.
    Ints,
    /// A string.
    Text,
    /// One of these strings.
    OneOf(&'static [&'static str]),
}

use MemberType::{Bool, Int, Ints, OneOf, Text};

const fn member(name: &'static str, is: MemberType, about: &'static str) -> Member {
    Member { name, is, optional: false, about }
}

const fn maybe(name: &'static str, is: MemberType, about: &'static str) -> Member {
    Member { name, is, optional: true, about }
}

const AT: Member = member("at", Int, "When, in milliseconds since 1970, by the device's clock.");
const BY: Member = member("by", Text, "The account that did it: the author of the change.");

const WHEN: &[Member] = &[
    member("allDay", Bool, "Whether it is whole days."),
    member("dur", Text, "How long it takes: `PT1H30M`, `P2D`."),
    maybe("endTz", Text, "The zone of its end, where that is another than `tz`."),
    member("start", Text, "Its local start: `2026-03-01T09:00:00`, or a date."),
    maybe("tz", Text, "The zone of `start`; absent where it is floating."),
];

const TASK_TIME: &[Member] = &[
    member("date", Text, "The day: `2026-03-01`."),
    maybe("time", Text, "The time of that day: `09:00:00`."),
    maybe("tz", Text, "The zone of `time`; absent where it is floating."),
];

const STAMP: &[Member] = &[AT, BY];

const REPEAT: &[Member] = &[
    member(
        "mode",
        OneOf(&["fixed", "afterDone"]),
        "Whether the next is counted by the rule alone, or from when the last was done.",
    ),
    member(
        "onMissed",
        OneOf(&["latest", "all", "skip"]),
        "Which occurrences that went by are still to be done.",
    ),
    member("rule", Text, "The rule, without an UNTIL."),
    maybe("until", Text, "The last local day or time on which it may occur."),
];

const LOG_MARK: &[Member] =
    &[AT, BY, member("s", OneOf(&["done", "skipped"]), "What became of the occurrence.")];

const PLACE: &[Member] = &[
    maybe("addr", Text, "Its address, in lines."),
    maybe("lat", Int, "Its latitude in millionths of a degree; with `lon` only."),
    maybe("lon", Int, "Its longitude in millionths of a degree."),
    maybe("name", Text, "What it is called."),
];

const FILE: &[Member] = &[
    member("name", Text, "Its name, without a path."),
    member("size", Int, "How many bytes it has."),
    member("type", Text, "Its media type."),
];

const ALERTS: &[Member] =
    &[member("before", Ints, "How many minutes before the start, rising; negative is after it.")];

impl ClusterKind {
    /// Its members, in the order in which they are written.
    pub const fn members(self) -> &'static [Member] {
        match self {
            Self::When => WHEN,
            Self::TaskTime => TASK_TIME,
            Self::Stamp => STAMP,
            Self::Repeat => REPEAT,
            Self::LogMark => LOG_MARK,
            Self::Place => PLACE,
            Self::File => FILE,
            Self::Alerts => ALERTS,
        }
    }

    /// One with every member that it may have.
    pub const fn example(self) -> &'static str {
        match self {
            Self::When => {
                r#"{"allDay":false,"dur":"PT11H","endTz":"Asia/Tokyo","start":"2026-03-01T09:00:00","tz":"Europe/Paris"}"#
            }
            Self::TaskTime => r#"{"date":"2026-03-01","time":"09:00:00","tz":"Europe/Paris"}"#,
            Self::Stamp => r#"{"at":1772355600000,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f"}"#,
            Self::Repeat => {
                r#"{"mode":"fixed","onMissed":"latest","rule":"FREQ=WEEKLY;BYDAY=MO","until":"2026-12-31"}"#
            }
            Self::LogMark => {
                r#"{"at":1772355600000,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f","s":"done"}"#
            }
            Self::Place => {
                r#"{"addr":"Rue de Rivoli","lat":48860611,"lon":2337644,"name":"Louvre"}"#
            }
            Self::File => r#"{"name":"plan.pdf","size":48213,"type":"application/pdf"}"#,
            Self::Alerts => r#"{"before":[0,15]}"#,
        }
    }
}
