//! Lengths of time as people type them.

use umbra_model::value::Duration;

/// The text is no length of time.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a length of time; try `45m`, `1h`, `1h30m`, `1:30` or `2d`")]
pub struct BadSpan(pub String);

/// Reads days, hours and minutes, in this order.
///
/// # Errors
/// [`BadSpan`] for any other text.
pub fn parse(text: &str) -> Result<Duration, BadSpan> {
    let lower: String = text.trim().to_lowercase();
    read(&lower)
        .filter(|dur| dur.is_bounded() && *dur != Duration::default())
        .ok_or_else(|| BadSpan(text.trim().to_owned()))
}

fn read(text: &str) -> Option<Duration> {
    if let Some((hours, minutes)) = text.split_once(':') {
        let minutes = number(minutes).filter(|it| *it < 60 && minutes.len() == 2)?;
        let minutes = number(hours)?.checked_mul(60)?.checked_add(minutes)?;
        return Some(Duration::of_seconds(minutes.checked_mul(60)?));
    }
    let (days, text) = part(text, &["days", "day", "d"])?;
    let (hours, text) = part(text, &["hours", "hour", "h"])?;
    let (minutes, text) = part(text, &["minutes", "min", "m"])?;
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    let dur = Duration { days, seconds: minutes.checked_mul(60)? };
    text.trim().is_empty().then_some(dur)
}

/// The number before one of these units, and what follows; zero where none comes
/// next.
fn part<'a>(text: &'a str, units: &[&str]) -> Option<(u32, &'a str)> {
    let text = text.trim_start();
    let end = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let unit = units.iter().find(|unit| {
        let after = rest.strip_prefix(**unit);
        after.is_some_and(|after| !after.starts_with(|char: char| char.is_alphabetic()))
    });
    match unit {
        Some(unit) => Some((number(digits)?, &rest[unit.len()..])),
        None => Some((0, text)),
    }
}

fn number(digits: &str) -> Option<u32> {
    let fits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.parse().ok())?
}

/// A length of time, for a person.
pub fn shown(dur: Duration) -> String {
    let (hours, minutes) = (dur.seconds / 3_600, dur.seconds / 60 % 60);
    let parts = [(dur.days, "d"), (hours, "h"), (minutes, "m"), (dur.seconds % 60, "s")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number}{unit}"))
        .collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_type_lengths() {
        for (text, dur) in [
            ("45m", "PT45M"),
            ("90 min", "PT1H30M"),
            ("1h", "PT1H"),
            ("1h30m", "PT1H30M"),
            ("1 hour 30 minutes", "PT1H30M"),
            ("1:30", "PT1H30M"),
            ("2d", "P2D"),
            ("1d 2h", "P1DT2H"),
        ] {
            assert_eq!(parse(text).map(|dur| dur.to_string()).as_deref(), Ok(dur), "{text}");
        }
        for text in ["", "1", "h", "0m", "1:5", "1:60", "30m1h", "1hm", "-1h", "1.5h", "99999999d"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(shown(parse("1d 2h 5m").unwrap()), "1d 2h 5m");
    }
}
