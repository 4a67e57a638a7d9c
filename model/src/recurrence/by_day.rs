//! A weekday of a rule, and which of them in the month or year it is.

use std::fmt;

use chrono::Weekday;

/// `MO`, every Monday; `2MO`, the second; `-1MO`, the last.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ByDay {
    /// Which of them, counted from the start, or from the end where negative.
    pub nth: Option<i8>,
    /// The day of the week.
    pub weekday: Weekday,
}

impl ByDay {
    /// The largest `nth` either way: a year has at most 53 of each weekday.
    const NTH_MAX: u8 = 53;

    pub(super) fn parse(text: &str) -> Option<Self> {
        let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
        let weekday = weekday(name)?;
        if nth.is_empty() {
            return Some(Self { nth: None, weekday });
        }
        let nth: i8 = nth.parse().ok()?;
        (nth != 0 && nth.unsigned_abs() <= Self::NTH_MAX)
            .then_some(Self { nth: Some(nth), weekday })
    }

    pub(super) fn sort_key(&self) -> (u32, i8) {
        (self.weekday.num_days_from_monday(), self.nth.unwrap_or(0))
    }
}

/// The day of the week that goes by this name.
pub(super) fn weekday(name: &str) -> Option<Weekday> {
    const WEEK: [Weekday; 7] = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ];
    WEEK.into_iter().find(|day| weekday_name(*day).eq_ignore_ascii_case(name))
}

/// RFC 5545's name of a day of the week.
pub(super) fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

impl fmt::Display for ByDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(nth) = self.nth {
            write!(f, "{nth}")?;
        }
        f.write_str(weekday_name(self.weekday))
    }
}
