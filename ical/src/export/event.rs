//! Event to VEVENT.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::{Map, Value};
use umbra_model::Privacy;
use umbra_model::recurrence::{Schedule, Zone, end};
use umbra_model::value::{Duration, LocalTime, When};

use super::properties::{Properties, entries, kept, string};
use super::timezones::Timezones;
use super::{Calendar, Document, uid};
use crate::kept::Part;
use crate::moment::{Moment, known};
use crate::recurrence;

const STATUS: &[(&str, &str)] =
    &[("confirmed", "CONFIRMED"), ("tentative", "TENTATIVE"), ("cancelled", "CANCELLED")];
const BUSY: &[(&str, &str)] = &[("busy", "OPAQUE"), ("free", "TRANSPARENT")];

/// Writes an event and its changed occurrences; nothing where it has no time yet.
pub(super) fn write(
    calendar: &Calendar<'_>,
    document: &Document<'_>,
    timezones: &mut Timezones,
    out: &mut String,
) {
    let Some(schedule) = Schedule::read(document.view) else { return };
    let kept = kept(document.view);
    let mut made = Properties::new(&kept.main, &kept, timezones);
    made.uid(document);
    made.stamp(calendar, document.view);
    made.created(document.view);
    times(&mut made, &schedule.when, schedule.when.start);
    series(&mut made, &schedule);
    words(&mut made, document.view);
    match document.privacy {
        Privacy::Default => {}
        Privacy::Busy => made.raw("CLASS", "PRIVATE"),
        Privacy::Secret => made.raw("CLASS", "CONFIDENTIAL"),
    }
    made.labels(document.view, calendar.labels);
    made.write("VEVENT", out);

    let nothing = Part::default();
    for (id, changed) in changed(document.view, &kept.overrides.keys().copied().collect()) {
        let part = kept.overrides.get(&id).unwrap_or(&nothing);
        let mut made = Properties::new(part, &kept, timezones);
        made.raw("UID", uid(document));
        made.stamp(calendar, document.view);
        made.moment("RECURRENCE-ID", &moment(id, &schedule.when));
        match schedule.moved.get(&id) {
            Some(when) => times(&mut made, when, when.start),
            None => times(&mut made, &schedule.when, id),
        }
        words(&mut made, &changed);
        made.write("VEVENT", out);
    }
}

fn moment(local: LocalTime, when: &When) -> Moment {
    Moment { local, tz: when.tz.clone() }
}

/// Start and end.
fn times(made: &mut Properties<'_>, when: &When, start: LocalTime) {
    made.moment("DTSTART", &moment(start, when));
    match ending(when, start) {
        Some(end) => made.moment("DTEND", &end),
        None if when.dur != Duration::default() => made.raw("DURATION", when.dur.to_string()),
        None => {}
    }
}

/// The end as a time on a wall; `None` where only a duration tells it.
fn ending(when: &When, start: LocalTime) -> Option<Moment> {
    let local = start.date_time();
    if when.all_day {
        let days = TimeDelta::days(i64::from(when.dur.days));
        let date = local.checked_add_signed(days)?.date();
        return Some(Moment { local: LocalTime::Date(date), tz: None });
    }
    if when.dur.days > 0 || (when.dur.seconds == 0 && when.end_tz.is_none()) {
        return None;
    }
    let zone = when.tz.as_ref().map_or(Zone::UTC, known);
    let at = end(local, when.dur, &zone);
    let tz = when.end_tz.as_ref().or(when.tz.as_ref());
    let end_zone = tz.map_or(zone, known);
    let local = end_zone.local(at);
    // The second of two equal times can't be written.
    let readable = end_zone.resolve(local) == at;
    let local = LocalTime::parse(&LocalTime::DateTime(local).to_string()).ok()?;
    readable.then(|| Moment { local, tz: tz.cloned() })
}

/// Rule, added and excluded starts.
fn series(made: &mut Properties<'_>, schedule: &Schedule) {
    let when = &schedule.when;
    if let Some(rule) = &schedule.rule {
        made.raw("RRULE", recurrence::write(rule, &moment(when.start, when)));
    }
    let start = moment(when.start, when);
    let moments = |ids: &BTreeSet<LocalTime>| -> Vec<Moment> {
        ids.iter().map(|id| moment(moment(*id, when).beside(&start), when)).collect()
    };
    made.moments("RDATE", &moments(&schedule.rdates));
    made.moments("EXDATE", &moments(&schedule.excluded));
}

/// Everything that isn't a time.
fn words(made: &mut Properties<'_>, view: &Map<String, Value>) {
    made.text("SUMMARY", string(view, "title").unwrap_or_default());
    if let Some(desc) = string(view, "desc").filter(|desc| !desc.is_empty()) {
        made.text("DESCRIPTION", desc);
    }
    made.place(string(view, "place"));
    for (field, name) in [("url", "URL"), ("meet", "CONFERENCE")] {
        if let Some(uri) = string(view, field) {
            made.raw(name, uri);
        }
    }
    made.word("STATUS", string(view, "status"), STATUS);
    made.word("TRANSP", string(view, "busy"), BUSY);
    made.color(string(view, "color"));
}

/// The fields of each occurrence that is different, its own over those of the
/// series.
fn changed(
    view: &Map<String, Value>,
    kept: &BTreeSet<LocalTime>,
) -> BTreeMap<LocalTime, Map<String, Value>> {
    let series: Map<String, Value> = view
        .iter()
        .filter(|(_, value)| value.is_string())
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect();
    let mut changed: BTreeMap<LocalTime, Map<String, Value>> =
        kept.iter().map(|id| (*id, series.clone())).collect();
    let overrides: Vec<(LocalTime, &str, &Value)> = entries(view, "overrides")
        .filter_map(|(key, value)| {
            let (id, field) = key.split_once('/')?;
            Some((LocalTime::parse(id).ok()?, field, value))
        })
        .collect();
    let excluded: BTreeSet<LocalTime> = overrides
        .iter()
        .filter(|(_, field, value)| *field == "excluded" && **value == Value::Bool(true))
        .map(|(id, ..)| *id)
        .collect();
    for (id, field, value) in overrides.into_iter().filter(|(_, field, _)| *field != "excluded") {
        changed.entry(id).or_insert_with(|| series.clone()).insert(field.to_owned(), value.clone());
    }
    changed.retain(|id, _| !excluded.contains(id));
    changed
}
