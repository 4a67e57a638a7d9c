//! Rules as files spell them and as documents do.

use chrono::NaiveTime;
use umbra_model::recurrence::{BadRule, Ends, Rule, Zone};
use umbra_model::value::LocalTime;

use crate::moment::{Moment, known};

/// Reads the value of an RRULE. An UNTIL in UTC becomes one in the zone of what
/// repeats; one that is a date, of what has times, ends with that day.
pub(crate) fn read(text: &str, start: &Moment) -> Result<Rule, BadRule> {
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    let mut until = None;
    let mut others = Vec::new();
    for part in parts {
        let part: String = part.chars().filter(|char| !char.is_whitespace()).collect();
        match part.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("UNTIL") => {
                until = Some(value.to_ascii_uppercase());
            }
            _ => others.push(part),
        }
    }
    // The rest says what is wrong with an UNTIL beside a COUNT.
    let spelled = |until: &str| format!("{};UNTIL={until}", others.join(";"));
    let Some(until) = until else { return Rule::parse(&others.join(";")) };
    let zoned = until.ends_with('Z');
    let rule = Rule::parse(&spelled(until.trim_end_matches('Z')))?;
    let Ends::Until(until) = rule.ends() else { return Ok(rule) };
    Ok(rule.ending(Ends::Until(local_until(until, zoned, start))))
}

fn local_until(until: LocalTime, zoned: bool, start: &Moment) -> LocalTime {
    match (start.local, until) {
        (LocalTime::Date(_), until) => LocalTime::Date(until.date()),
        (LocalTime::DateTime(_), LocalTime::Date(date)) => {
            LocalTime::DateTime(date.and_time(last_second()))
        }
        (LocalTime::DateTime(_), LocalTime::DateTime(until)) => match &start.tz {
            Some(tz) if zoned => LocalTime::DateTime(known(tz).local(Zone::UTC.resolve(until))),
            _ => LocalTime::DateTime(until),
        },
    }
}

/// Writes a rule as a file spells it: its UNTIL in UTC where what repeats has a
/// zone.
pub(crate) fn write(rule: &Rule, start: &Moment) -> String {
    let Ends::Until(until) = rule.ends() else { return rule.to_string() };
    let open = rule.clone().ending(Ends::Never);
    let until = match (start.local, until, &start.tz) {
        (LocalTime::Date(_), until, _) => until.date().format("%Y%m%d").to_string(),
        (LocalTime::DateTime(_), until, tz) => {
            let until = match until {
                LocalTime::Date(date) => date.and_time(last_second()),
                LocalTime::DateTime(until) => until,
            };
            match tz {
                Some(tz) => {
                    let utc = Zone::UTC.local(known(tz).resolve(until));
                    utc.format("%Y%m%dT%H%M%SZ").to_string()
                }
                None => until.format("%Y%m%dT%H%M%S").to_string(),
            }
        }
    };
    format!("{open};UNTIL={until}")
}

fn last_second() -> NaiveTime {
    NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use umbra_model::value::ZoneName;

    use super::*;

    fn start(local: &str, tz: Option<&str>) -> Moment {
        let tz = tz.map(|tz| ZoneName::parse(tz).unwrap());
        Moment { local: LocalTime::parse(local).unwrap(), tz }
    }

    #[test]
    fn until_is_local_here_and_utc_there() {
        let paris = start("2026-03-01T09:00:00", Some("Europe/Paris"));
        for (file, document, written) in [
            ("FREQ=DAILY;UNTIL=20260401T070000Z", "FREQ=DAILY;UNTIL=20260401T090000", None),
            (
                "FREQ=DAILY;UNTIL=20260401",
                "FREQ=DAILY;UNTIL=20260401T235959",
                Some("FREQ=DAILY;UNTIL=20260401T215959Z"),
            ),
            (
                " until=20260301T080000z; freq=daily;;byday=MO, TU ",
                "FREQ=DAILY;UNTIL=20260301T090000;BYDAY=MO,TU",
                Some("FREQ=DAILY;BYDAY=MO,TU;UNTIL=20260301T080000Z"),
            ),
        ] {
            let rule = read(file, &paris).unwrap();
            assert_eq!(rule.to_string(), document);
            assert_eq!(write(&rule, &paris), written.unwrap_or(file));
        }
        let floating = start("2026-03-01T09:00:00", None);
        let rule = read("FREQ=DAILY;UNTIL=20260401T070000Z", &floating).unwrap();
        assert_eq!(write(&rule, &floating), "FREQ=DAILY;UNTIL=20260401T070000");
        let days = start("2026-03-01", None);
        let rule = read("FREQ=DAILY;UNTIL=20260401T070000Z", &days).unwrap();
        assert_eq!(write(&rule, &days), "FREQ=DAILY;UNTIL=20260401");
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        let days = start("2026-03-01", None);
        for text in
            ["", "FREQ=SECONDLY", "FREQ=DAILY;COUNT=2;UNTIL=20260401", "FREQ=DAILY;UNTIL=soon"]
        {
            assert!(read(text, &days).is_err(), "{text}");
        }
    }
}
