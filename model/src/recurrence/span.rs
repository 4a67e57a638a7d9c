//! How long a thing takes: so many days by the calendar and so many seconds by the clock.

use std::fmt;

use chrono::{NaiveDateTime, TimeDelta};

use super::Zone;
use crate::Millis;

/// A length of time in RFC 5545's sense: its days are nominal (a day over a
/// change of clocks is still a day), its seconds exact.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Span {
    /// Days by the calendar.
    pub days: u32,
    /// Seconds by the clock, beside the days. They may be more than a day's worth.
    pub seconds: u32,
}

/// The text is no length of time in canonical form.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a length of time such as PT1H30M or P2D")]
pub struct BadSpan(pub String);

impl Span {
    /// The longest of either part: a hundred years.
    const DAYS_MAX: u32 = 36_525;
    const SECONDS_MAX: u32 = Self::DAYS_MAX * 86_400 / 10;

    /// No time at all.
    pub const ZERO: Self = Self { days: 0, seconds: 0 };

    /// So many days, where that is no more than a hundred years.
    pub fn days(days: u32) -> Option<Self> {
        Self { days, seconds: 0 }.within_bounds()
    }

    /// So many seconds, where that is no more than ten years.
    pub fn seconds(seconds: u32) -> Option<Self> {
        Self { days: 0, seconds }.within_bounds()
    }

    /// Reads the canonical form, and only that: `P1DT2H30M`, no weeks, no zero
    /// parts, minutes and seconds below sixty. `PT0S` is no time at all.
    ///
    /// # Errors
    /// [`BadSpan`] for any other text.
    pub fn parse(text: &str) -> Result<Self, BadSpan> {
        Self::parse_lenient(text)
            .filter(|span| span.to_string() == text)
            .ok_or_else(|| BadSpan(text.to_owned()))
    }

    /// Reads any duration of RFC 5545 that isn't negative; `None` where it isn't
    /// one, or a longer one than we keep.
    pub fn parse_lenient(text: &str) -> Option<Self> {
        let text = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
        let (date, time) = match text.split_once('T') {
            Some((_, "")) => return None,
            Some((date, time)) => (date, time),
            None if text.is_empty() => return None,
            None => (text, ""),
        };
        let days = sum(date, &[('W', 7), ('D', 1)])?;
        let seconds = sum(time, &[('H', 3_600), ('M', 60), ('S', 1)])?;
        Self { days, seconds }.within_bounds()
    }

    /// When a thing that starts then and lasts this long ends.
    pub fn end(self, start: NaiveDateTime, zone: &Zone) -> Millis {
        let day = self.after_days(start);
        Millis(zone.resolve(day).0 + i64::from(self.seconds) * 1_000)
    }

    /// When it ends on a clock that never changes.
    pub fn end_local(self, start: NaiveDateTime) -> NaiveDateTime {
        let day = self.after_days(start);
        day.checked_add_signed(TimeDelta::seconds(i64::from(self.seconds))).unwrap_or(day)
    }

    fn after_days(self, start: NaiveDateTime) -> NaiveDateTime {
        start.checked_add_signed(TimeDelta::days(i64::from(self.days))).unwrap_or(start)
    }

    fn within_bounds(self) -> Option<Self> {
        (self.days <= Self::DAYS_MAX && self.seconds <= Self::SECONDS_MAX).then_some(self)
    }
}

/// The sum of the parts of `2H30M`, whose units must come in this order, each
/// at most once.
fn sum(mut text: &str, units: &[(char, u32)]) -> Option<u32> {
    let mut sum = 0_u32;
    for &(unit, worth) in units {
        let Some((number, rest)) = text.split_once(unit) else { continue };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        sum = sum.checked_add(number.parse::<u32>().ok()?.checked_mul(worth)?)?;
        text = rest;
    }
    text.is_empty().then_some(sum)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ZERO {
            return f.write_str("PT0S");
        }
        f.write_str("P")?;
        if self.days > 0 {
            write!(f, "{}D", self.days)?;
        }
        if self.seconds > 0 {
            f.write_str("T")?;
        }
        let parts =
            [(self.seconds / 3_600, 'H'), (self.seconds / 60 % 60, 'M'), (self.seconds % 60, 'S')];
        for (number, unit) in parts.into_iter().filter(|(number, _)| *number > 0) {
            write!(f, "{number}{unit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_canonical_form_alone() {
        for text in ["PT0S", "PT1H30M", "P1D", "P1DT2H", "PT90H", "PT59M59S", "P36525D"] {
            assert_eq!(Span::parse(text).map(|span| span.to_string()).as_deref(), Ok(text));
        }
        for text in [
            "", "P", "PT", "1H", "P1W", "PT90M", "P0D", "-PT1H", "+PT1H", "P1H", "P36526D",
            "PT1M1H",
        ] {
            assert!(Span::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_what_files_hold() {
        let lenient = |text| Span::parse_lenient(text).map(|span| span.to_string());
        assert_eq!(lenient("P1W").as_deref(), Some("P7D"));
        assert_eq!(lenient("+P2WT90M").as_deref(), Some("P14DT1H30M"));
        assert_eq!(lenient("PT0S").as_deref(), Some("PT0S"));
        assert_eq!(lenient("P15DT5H0M20S").as_deref(), Some("P15DT5H20S"));
        assert_eq!(lenient("-PT15M"), None);
        assert_eq!(lenient("PT99999999999H"), None);
        assert_eq!(lenient("PT1H1H"), None);
        assert_eq!(lenient("PT+1H"), None);
    }
}
