//! Dates and times as people type them.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};
use umbra_model::value::LocalTime;

/// The text is no date or time.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`{0}` is not a date or time; try `today`, `tomorrow 9:00`, `fri 14:30`, `next week`, `+3d`, \
     `+2h`, `24 dec`, `2026-12-01` or `2026-12-01 18:00`"
)]
pub struct BadDate(pub String);

/// Reads a day, or a day and a time. A day of the week is the next one after today;
/// a day of a month the next from today on; a time alone is today's.
///
/// # Errors
/// [`BadDate`] for any other text.
pub fn parse(text: &str, now: NaiveDateTime) -> Result<LocalTime, BadDate> {
    let lower = text.trim().to_lowercase();
    let words = split(&lower);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    read(&words, now).ok_or_else(|| BadDate(text.trim().to_owned()))
}

/// The words, where an ISO date-time is two of them.
fn split(lower: &str) -> Vec<String> {
    let split_iso = |word: &str| match word.split_once('t') {
        Some((date, time)) if iso(date).is_some() => vec![date.to_owned(), time.to_owned()],
        _ => vec![word.to_owned()],
    };
    lower.split_whitespace().flat_map(split_iso).collect()
}

fn read(words: &[&str], now: NaiveDateTime) -> Option<LocalTime> {
    if let [offset] = words
        && let Some(time) = clock_offset(offset, now)
    {
        return Some(LocalTime::DateTime(time));
    }
    let (day, rest) = day(words, now.date()).unwrap_or((now.date(), words));
    let rest = if rest.first() == Some(&"at") { &rest[1..] } else { rest };
    match rest {
        [] if words.is_empty() => None,
        // `at` alone promises a time.
        [] if words.last() == Some(&"at") => None,
        [] => Some(LocalTime::Date(day)),
        rest => Some(LocalTime::DateTime(day.and_time(time(&rest.concat())?))),
    }
}

/// The day that the first words name, and the words after it.
fn day<'a, 'b>(words: &'a [&'b str], today: NaiveDate) -> Option<(NaiveDate, &'a [&'b str])> {
    let named = |len: usize| {
        let (name, rest) = words.split_at_checked(len)?;
        let day = match name {
            [word] => one_word(word, today),
            ["next", word] => next(word, today),
            [one, other] => day_of_month(one, other, None, today),
            [one, other, year] => {
                let year = year.parse().ok().filter(|_| year.len() == 4)?;
                day_of_month(one, other, Some(year), today)
            }
            _ => None,
        };
        Some((day?, rest))
    };
    (1..=3).rev().find_map(named)
}

fn one_word(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    match word {
        "today" => Some(today),
        "tomorrow" => today.succ_opt(),
        "yesterday" => today.pred_opt(),
        _ => iso(word).or_else(|| offset(word, today)).or_else(|| {
            let days = days_until(weekday(word)?, today);
            today.checked_add_days(Days::new(if days == 0 { 7 } else { days }))
        }),
    }
}

/// `next fri` is the one of next week; `next week` its Monday; `next month` its first.
fn next(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    let monday = today.checked_add_days(Days::new(7 - days_since_monday(today)))?;
    match word {
        "week" => Some(monday),
        "month" => today.with_day(1)?.checked_add_months(Months::new(1)),
        "year" => NaiveDate::from_ymd_opt(today.year() + 1, 1, 1),
        _ => {
            let days = u64::from(weekday(word)?.num_days_from_monday());
            monday.checked_add_days(Days::new(days))
        }
    }
}

/// `24 dec` or `dec 24`.
fn day_of_month(one: &str, other: &str, year: Option<i32>, today: NaiveDate) -> Option<NaiveDate> {
    let (day, month) = match month(other) {
        Some(month) => (one, month),
        None => (other, month(one)?),
    };
    let day = day.trim_end_matches(['.', ',']).parse().ok()?;
    match year {
        Some(year) => NaiveDate::from_ymd_opt(year, month, day),
        // The 29th of February may be years away.
        None => (today.year()..today.year() + 9)
            .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
            .find(|date| *date >= today),
    }
}

fn iso(word: &str) -> Option<NaiveDate> {
    match LocalTime::parse(word) {
        Ok(LocalTime::Date(date)) => Some(date),
        _ => None,
    }
}

/// `+3d`, `+2w`, `+1m` or `+1y`, also with a minus.
fn offset(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    let (number, unit) = signed(word)?;
    let amount = number.unsigned_abs();
    let days = |days: u32| {
        let days = Days::new(u64::from(days));
        if number < 0 { today.checked_sub_days(days) } else { today.checked_add_days(days) }
    };
    let months = |months: u32| {
        let months = Months::new(months);
        if number < 0 { today.checked_sub_months(months) } else { today.checked_add_months(months) }
    };
    match unit {
        "d" => days(amount),
        "w" => days(amount.checked_mul(7)?),
        "m" => months(amount),
        "y" => months(amount.checked_mul(12)?),
        _ => None,
    }
}

/// `+2h` or `+90min`.
fn clock_offset(word: &str, now: NaiveDateTime) -> Option<NaiveDateTime> {
    let (number, unit) = signed(word)?;
    let length = match unit {
        "h" => TimeDelta::hours(number.into()),
        "min" => TimeDelta::minutes(number.into()),
        _ => return None,
    };
    let time = now.checked_add_signed(length)?;
    time.date().and_hms_opt(chrono::Timelike::hour(&time), chrono::Timelike::minute(&time), 0)
}

/// A number with its sign and the unit behind it.
fn signed(word: &str) -> Option<(i32, &str)> {
    let digits = word.strip_prefix(['+', '-'])?;
    let end = digits.find(|char: char| !char.is_ascii_digit())?;
    let (number, unit) = digits.split_at(end);
    let number: i32 = number.parse().ok().filter(|number| *number <= 100_000)?;
    Some((if word.starts_with('-') { -number } else { number }, unit))
}

/// `9:00`, `9am`, `9:30pm`, `noon` or `midnight`. A number alone is none: it might
/// be anything.
fn time(word: &str) -> Option<NaiveTime> {
    match word {
        "noon" => return NaiveTime::from_hms_opt(12, 0, 0),
        "midnight" => return NaiveTime::from_hms_opt(0, 0, 0),
        _ => {}
    }
    let half =
        word.strip_suffix("am").map(|it| (it, 0)).or(word.strip_suffix("pm").map(|it| (it, 12)));
    let number = |text: &str| -> Option<u32> {
        let fits = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| text.parse().ok())?
    };
    let clock = half.map_or(word, |(clock, _)| clock);
    let mut parts = clock.split(':');
    let hour = number(parts.next()?)?;
    let minute = parts.next().map_or(Some(0), |text| number(text).filter(|_| text.len() == 2))?;
    let second = parts.next().map_or(Some(0), |text| number(text).filter(|_| text.len() == 2))?;
    let hour = match half {
        Some((_, from)) if (1..=12).contains(&hour) => hour % 12 + from,
        None if clock.contains(':') => hour,
        _ => return None,
    };
    NaiveTime::from_hms_opt(hour, minute, second).filter(|_| parts.next().is_none())
}

fn days_until(day: Weekday, today: NaiveDate) -> u64 {
    u64::from(day.days_since(today.weekday()))
}

fn days_since_monday(today: NaiveDate) -> u64 {
    u64::from(today.weekday().num_days_from_monday())
}

/// The day of the week that goes by this name or its first three letters.
pub fn weekday(word: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Mon),
        ("tuesday", Weekday::Tue),
        ("wednesday", Weekday::Wed),
        ("thursday", Weekday::Thu),
        ("friday", Weekday::Fri),
        ("saturday", Weekday::Sat),
        ("sunday", Weekday::Sun),
    ];
    NAMES.into_iter().find(|(name, _)| *name == word || name[..3] == *word).map(|(_, day)| day)
}

fn month(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches([',', '.']);
    let at = NAMES.iter().position(|name| *name == word || name[..3] == *word)?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Tuesday.
    fn parsed(text: &str) -> Option<String> {
        let now = LocalTime::parse("2026-11-24T12:34:56").unwrap().date_time();
        parse(text, now).ok().map(|time| time.to_string())
    }

    #[test]
    fn people_type_days() {
        for (text, day) in [
            ("today", "2026-11-24"),
            ("Tomorrow", "2026-11-25"),
            ("yesterday", "2026-11-23"),
            ("fri", "2026-11-27"),
            ("tuesday", "2026-12-01"),
            ("next fri", "2026-12-04"),
            ("next week", "2026-11-30"),
            ("next month", "2026-12-01"),
            ("next year", "2027-01-01"),
            ("+3d", "2026-11-27"),
            ("-1w", "2026-11-17"),
            ("+1m", "2026-12-24"),
            ("+2y", "2028-11-24"),
            ("2026-12-01", "2026-12-01"),
            ("24 dec", "2026-12-24"),
            ("dec 24", "2026-12-24"),
            ("24. December 2030", "2030-12-24"),
            ("23 nov", "2027-11-23"),
            ("24 nov", "2026-11-24"),
            ("29 feb", "2028-02-29"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(day), "{text}");
        }
    }

    #[test]
    fn people_type_times() {
        for (text, time) in [
            ("tomorrow 9:00", "2026-11-25T09:00:00"),
            ("tomorrow at 9am", "2026-11-25T09:00:00"),
            ("fri 2:30 pm", "2026-11-27T14:30:00"),
            ("12am", "2026-11-24T00:00:00"),
            ("12pm", "2026-11-24T12:00:00"),
            ("18:00", "2026-11-24T18:00:00"),
            ("noon", "2026-11-24T12:00:00"),
            ("fri midnight", "2026-11-27T00:00:00"),
            ("2026-12-01 18:05", "2026-12-01T18:05:00"),
            ("2026-12-01T18:05:09", "2026-12-01T18:05:09"),
            ("24 dec 2027 8:00", "2027-12-24T08:00:00"),
            ("24 dec 20:27", "2026-12-24T20:27:00"),
            ("+2h", "2026-11-24T14:34:00"),
            ("+90min", "2026-11-24T14:04:00"),
            ("+3d 9:00", "2026-11-27T09:00:00"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(time), "{text}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        for text in [
            "",
            "soon",
            "tomorow",
            "9",
            "tomorrow 9",
            "25:00",
            "9:5",
            "13pm",
            "0am",
            "2026-02-30",
            "31 feb",
            "fri fri",
            "today tomorrow",
            "2026-12-01T",
            "+3",
            "+d",
            "+99999999d",
            "12/24",
            "at",
            "tomorrow at",
            "9:00 9:00",
            "1 2",
            "next",
            "é",
            "24 dec 27",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
