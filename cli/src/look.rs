//! How things look to a person: colours, dates beside today, short texts.

use anstyle::{AnsiColor, Style};
use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use umbra_model::Millis;
use umbra_model::recurrence::Zone;
use umbra_model::value::LocalTime;

/// How things look, where and when.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Whether there may be colours.
    pub color: bool,
    /// How many columns there are.
    pub width: u16,
    /// Now.
    pub now: Millis,
    /// Where.
    pub zone: Zone,
}

/// What a colour is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paint {
    /// What stands out.
    Strong,
    /// What stands back.
    Dim,
    /// What can be typed.
    Id,
    /// What is well.
    Good,
    /// What needs to be looked at soon.
    Soon,
    /// What is late or wrong.
    Late,
    /// The word before an error.
    Error,
    /// The word before a remedy.
    Hint,
}

impl Paint {
    /// The style of it.
    pub const fn style(self) -> Style {
        match self {
            Self::Strong => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Id | Self::Hint => AnsiColor::Cyan.on_default(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Soon => AnsiColor::Yellow.on_default(),
            Self::Late => AnsiColor::Red.on_default(),
            Self::Error => AnsiColor::Red.on_default().bold(),
        }
    }
}

impl Look {
    /// Without colours, for a test that knows the time.
    #[cfg(test)]
    pub fn plain(now: &str, zone: &str) -> Self {
        let zone = Zone::parse(zone).expect("a zone");
        let now = LocalTime::parse(now).expect("a local time");
        Self { color: false, width: 80, now: zone.resolve(now.date_time()), zone }
    }

    /// The text in its colour.
    pub fn paint(&self, paint: Paint, text: &str) -> String {
        if self.color && !text.is_empty() {
            let style = paint.style();
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// What the clocks here show.
    pub fn local_now(&self) -> NaiveDateTime {
        self.zone.local(self.now)
    }

    /// Today.
    pub fn today(&self) -> NaiveDate {
        self.local_now().date()
    }

    /// A day, beside today.
    pub fn day(&self, day: NaiveDate) -> String {
        let today = self.today();
        match day.signed_duration_since(today).num_days() {
            -1 => "yesterday".to_owned(),
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            2..=6 => day.format("%a").to_string(),
            _ if day.year() == today.year() => day.format("%-d %b").to_string(),
            _ => day.format("%-d %b %Y").to_string(),
        }
    }

    /// A day in full, as a heading.
    pub fn heading(&self, day: NaiveDate) -> String {
        let full = day.format("%A, %-d %B %Y");
        match day.signed_duration_since(self.today()).num_days() {
            -1..=1 => format!("{} · {full}", capital(&self.day(day))),
            _ => full.to_string(),
        }
    }

    /// A day, or a time of it, beside today.
    pub fn local(&self, local: LocalTime) -> String {
        match local {
            LocalTime::Date(day) => self.day(day),
            LocalTime::DateTime(time) => format!("{} {}", self.day(time.date()), clock(time)),
        }
    }

    /// An instant as a day and a time here.
    pub fn instant(&self, at: Millis) -> String {
        self.local(LocalTime::DateTime(self.zone.local(at)))
    }

    /// How long ago that is.
    pub fn ago(&self, at: Millis) -> String {
        let minutes = (self.now.0 - at.0) / 60_000;
        let units = |number: i64, unit: &str| {
            format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" })
        };
        match minutes {
            ..0 => self.instant(at),
            0 => "just now".to_owned(),
            1..60 => units(minutes, "minute"),
            60..1_440 => units(minutes / 60, "hour"),
            _ => self.instant(at),
        }
    }
}

/// A time of day, with seconds only where there are some.
pub fn clock(time: NaiveDateTime) -> String {
    let format = if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    time.format(format).to_string()
}

/// `1 todo`, `2 todos`.
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The text without anything that a terminal would take for a command.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|char| if char == '\n' || char == '\t' { ' ' } else { char })
        .filter(|char| !char.is_control() && !is_bidi_control(*char))
        .collect()
}

/// The same for a text of several lines.
pub fn plain_lines(text: &str) -> String {
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

/// Characters that turn the direction of what follows, beyond their own text.
fn is_bidi_control(char: char) -> bool {
    matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_beside_today() {
        let look = Look::plain("2026-11-24T12:00:00", "Europe/Paris");
        let day = |text: &str| look.local(LocalTime::parse(text).unwrap());
        assert_eq!(day("2026-11-23"), "yesterday");
        assert_eq!(day("2026-11-24"), "today");
        assert_eq!(day("2026-11-25T09:30:00"), "tomorrow 09:30");
        assert_eq!(day("2026-11-27"), "Fri");
        assert_eq!(day("2026-12-01"), "1 Dec");
        assert_eq!(day("2027-01-01T00:00:05"), "1 Jan 2027 00:00:05");
        assert_eq!(look.heading(look.today()), "Today · Tuesday, 24 November 2026");
    }

    #[test]
    fn what_was_is_told_by_how_long_ago() {
        let look = Look::plain("2026-11-24T12:00:00", "UTC");
        let ago = |minutes: i64| look.ago(Millis(look.now.0 - minutes * 60_000));
        assert_eq!(ago(0), "just now");
        assert_eq!(ago(1), "1 minute ago");
        assert_eq!(ago(125), "2 hours ago");
        assert_eq!(ago(1_500), "yesterday 11:00");
    }

    #[test]
    fn a_text_gives_a_terminal_no_commands() {
        assert_eq!(plain("a\u{1b}[31mb\nc\u{202e}d"), "a[31mb cd");
        assert_eq!(plain_lines("a\r\nb\u{7}"), "a\nb");
    }
}
