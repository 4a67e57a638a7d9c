//! Which occurrence of a series is meant.

use chrono::{NaiveDate, NaiveTime};
use serde_json::{Map, Value};
use umbra_client_core::replica::Document;
use umbra_model::recurrence::{Schedule, zone_of};
use umbra_model::value::LocalTime;

use crate::app::App;
use crate::commands::todo::fields::parse;
use crate::failure::{Failure, Result};
use crate::look::plain;

/// The schedule of an event.
pub fn schedule(event: &Document) -> Result<Schedule> {
    let view: Option<&Map<String, Value>> = event.view.as_object();
    view.and_then(Schedule::read)
        .ok_or_else(|| Failure::usage(format!("`{}` has no time yet", plain(&event.title))))
}

/// The original start of the occurrence that is on this day, or at this time.
pub fn occurrence(app: &App<'_>, event: &Document, text: &str) -> Result<LocalTime> {
    let schedule = schedule(event)?;
    let wanted = parse(app, text)?;
    let zone = zone_of(&schedule.when, &app.look().zone);
    let midnight = |day: NaiveDate| zone.resolve(day.and_time(NaiveTime::MIN));
    let next = wanted.date().succ_opt().unwrap_or(wanted.date());
    let (instances, _) = schedule.instances(midnight(wanted.date()), midnight(next), &zone);
    let found: Vec<LocalTime> = instances
        .iter()
        .filter(|it| {
            it.start == wanted || matches!(wanted, LocalTime::Date(day) if it.start.date() == day)
        })
        .map(|it| it.occurrence.id)
        .collect();
    match found.as_slice() {
        [id] => Ok(*id),
        [] => {
            let message = format!("`{}` doesn't happen then: `{text}`", plain(&event.title));
            Err(Failure::not_found(message).remedy("See `umbra agenda`, or `umbra event show`."))
        }
        _ => {
            let message = format!("`{}` happens more than once on `{text}`", plain(&event.title));
            Err(Failure::ambiguous(message).remedy("Give the time too."))
        }
    }
}
