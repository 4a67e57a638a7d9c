use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, ClusterKind};
use super::{Duration, LocalTime, ZoneName};

/// When an event is: some whole days, or a time of a day in a zone, or, without
/// a zone, the same time on whatever wall it is read (floating).
///
/// `{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00:00","tz":"Europe/Paris"}`
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Whether it is whole days.
    #[serde(rename = "allDay")]
    pub all_day: bool,
    /// How long it takes.
    pub dur: Duration,
    /// The zone in which its end is told, where that is another than `tz`, as on a flight.
    #[serde(rename = "endTz", skip_serializing_if = "Option::is_none", default)]
    pub end_tz: Option<ZoneName>,
    /// Its local start: a date for whole days, else a date and time.
    pub start: LocalTime,
    /// The zone of `start`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tz: Option<ZoneName>,
}

impl When {
    /// So many whole days.
    pub fn all_day(start: NaiveDate, days: u32) -> Self {
        Self {
            all_day: true,
            dur: Duration::of_days(days),
            end_tz: None,
            start: LocalTime::Date(start),
            tz: None,
        }
    }
}

impl Cluster for When {
    const KIND: ClusterKind = ClusterKind::When;

    fn check(&self) -> Result<(), String> {
        let broken = match (self.all_day, self.start) {
            (true, LocalTime::DateTime(_)) => "whole days start on a date",
            (false, LocalTime::Date(_)) => "a `start` without a time needs `allDay`",
            (true, _) if self.tz.is_some() => "whole days have no zone",
            (true, _) if self.dur.days == 0 || self.dur.seconds != 0 => {
                "whole days last one or more days and no hours"
            }
            _ if self.end_tz.is_some() && self.tz.is_none() => "`endTz` needs `tz`",
            _ if self.end_tz.is_some() && self.end_tz == self.tz => {
                "`endTz` is left out where it is `tz`"
            }
            _ if !self.dur.is_bounded() => "`dur` is too long",
            _ => return Ok(()),
        };
        Err(broken.to_owned())
    }
}
