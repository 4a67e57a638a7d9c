//! How long something takes.

use std::fmt;

use super::text::json_by_text;
use crate::limits::DURATION_DAYS_MAX;

/// Whole days, which a clock change makes longer or shorter, and exact seconds,
/// which it doesn't. A day and 24 hours are therefore two durations.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Duration {
    /// Whole days.
    pub days: u32,
    /// Exact seconds beside them.
    pub seconds: u32,
}

/// The text is no duration in canonical form.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`{0}` is not a duration such as P1D, PT1H30M or P1DT12H of at most {DURATION_DAYS_MAX} days"
)]
pub struct BadDuration(pub String);

const SECONDS_MAX: u32 = DURATION_DAYS_MAX.saturating_mul(86_400);

impl Duration {
    /// So many whole days.
    pub const fn of_days(days: u32) -> Self {
        Self { days, seconds: 0 }
    }

    /// So many exact seconds.
    pub const fn of_seconds(seconds: u32) -> Self {
        Self { days: 0, seconds }
    }

    /// Reads the canonical form, and only that: `P`, days, `T`, hours, minutes
    /// and seconds, each left out where it is zero, minutes and seconds below 60;
    /// nothing at all is `PT0S`.
    ///
    /// # Errors
    /// [`BadDuration`] for any other text.
    pub fn parse(text: &str) -> Result<Self, BadDuration> {
        Self::read(text)
            .filter(|duration| duration.is_bounded() && duration.to_string() == text)
            .ok_or_else(|| BadDuration(text.to_owned()))
    }

    /// Whether it is as short as a document can hold.
    pub const fn is_bounded(self) -> bool {
        self.days <= DURATION_DAYS_MAX && self.seconds <= SECONDS_MAX
    }

    fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('P')?;
        let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
        let days = match days {
            "" => 0,
            days => days.strip_suffix('D')?.parse().ok()?,
        };
        let (hours, time) = read_part(time, 'H')?;
        let (minutes, time) = read_part(time, 'M')?;
        let (seconds, time) = read_part(time, 'S')?;
        let seconds = hours
            .checked_mul(3_600)?
            .checked_add(minutes.checked_mul(60)?)?
            .checked_add(seconds)?;
        time.is_empty().then_some(Self { days, seconds })
    }
}

/// The number in front of this unit, and what follows; zero where the unit isn't there.
fn read_part(text: &str, unit: char) -> Option<(u32, &str)> {
    match text.split_once(unit) {
        Some((number, rest)) => Some((number.parse().ok()?, rest)),
        None => Some((0, text)),
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        let part = |f: &mut fmt::Formatter<'_>, number: u32, unit: char| match number {
            0 => Ok(()),
            number => write!(f, "{number}{unit}"),
        };
        part(f, self.days, 'D')?;
        if self.seconds == 0 {
            return f.write_str(if self.days == 0 { "T0S" } else { "" });
        }
        f.write_str("T")?;
        part(f, self.seconds / 3_600, 'H')?;
        part(f, self.seconds / 60 % 60, 'M')?;
        part(f, self.seconds % 60, 'S')
    }
}

json_by_text!(Duration);
