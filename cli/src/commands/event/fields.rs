//! What can be said about an event.

use chrono::NaiveDateTime;
use clap::Args;
use umbra_client_core::Edit;
use umbra_client_core::edit::Value;
use umbra_model::recurrence::{Series, Zone, end, zone_of};
use umbra_model::value::{Cluster, Duration, LocalTime, Place, When, ZoneName};

use crate::app::App;
use crate::commands::todo::fields::{or_none, parse};
use crate::failure::{Failure, Result};
use crate::look::Look;
use crate::{repeat_input, span_input};

/// How long an event takes that doesn't say.
const AN_HOUR: Duration = Duration::of_seconds(3_600);

/// When an event is.
#[derive(Args, Debug, Default)]
pub struct Times {
    /// When it begins: a day, or a day and a time, such as `fri 14:30`
    #[arg(long, short, value_name = "WHEN")]
    pub at: Option<String>,
    /// How long it takes, such as `90m` or `2d`
    #[arg(long = "for", short = 'f', value_name = "TIME", conflicts_with = "until")]
    length: Option<String>,
    /// When it ends; a day includes that day
    #[arg(long, short, value_name = "WHEN")]
    until: Option<String>,
    /// The zone of its times; that of this device where left out
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
}

/// What else can be said about an event. `none` clears what can be empty.
#[derive(Args, Debug, Default)]
pub struct Words {
    /// What it is about
    #[arg(long, short = 'n', value_name = "TEXT")]
    desc: Option<String>,
    /// Where it is
    #[arg(long, short, value_name = "PLACE")]
    place: Option<String>,
    /// A page about it
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Where to join by video or telephone
    #[arg(long, value_name = "URL")]
    meet: Option<String>,
    /// Whether it will take place
    #[arg(long, value_name = "STATUS")]
    status: Option<Status>,
    /// It takes up no time
    #[arg(long, conflicts_with = "busy")]
    free: bool,
    /// It takes up time
    #[arg(long)]
    busy: bool,
}

/// Whether an event will take place.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Status {
    /// It will
    Confirmed,
    /// It may
    Tentative,
    /// It won't
    Cancelled,
}

impl Times {
    /// When it is; `before` is when it was, if it was.
    pub fn when(&self, app: &App<'_>, before: Option<&When>) -> Result<When> {
        let zone = self.zone(app.look())?;
        let start = self.at.as_deref().map(|at| parse(app, at)).transpose()?;
        let mut when = match (start, before) {
            (Some(start), before) => self.beginning(start, &zone, before)?,
            (None, Some(before)) => before.clone(),
            (None, None) => {
                return Err(Failure::usage("when is it?")
                    .remedy("Say so with --at, such as --at `fri 14:30` or --at 2026-12-24."));
            }
        };
        if self.at.is_none() && self.zone.is_some() && !when.all_day {
            when.tz = name(&zone)?;
        }
        if let Some(length) = &self.length {
            when.dur = length_of(length, when.all_day)?;
        }
        if let Some(until) = &self.until {
            when.dur = until_of(until, parse(app, until)?, &when, app.look())?;
        }
        Ok(when)
    }

    fn zone(&self, look: &Look) -> Result<Zone> {
        self.zone.as_deref().map_or(Ok(look.zone), |zone| Zone::parse(zone).map_err(Failure::usage))
    }

    /// From a new start, as long as it was.
    fn beginning(&self, start: LocalTime, zone: &Zone, before: Option<&When>) -> Result<When> {
        Ok(match start {
            LocalTime::Date(day) => {
                let days = before.filter(|before| before.all_day).map_or(1, |it| it.dur.days);
                When::all_day(day, days)
            }
            LocalTime::DateTime(_) => When {
                all_day: false,
                dur: before.filter(|before| !before.all_day).map_or(AN_HOUR, |it| it.dur),
                end_tz: None,
                start,
                tz: name(zone)?,
            },
        })
    }
}

impl Words {
    /// The edits that say so.
    pub fn edits(&self) -> Result<Vec<Edit>> {
        let mut edits = self.set("")?;
        if let Some(desc) = &self.desc {
            edits.push(Edit::text("desc", or_none(desc).unwrap_or_default()));
        }
        Ok(edits)
    }

    /// The edits that say so about one occurrence.
    pub fn overrides(&self, id: LocalTime) -> Result<Vec<Edit>> {
        let mut edits = self.set(&format!("{id}/"))?;
        if let Some(desc) = &self.desc {
            let desc = or_none(desc).unwrap_or_default();
            edits.push(Edit::put("overrides", format!("{id}/desc"), desc));
        }
        Ok(edits)
    }

    /// The fields that are one value, of the series where `prefix` is empty.
    fn set(&self, prefix: &str) -> Result<Vec<Edit>> {
        let mut edits = Vec::new();
        let mut set = |field: &str, value: Value| {
            edits.push(match prefix {
                "" => Edit::set(field, value),
                prefix => Edit::put("overrides", format!("{prefix}{field}"), value),
            });
        };
        if let Some(place) = &self.place {
            let place = or_none(place)
                .map(|name| Place { name: Some(name.to_owned()), ..Place::default() });
            let place = place.map(|place| place.canonical()).transpose();
            set("place", place.map_err(Failure::usage)?.into());
        }
        for (field, uri) in [("url", &self.url), ("meet", &self.meet)] {
            if let Some(uri) = uri {
                set(field, or_none(uri).into());
            }
        }
        if let Some(status) = self.status {
            let status = match status {
                Status::Confirmed => "confirmed",
                Status::Tentative => "tentative",
                Status::Cancelled => "cancelled",
            };
            set("status", status.into());
        }
        if self.free || self.busy {
            set("busy", if self.free { "free" } else { "busy" }.into());
        }
        Ok(edits)
    }
}

/// The rule that a text means, and when the first occurrence is then: of a day that
/// the rule doesn't name, the next that it does.
pub fn rule(text: &str, when: &mut When) -> Result<Value> {
    let Some(text) = or_none(text) else { return Ok(Value::Null) };
    let rule = repeat_input::parse(text).map_err(Failure::usage)?;
    let none = std::collections::BTreeSet::new();
    let series = Series { start: when.start, rule: Some(&rule), rdates: &none, excluded: &none };
    let from = when.start.date_time();
    let window = umbra_model::recurrence::Window::new(from, NaiveDateTime::MAX, 1);
    match series.expand(&window).starts.first() {
        Some(first) => when.start = *first,
        None => return Err(Failure::usage(format!("`{text}` never happens from then on"))),
    }
    Ok(Value::Str(rule.to_string()))
}

fn name(zone: &Zone) -> Result<Option<ZoneName>> {
    ZoneName::parse(&zone.to_string()).map(Some).map_err(Failure::internal)
}

fn length_of(text: &str, all_day: bool) -> Result<Duration> {
    let dur = span_input::parse(text).map_err(Failure::usage)?;
    if all_day && dur.seconds > 0 {
        return Err(Failure::usage(format!("`{text}` isn't whole days, and the event is"))
            .remedy("Give --at a time of day, or --for a number of days."));
    }
    Ok(dur)
}

/// How long it takes until then.
fn until_of(text: &str, until: LocalTime, when: &When, look: &Look) -> Result<Duration> {
    let before = || Failure::usage(format!("`{text}` is before it begins"));
    match (when.start, until) {
        (LocalTime::Date(start), LocalTime::Date(until)) => {
            let days = until.signed_duration_since(start).num_days() + 1;
            u32::try_from(days)
                .ok()
                .filter(|days| *days > 0)
                .map(Duration::of_days)
                .ok_or_else(before)
        }
        (LocalTime::DateTime(start), LocalTime::DateTime(until)) => {
            let zone = zone_of(when, &look.zone);
            let from = end(start, Duration::default(), &zone);
            let millis = end(until, Duration::default(), &zone).0 - from.0;
            let seconds = u32::try_from(millis / 1_000).ok().filter(|_| millis >= 0);
            seconds.map(Duration::of_seconds).ok_or_else(before)
        }
        (LocalTime::Date(_), _) => {
            Err(Failure::usage(format!("`{text}` has a time, and the event is whole days")))
        }
        (LocalTime::DateTime(_), _) => {
            let failure =
                Failure::usage(format!("`{text}` has no time, and the event begins at one"));
            Err(failure.remedy("Say how long it takes with --for."))
        }
    }
}
