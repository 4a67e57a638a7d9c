//! The text of a rule: the value part of RFC 5545's RRULE.

use std::fmt;
use std::ops::RangeInclusive;

use chrono::{NaiveDate, NaiveTime, Weekday};

use super::by_day::{weekday, weekday_name};
use super::{ByDay, Ends, Frequency, Rule};
use crate::limits::{RULE_BYTES_MAX, RULE_COUNT_MAX, RULE_INTERVAL_MAX};
use crate::value::LocalTime;

/// Why a text is no rule, in words for the person who wrote it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadRule {
    /// It has more bytes than a rule may.
    #[error("a rule has at most {RULE_BYTES_MAX} bytes")]
    TooLong,
    /// It doesn't say how often.
    #[error("a rule begins with how often it repeats, such as FREQ=WEEKLY")]
    NoFrequency,
    /// A part that isn't one of a rule's.
    #[error("`{0}` is not a part of a rule that we know")]
    Part(String),
    /// A part that is there twice.
    #[error("{0} is given twice")]
    Twice(&'static str),
    /// A part's value is not one that it takes.
    #[error("{part} doesn't take `{value}`")]
    Value {
        /// The part.
        part: &'static str,
        /// The value that it doesn't take.
        value: String,
    },
    /// UNTIL is in UTC.
    #[error("UNTIL is a local time, without the Z, in the zone of what repeats")]
    ZonedUntil,
    /// It would end in two ways.
    #[error("a rule ends by COUNT or by UNTIL, not by both")]
    TwoEnds,
    /// A part that doesn't go with how often the rule repeats.
    #[error("{part} doesn't go with FREQ={frequency}")]
    Misplaced {
        /// The part.
        part: &'static str,
        /// The frequency.
        frequency: Frequency,
    },
    /// A rule, but in another than its canonical spelling.
    #[error("the rule is spelled `{0}`")]
    Spelling(String),
    /// BYSETPOS picks from what another part lists, and there is none.
    #[error("BYSETPOS needs another BY part to pick from")]
    NothingToPickFrom,
}

/// The parts, in the order in which they are written.
const PARTS: [&str; 14] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYMONTH",
    "BYWEEKNO",
    "BYYEARDAY",
    "BYMONTHDAY",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYSETPOS",
    "WKST",
];

impl Rule {
    /// Reads the value part of an RRULE, such as `FREQ=WEEKLY;BYDAY=MO,TH`. Its
    /// UNTIL is local. What [`Display`](fmt::Display) writes is the canonical form.
    ///
    /// # Errors
    /// [`BadRule`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, BadRule> {
        if text.len() > RULE_BYTES_MAX {
            return Err(BadRule::TooLong);
        }
        let mut values = [None; PARTS.len()];
        for part in text.split(';') {
            let (name, value) =
                part.split_once('=').ok_or_else(|| BadRule::Part(part.to_owned()))?;
            let at = PARTS
                .iter()
                .position(|known| known.eq_ignore_ascii_case(name))
                .ok_or_else(|| BadRule::Part(name.to_owned()))?;
            if values[at].replace(value).is_some() {
                return Err(BadRule::Twice(PARTS[at]));
            }
        }
        let rule = read(values)?;
        rule.check()?;
        Ok(rule)
    }

    /// What RFC 5545 says about which part goes with which.
    fn check(&self) -> Result<(), BadRule> {
        use Frequency::{Daily, Monthly, Weekly, Yearly};
        let frequency = self.frequency;
        let misplaced = |part| Err(BadRule::Misplaced { part, frequency });
        if !self.weeks.is_empty() && frequency != Yearly {
            return misplaced("BYWEEKNO");
        }
        if !self.year_days.is_empty() && matches!(frequency, Daily | Weekly | Monthly) {
            return misplaced("BYYEARDAY");
        }
        if !self.month_days.is_empty() && frequency == Weekly {
            return misplaced("BYMONTHDAY");
        }
        let nth_goes = match frequency {
            Monthly => true,
            Yearly => self.weeks.is_empty(),
            _ => false,
        };
        if !nth_goes && self.days.iter().any(|day| day.nth.is_some()) {
            return misplaced("BYDAY with a number");
        }
        let by_parts = [
            &self.months,
            &self.weeks,
            &self.year_days,
            &self.month_days,
            &self.hours,
            &self.minutes,
            &self.seconds,
        ];
        let picks_from = !self.days.is_empty() || by_parts.iter().any(|part| !part.is_empty());
        if !self.positions.is_empty() && !picks_from {
            return Err(BadRule::NothingToPickFrom);
        }
        Ok(())
    }
}

fn read(values: [Option<&str>; PARTS.len()]) -> Result<Rule, BadRule> {
    let [
        freq,
        interval,
        count,
        until,
        month,
        week,
        year_day,
        month_day,
        day,
        hour,
        minute,
        second,
        position,
        week_start,
    ] = values;
    let frequency = frequency(freq.ok_or(BadRule::NoFrequency)?)?;
    Ok(Rule {
        frequency,
        interval: interval.map_or(Ok(1), |text| number("INTERVAL", text, RULE_INTERVAL_MAX))?,
        ends: ends(count, until)?,
        week_start: week_start
            .map_or(Ok(Weekday::Mon), |text| weekday(text).ok_or_else(|| bad("WKST", text)))?,
        months: numbers("BYMONTH", month, 1..=12, false)?,
        weeks: numbers("BYWEEKNO", week, 1..=53, true)?,
        year_days: numbers("BYYEARDAY", year_day, 1..=366, true)?,
        month_days: numbers("BYMONTHDAY", month_day, 1..=31, true)?,
        days: days(day)?,
        hours: numbers("BYHOUR", hour, 0..=23, false)?,
        minutes: numbers("BYMINUTE", minute, 0..=59, false)?,
        seconds: numbers("BYSECOND", second, 0..=59, false)?,
        positions: numbers("BYSETPOS", position, 1..=366, true)?,
    })
}

fn frequency(text: &str) -> Result<Frequency, BadRule> {
    use Frequency::{Daily, Hourly, Minutely, Monthly, Weekly, Yearly};
    [Minutely, Hourly, Daily, Weekly, Monthly, Yearly]
        .into_iter()
        .find(|frequency| frequency.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| bad("FREQ", text))
}

fn ends(count: Option<&str>, until: Option<&str>) -> Result<Ends, BadRule> {
    match (count, until) {
        (None, None) => Ok(Ends::Never),
        (Some(_), Some(_)) => Err(BadRule::TwoEnds),
        (Some(count), None) => number("COUNT", count, RULE_COUNT_MAX).map(Ends::After),
        (None, Some(until)) if until.ends_with(['Z', 'z']) => Err(BadRule::ZonedUntil),
        (None, Some(until)) => {
            basic_time(until).map(Ends::Until).ok_or_else(|| bad("UNTIL", until))
        }
    }
}

/// `20260301` or `20260301T090000`.
fn basic_time(text: &str) -> Option<LocalTime> {
    let digits = |at: usize, len: usize| -> Option<u32> {
        let digits = text.get(at..at + len)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let year = i32::try_from(digits(0, 4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, digits(4, 2)?, digits(6, 2)?)?;
    match text.get(8..9) {
        None if text.len() == 8 => Some(LocalTime::Date(date)),
        Some("T" | "t") if text.len() == 15 => {
            let time = NaiveTime::from_hms_opt(digits(9, 2)?, digits(11, 2)?, digits(13, 2)?)?;
            Some(LocalTime::DateTime(date.and_time(time)))
        }
        _ => None,
    }
}

fn number(part: &'static str, text: &str, max: u32) -> Result<u32, BadRule> {
    text.parse().ok().filter(|number| (1..=max).contains(number)).ok_or_else(|| bad(part, text))
}

/// Numbers of this range, and of its mirror below zero where `signed`; sorted,
/// each once.
fn numbers(
    part: &'static str,
    text: Option<&str>,
    range: RangeInclusive<i32>,
    signed: bool,
) -> Result<Vec<i32>, BadRule> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let fits = |number: &i32| range.contains(number) || (signed && range.contains(&-number));
    let mut numbers = text
        .split(',')
        .map(|text| text.parse().ok().filter(fits).ok_or_else(|| bad(part, text)))
        .collect::<Result<Vec<i32>, _>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn days(text: Option<&str>) -> Result<Vec<ByDay>, BadRule> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let mut days = text
        .split(',')
        .map(|text| ByDay::parse(text).ok_or_else(|| bad("BYDAY", text)))
        .collect::<Result<Vec<_>, _>>()?;
    days.sort_unstable_by_key(ByDay::sort_key);
    days.dedup();
    Ok(days)
}

fn bad(part: &'static str, value: &str) -> BadRule {
    BadRule::Value { part, value: value.to_owned() }
}

impl Frequency {
    /// RFC 5545's name of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minutely => "MINUTELY",
            Self::Hourly => "HOURLY",
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        }
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", self.frequency)?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match self.ends {
            Ends::Never => {}
            Ends::After(count) => write!(f, ";COUNT={count}")?,
            Ends::Until(LocalTime::Date(date)) => write!(f, ";UNTIL={}", date.format("%Y%m%d"))?,
            Ends::Until(LocalTime::DateTime(time)) => {
                write!(f, ";UNTIL={}", time.format("%Y%m%dT%H%M%S"))?;
            }
        }
        list(f, "BYMONTH", &self.months)?;
        list(f, "BYWEEKNO", &self.weeks)?;
        list(f, "BYYEARDAY", &self.year_days)?;
        list(f, "BYMONTHDAY", &self.month_days)?;
        list(f, "BYDAY", &self.days)?;
        list(f, "BYHOUR", &self.hours)?;
        list(f, "BYMINUTE", &self.minutes)?;
        list(f, "BYSECOND", &self.seconds)?;
        list(f, "BYSETPOS", &self.positions)?;
        if self.week_start != Weekday::Mon {
            write!(f, ";WKST={}", weekday_name(self.week_start))?;
        }
        Ok(())
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, part: &str, values: &[T]) -> fmt::Result {
    for (at, value) in values.iter().enumerate() {
        if at == 0 {
            write!(f, ";{part}={value}")?;
        } else {
            write!(f, ",{value}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_wrong() {
        use BadRule::{NoFrequency, NothingToPickFrom, Part, TooLong, Twice, TwoEnds, ZonedUntil};
        let misplaced = |part, frequency| BadRule::Misplaced { part, frequency };
        for (text, error) in [
            ("", Part(String::new())),
            ("INTERVAL=2", NoFrequency),
            ("FREQ=SECONDLY", bad("FREQ", "SECONDLY")),
            ("FREQ=DAILY;", Part(String::new())),
            ("FREQ=DAILY;FREQ=DAILY", Twice("FREQ")),
            ("FREQ=DAILY;BYEASTER=1", Part("BYEASTER".to_owned())),
            ("FREQ=DAILY;INTERVAL=0", bad("INTERVAL", "0")),
            ("FREQ=DAILY;INTERVAL=10001", bad("INTERVAL", "10001")),
            ("FREQ=DAILY;COUNT=0", bad("COUNT", "0")),
            ("FREQ=DAILY;COUNT=10001", bad("COUNT", "10001")),
            ("FREQ=DAILY;COUNT=1;UNTIL=20300101", TwoEnds),
            ("FREQ=DAILY;UNTIL=20300101T000000Z", ZonedUntil),
            ("FREQ=DAILY;UNTIL=20300231", bad("UNTIL", "20300231")),
            ("FREQ=DAILY;UNTIL=2030010é", bad("UNTIL", "2030010é")),
            ("FREQ=DAILY;BYMONTH=13", bad("BYMONTH", "13")),
            ("FREQ=DAILY;BYMONTH=-1", bad("BYMONTH", "-1")),
            ("FREQ=DAILY;BYMONTH=", bad("BYMONTH", "")),
            ("FREQ=DAILY;BYHOUR=24", bad("BYHOUR", "24")),
            ("FREQ=MONTHLY;BYDAY=0MO", bad("BYDAY", "0MO")),
            ("FREQ=MONTHLY;BYDAY=54MO", bad("BYDAY", "54MO")),
            ("FREQ=MONTHLY;BYDAY=é", bad("BYDAY", "é")),
            ("FREQ=WEEKLY;BYMONTHDAY=1", misplaced("BYMONTHDAY", Frequency::Weekly)),
            ("FREQ=MONTHLY;BYWEEKNO=1", misplaced("BYWEEKNO", Frequency::Monthly)),
            ("FREQ=DAILY;BYYEARDAY=1", misplaced("BYYEARDAY", Frequency::Daily)),
            ("FREQ=WEEKLY;BYDAY=1MO", misplaced("BYDAY with a number", Frequency::Weekly)),
            ("FREQ=DAILY;BYSETPOS=1", NothingToPickFrom),
        ] {
            assert_eq!(Rule::parse(text), Err(error), "{text}");
        }
        assert_eq!(Rule::parse(&"x".repeat(RULE_BYTES_MAX + 1)), Err(TooLong));
    }
}
