//! Rules as people type them, and as they read them.

use chrono::Weekday;
use umbra_model::recurrence::{BadRule, Ends, Frequency, Rule};
use umbra_model::value::LocalTime;

use crate::date_input::weekday;

/// The text is no rule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadRepeat {
    /// It reads like nothing that we know.
    #[error(
        "`{0}` is no way to repeat; try `daily`, `weekdays`, `every mon, thu`, `every 2 weeks`, \
         `monthly`, `yearly` or a rule such as `FREQ=MONTHLY;BYDAY=-1FR`"
    )]
    Unknown(String),
    /// It is written as a rule, but isn't one.
    #[error(transparent)]
    Rule(#[from] BadRule),
}

/// Reads a rule.
///
/// # Errors
/// [`BadRepeat`] for any other text.
pub fn parse(text: &str) -> Result<Rule, BadRepeat> {
    let lower = text.trim().to_lowercase();
    if lower.contains("freq=") {
        return Ok(Rule::parse(text.trim())?);
    }
    let rule = read(&lower).ok_or_else(|| BadRepeat::Unknown(text.trim().to_owned()))?;
    Ok(Rule::parse(&rule)?)
}

fn read(lower: &str) -> Option<String> {
    let fixed = match lower {
        "daily" => "FREQ=DAILY",
        "weekly" => "FREQ=WEEKLY",
        "monthly" => "FREQ=MONTHLY",
        "yearly" => "FREQ=YEARLY",
        "weekdays" | "every weekday" => "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        "weekends" | "every weekend" => "FREQ=WEEKLY;BYDAY=SA,SU",
        _ => return every(lower.strip_prefix("every ")?),
    };
    Some(fixed.to_owned())
}

fn every(what: &str) -> Option<String> {
    let words: Vec<&str> = what.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let (interval, unit) = match words.as_slice() {
        [unit] => (1, *unit),
        ["other", unit] => (2, *unit),
        [number, unit] => (number.parse().unwrap_or(0), *unit),
        _ => (0, ""),
    };
    let frequency = match unit.trim_end_matches('s') {
        "day" => Some("DAILY"),
        "week" => Some("WEEKLY"),
        "month" => Some("MONTHLY"),
        "year" => Some("YEARLY"),
        _ => None,
    };
    if let (Some(frequency), 1..) = (frequency, interval) {
        return Some(format!("FREQ={frequency};INTERVAL={interval}"));
    }
    let days = words.iter().filter(|word| **word != "and");
    let days: Vec<&str> = days.map(|word| weekday(word).map(code)).collect::<Option<_>>()?;
    (!days.is_empty()).then(|| format!("FREQ=WEEKLY;BYDAY={}", days.join(",")))
}

fn code(day: Weekday) -> &'static str {
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

/// A rule in words, where words say it; else as it is written.
pub fn shown(rule: &Rule) -> String {
    let plain = rule.clone().ending(Ends::Never).to_string();
    let unit = match rule.frequency() {
        Frequency::Minutely => "minute",
        Frequency::Hourly => "hour",
        Frequency::Daily => "day",
        Frequency::Weekly => "week",
        Frequency::Monthly => "month",
        Frequency::Yearly => "year",
    };
    let days: Vec<String> = rule.days().iter().map(|day| day.weekday.to_string()).collect();
    let bare = match rule.interval() {
        1 => format!("FREQ={}", rule.frequency()),
        interval => format!("FREQ={};INTERVAL={interval}", rule.frequency()),
    };
    let every = match rule.interval() {
        1 => format!("every {unit}"),
        interval => format!("every {interval} {unit}s"),
    };
    let words = if plain == bare {
        every
    } else if plain == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR" {
        "every weekday".to_owned()
    } else if rule.frequency() == Frequency::Weekly
        && plain
            .strip_prefix(&bare)
            .is_some_and(|rest| rest.starts_with(";BYDAY=") && rest.matches(';').count() == 1)
    {
        format!("{every} on {}", days.join(", "))
    } else {
        plain
    };
    match rule.ends() {
        Ends::Never => words,
        Ends::After(count) => format!("{words}, {count} times"),
        Ends::Until(LocalTime::Date(day)) => format!("{words} until {day}"),
        Ends::Until(LocalTime::DateTime(time)) => format!("{words} until {}", time.date()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_type_rules() {
        for (text, rule, words) in [
            ("daily", "FREQ=DAILY", "every day"),
            ("every 2 weeks", "FREQ=WEEKLY;INTERVAL=2", "every 2 weeks"),
            ("every other month", "FREQ=MONTHLY;INTERVAL=2", "every 2 months"),
            ("Weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
            ("every mon and thursday", "FREQ=WEEKLY;BYDAY=MO,TH", "every week on Mon, Thu"),
            ("every sat,sun", "FREQ=WEEKLY;BYDAY=SA,SU", "every week on Sat, Sun"),
            (
                "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3",
                "FREQ=MONTHLY;COUNT=3;BYDAY=-1FR",
                "FREQ=MONTHLY;BYDAY=-1FR, 3 times",
            ),
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!(parsed.to_string(), rule);
            assert_eq!(shown(&parsed), words);
        }
        for text in ["", "sometimes", "every", "every 0 days", "every blue moon", "every 2 mon"] {
            assert!(matches!(parse(text), Err(BadRepeat::Unknown(_))), "{text}");
        }
        assert!(matches!(parse("FREQ=SECONDLY"), Err(BadRepeat::Rule(_))));
    }
}
