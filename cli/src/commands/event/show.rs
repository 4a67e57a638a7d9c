use clap::Args;
use serde_json::Value;
use umbra_client_core::replica::{Document, Space, Trash};
use umbra_model::Privacy;
use umbra_model::recurrence::{Schedule, end, zone_of};
use umbra_model::value::{LocalTime, Place, When};

use super::events;
use crate::app::App;
use crate::document::{cluster, json, text};
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint, clock, plain, plain_lines};
use crate::output::Report;
use crate::{repeat_input, span_input};

/// How many occurrences are shown.
const NEXT: usize = 5;

/// Show an event with all that it says
#[derive(Args, Debug)]
pub struct Show {
    /// The event: words of its title, or its id
    event: String,
}

impl Show {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let event = app.document(&self.event, &events(Trash::With)).await?;
        let space = app.replica.space(event.space).await?;
        app.output.report(&OneEvent { event, space })
    }
}

struct OneEvent {
    event: Document,
    space: Space,
}

impl Report for OneEvent {
    fn json(&self) -> Value {
        json(&self.event)
    }

    fn text(&self, look: &Look) -> String {
        let event = &self.event;
        let schedule = event.view.as_object().and_then(Schedule::read);
        let rule = schedule.as_ref().and_then(|it| it.rule.as_ref()).map(repeat_input::shown);
        let next = schedule.as_ref().filter(|it| it.repeats()).map(|it| next(it, look));
        let place = cluster::<Place>(event, "place").and_then(|place| place.name);
        let lines = [
            ("in", Some(self.space.name.clone())),
            ("when", Some(when_text(event, look))),
            ("repeats", rule),
            ("next", next),
            ("place", place),
            ("meet", some(text(event, "meet"))),
            ("url", some(text(event, "url"))),
            ("status", some(text(event, "status"))),
            ("seen by", privacy(event.privacy)),
            ("trash", event.deleted.then(|| "it is in the trash".to_owned())),
            ("sent", (event.pending > 0).then(|| "not yet; `umbra sync`".to_owned())),
            ("id", Some(event.id.to_string())),
        ];
        let mut shown = vec![look.paint(Paint::Strong, &plain(&event.title))];
        for (name, value) in lines {
            if let Some(value) = value {
                let name = look.paint(Paint::Dim, &format!("{name:<9}"));
                shown.push(format!("{name}{}", plain(&value)));
            }
        }
        if let Some(desc) = some(text(event, "desc")) {
            shown.push(format!("\n{}", plain_lines(&desc)));
        }
        shown.join("\n")
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn privacy(privacy: Privacy) -> Option<String> {
    match privacy {
        Privacy::Default => None,
        Privacy::Busy => Some("you and the owner; others see that the time is taken".to_owned()),
        Privacy::Secret => Some("you and the owner".to_owned()),
    }
}

/// The next occurrences.
fn next(schedule: &Schedule, look: &Look) -> String {
    let until = umbra_model::Millis(look.now.0 + 366 * 86_400_000);
    let (instances, _) = schedule.instances(look.now, until, &look.zone);
    let shown: Vec<String> = instances
        .iter()
        .take(NEXT)
        .map(|it| match it.start {
            LocalTime::Date(day) => look.day(day),
            LocalTime::DateTime(_) => look.instant(it.occurrence.start),
        })
        .collect();
    if shown.is_empty() { "never again".to_owned() } else { shown.join(", ") }
}

/// When an event is, for somebody here.
pub fn when_text(event: &Document, look: &Look) -> String {
    match cluster::<When>(event, "when") {
        Some(when) => when_shown(&when, look),
        None => "at no time yet".to_owned(),
    }
}

fn when_shown(when: &When, look: &Look) -> String {
    let start = when.start.date_time();
    if when.all_day {
        let last = start.date() + chrono::Days::new(u64::from(when.dur.days.max(1) - 1));
        return match when.dur.days {
            0 | 1 => format!("{}, all day", look.day(start.date())),
            days => format!("{} to {}, {days} days", look.day(start.date()), look.day(last)),
        };
    }
    let zone = zone_of(when, &look.zone);
    let here = look.zone.local(zone.resolve(start));
    let ends = look.zone.local(end(start, when.dur, &zone));
    let until = match ends.date() == here.date() {
        _ if ends == here => String::new(),
        true => format!("–{}", clock(ends)),
        false => format!(" to {}", look.local(LocalTime::DateTime(ends))),
    };
    let length = span_input::shown(when.dur);
    let length = if length.is_empty() { length } else { format!(" ({length})") };
    let there = match &when.tz {
        Some(tz) if here != start => format!(", {} in {tz}", clock(start)),
        _ => String::new(),
    };
    format!("{}{until}{length}{there}", look.local(LocalTime::DateTime(here)))
}

#[cfg(test)]
mod tests {
    use umbra_model::value::Cluster;

    use super::*;

    #[test]
    fn when_an_event_is_reads_well() {
        let look = Look::plain("2026-11-24T12:00:00", "Europe/Paris");
        for (when, shown) in [
            (r#"{"allDay":true,"dur":"P1D","start":"2026-11-25"}"#, "tomorrow, all day"),
            (r#"{"allDay":true,"dur":"P3D","start":"2026-12-24"}"#, "24 Dec to 26 Dec, 3 days"),
            (
                r#"{"allDay":false,"dur":"PT1H30M","start":"2026-11-24T18:00:00","tz":"Europe/Paris"}"#,
                "today 18:00–19:30 (1h 30m)",
            ),
            (r#"{"allDay":false,"dur":"PT0S","start":"2026-11-24T18:00:00"}"#, "today 18:00"),
            (
                r#"{"allDay":false,"dur":"PT8H","start":"2026-11-24T18:00:00","tz":"America/New_York"}"#,
                "tomorrow 00:00–08:00 (8h), 18:00 in America/New_York",
            ),
            (
                r#"{"allDay":false,"dur":"PT8H","start":"2026-11-24T18:00:00","tz":"Europe/Paris"}"#,
                "today 18:00 to tomorrow 02:00 (8h)",
            ),
        ] {
            assert_eq!(when_shown(&When::parse(when).unwrap(), &look), shown);
        }
    }
}
