//! A date, or a date and time, on somebody's wall: no zone, no instant.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

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
        read(text.as_bytes()).ok_or_else(|| BadLocalTime(text.to_owned()))
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

/// Keys of maps are read by the thousand, so this is done by hand.
fn read(text: &[u8]) -> Option<LocalTime> {
    let date = |text: &[u8]| match text {
        [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] => {
            let year = number(&[*y0, *y1, *y2, *y3])?;
            let year = i32::try_from(year).ok()?;
            NaiveDate::from_ymd_opt(year, number(&[*m0, *m1])?, number(&[*d0, *d1])?)
        }
        _ => None,
    };
    match text.split_at_checked(10)? {
        (day, []) => date(day).map(LocalTime::Date),
        (day, [b'T', time @ ..]) => {
            Some(LocalTime::DateTime(date(day)?.and_time(read_time(time)?)))
        }
        _ => None,
    }
}

/// `09:00:00`, and no 61st second: no clock in a zone shows one.
pub(super) fn read_time(text: &[u8]) -> Option<NaiveTime> {
    match text {
        [h0, h1, b':', m0, m1, b':', s0, s1] => NaiveTime::from_hms_opt(
            number(&[*h0, *h1])?,
            number(&[*m0, *m1])?,
            number(&[*s0, *s1])?,
        ),
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
    })
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
