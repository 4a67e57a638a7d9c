//! A recurrence rule.

use chrono::Weekday;

use super::ByDay;
use crate::value::LocalTime;

/// The value of an RRULE property, valid as a whole, whose UNTIL is a local time
/// in the zone of the thing that repeats. It has one text form, see
/// [`parse`](Self::parse).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: u32,
    pub(super) ends: Ends,
    pub(super) week_start: Weekday,
    pub(super) months: Vec<i32>,
    pub(super) weeks: Vec<i32>,
    pub(super) year_days: Vec<i32>,
    pub(super) month_days: Vec<i32>,
    pub(super) days: Vec<ByDay>,
    pub(super) hours: Vec<i32>,
    pub(super) minutes: Vec<i32>,
    pub(super) seconds: Vec<i32>,
    pub(super) positions: Vec<i32>,
}

/// The unit that a rule counts in. There is no SECONDLY: nothing in a life
/// repeats by the second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Frequency {
    /// By the minute.
    Minutely,
    /// By the hour.
    Hourly,
    /// By the day.
    Daily,
    /// By the week.
    Weekly,
    /// By the month.
    Monthly,
    /// By the year.
    Yearly,
}

/// When a rule stops.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ends {
    /// Never.
    Never,
    /// After so many occurrences.
    After(u32),
    /// With the last occurrence at or before this time; a date includes its day.
    Until(LocalTime),
}

impl Rule {
    /// The unit that it counts in.
    pub fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// How many of its units lie between one and the next.
    pub fn interval(&self) -> u32 {
        self.interval
    }

    /// The weekdays that it names.
    pub fn days(&self) -> &[ByDay] {
        &self.days
    }

    /// When it stops.
    pub fn ends(&self) -> Ends {
        self.ends
    }

    /// The same rule with another end, as when a series is split in two.
    #[must_use]
    pub fn ending(mut self, ends: Ends) -> Self {
        self.ends = ends;
        self
    }
}
