//! The text of a recurrence rule: RFC 5545's RRULE, held to one spelling of each part.

use crate::limits::RULE_BYTES_MAX;

/// The text is no rule that Umbra keeps.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadRule {
    /// Too long.
    #[error("a rule has at most {RULE_BYTES_MAX} bytes")]
    TooLong,
    /// It must say first how often.
    #[error("a rule begins with FREQ=YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY or MINUTELY")]
    Frequency,
    /// A part is unknown, or its value isn't one that it takes.
    #[error("`{0}` is no part of a rule")]
    Part(String),
    /// A part is there twice.
    #[error("`{0}` is there twice")]
    Twice(String),
    /// A rule ends by one or the other.
    #[error("a rule ends by COUNT or by UNTIL, not both")]
    TwoEnds,
}

/// The least common days and times of which a rule can be made; the order is free.
const PARTS: &[(&str, Takes)] = &[
    ("INTERVAL", Takes::Number(1, 10_000)),
    ("COUNT", Takes::Number(1, 10_000)),
    ("UNTIL", Takes::LocalTime),
    ("BYSECOND", Takes::Numbers(0, 59)),
    ("BYMINUTE", Takes::Numbers(0, 59)),
    ("BYHOUR", Takes::Numbers(0, 23)),
    ("BYDAY", Takes::Days),
    ("BYMONTHDAY", Takes::Signed(31)),
    ("BYYEARDAY", Takes::Signed(366)),
    ("BYWEEKNO", Takes::Signed(53)),
    ("BYMONTH", Takes::Numbers(1, 12)),
    ("BYSETPOS", Takes::Signed(366)),
    ("WKST", Takes::Day),
];

const FREQUENCIES: &[&str] = &["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"];
const DAYS: &[&str] = &["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// What the value of a part may be.
#[derive(Clone, Copy)]
enum Takes {
    /// A number between these two.
    Number(i64, i64),
    /// Numbers between these two, with commas.
    Numbers(i64, i64),
    /// Numbers other than zero, up to this one either way, with commas.
    Signed(i64),
    /// A day of the week.
    Day,
    /// Days of the week, each alone or as the so-manieth of a month or year.
    Days,
    /// `20261231` or `20261231T235959`, on the event's own wall.
    LocalTime,
}

/// Whether the text is the value part of an RRULE as Umbra keeps it: `FREQ`
/// first, then each part at most once in any order, in upper case, numbers
/// without sign or zeros in front, and `UNTIL` in local time. Every rule of RFC
/// 5545 can be spelled so, but for `SECONDLY`.
///
/// # Errors
/// [`BadRule`] says which part is wrong.
pub fn check_rule(text: &str) -> Result<(), BadRule> {
    if text.len() > RULE_BYTES_MAX {
        return Err(BadRule::TooLong);
    }
    let mut parts = text.split(';');
    parts
        .next()
        .and_then(|part| part.strip_prefix("FREQ="))
        .filter(|frequency| FREQUENCIES.contains(frequency))
        .ok_or(BadRule::Frequency)?;
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        let bad = || BadRule::Part(part.to_owned());
        let (name, value) = part.split_once('=').ok_or_else(bad)?;
        let (_, takes) = PARTS.iter().find(|(known, _)| *known == name).ok_or_else(bad)?;
        if seen.contains(&name) {
            return Err(BadRule::Twice(name.to_owned()));
        }
        if !takes.matches(value) {
            return Err(bad());
        }
        seen.push(name);
    }
    if seen.contains(&"COUNT") && seen.contains(&"UNTIL") {
        return Err(BadRule::TwoEnds);
    }
    Ok(())
}

impl Takes {
    fn matches(self, value: &str) -> bool {
        match self {
            Self::Number(least, most) => is_number(value, least, most),
            Self::Numbers(least, most) => {
                value.split(',').all(|number| is_number(number, least, most))
            }
            Self::Signed(most) => value.split(',').all(|number| is_signed(number, most)),
            Self::Day => DAYS.contains(&value),
            Self::Days => value.split(',').all(is_weekday),
            Self::LocalTime => is_basic_local_time(value),
        }
    }
}

/// A number in its one spelling: no plus, no zeros in front, no minus zero.
fn is_number(text: &str, least: i64, most: i64) -> bool {
    text.parse::<i64>()
        .is_ok_and(|number| (least..=most).contains(&number) && number.to_string() == text)
}

fn is_signed(text: &str, most: i64) -> bool {
    is_number(text, -most, most) && text != "0"
}

/// `MO`, `2MO` or `-1MO`.
fn is_weekday(text: &str) -> bool {
    let Some(at) = text.len().checked_sub(2).filter(|at| text.is_char_boundary(*at)) else {
        return false;
    };
    let (nth, day) = text.split_at(at);
    DAYS.contains(&day) && (nth.is_empty() || is_signed(nth, 53))
}

fn is_basic_local_time(text: &str) -> bool {
    use chrono::{NaiveDate, NaiveDateTime};
    let all_digits_but_t = text
        .bytes()
        .enumerate()
        .all(|(at, byte)| byte.is_ascii_digit() || (at == 8 && byte == b'T'));
    all_digits_but_t
        && match text.len() {
            8 => NaiveDate::parse_from_str(text, "%Y%m%d").is_ok(),
            15 => NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").is_ok(),
            _ => false,
        }
}
