//! A date, or a date and time, on somebody's wall: no zone, no instant.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::text::json_by_text;

/// A local date (`2026-03-01`) or date-time (`2026-03-01T09:00:00`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LocalTime {
    /// A whole day.
    Date(NaiveDate),
    /// A time of a day, to the second.
    DateTime(NaiveDateTime),
}

/// The text is no local time in canonical form.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a date such as 2026-03-01 or a local time such as 2026-03-01T09:00:00")]
pub struct BadLocalTime(pub String);

impl LocalTime {
    /// Reads the canonical form, and only that.
    ///
    /// # Errors
    /// [`BadLocalTime`] for any other text.
    pub fn parse(text: &str) -> Result<Self, BadLocalTime> {
        let parsed = match text.len() {
            10 => NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self::Date),
            _ => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").map(Self::DateTime),
        };
        parsed
            .ok()
            .filter(|time| !time.is_leap_second() && time.to_string() == text)
            .ok_or_else(|| BadLocalTime(text.to_owned()))
    }

    /// Whether it lies in a 61st second, which no clock in a zone shows.
    fn is_leap_second(self) -> bool {
        self.date_time().nanosecond() != 0
    }

    /// Its date.
    pub fn date(self) -> NaiveDate {
        match self {
            Self::Date(date) => date,
            Self::DateTime(time) => time.date(),
        }
    }

    /// The date-time, midnight for a whole day.
    pub fn date_time(self) -> NaiveDateTime {
        match self {
            Self::Date(date) => date.and_time(NaiveTime::MIN),
            Self::DateTime(time) => time,
        }
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{}", date.format("%Y-%m-%d")),
            Self::DateTime(time) => write!(f, "{}", time.format("%Y-%m-%dT%H:%M:%S")),
        }
    }
}

json_by_text!(LocalTime);
