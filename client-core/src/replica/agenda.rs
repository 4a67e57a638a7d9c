//! What happens when.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use umbra_model::recurrence::{Repetition, Schedule, Zone, zone_of};
use umbra_model::value::{Cluster, LocalTime, LogMark, Repeat, TaskTime};
use umbra_model::{Kind, Millis};

use super::query::DAY_SLACK;
use crate::error::Result;
use crate::replica::{Document, Occurrence, Replica};
use crate::store::{Documents, Query};

impl Replica {
    /// Events, and todos that start or are due, from one instant to before another,
    /// in the order of their starts. Floating times and whole days are taken in
    /// `zone`, an IANA name.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for an unknown zone.
    pub async fn agenda(&self, from: Millis, to: Millis, zone: &str) -> Result<Vec<Occurrence>> {
        let zone = super::zone(zone)?;
        let query = Query {
            kinds: vec![Kind::Event, Kind::Todo],
            spaces: self.open_spaces().await?,
            between: Some((
                Millis(from.0.saturating_sub(DAY_SLACK)),
                Millis(to.0.saturating_add(DAY_SLACK)),
            )),
            deleted: Some(false),
            ..Query::default()
        };
        if query.spaces.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.read().await?.tx.list(&query).await?;
        let mut agenda = Vec::new();
        for row in rows {
            let document = Document::new(row, &zone)?;
            match document.kind {
                Kind::Event => agenda.extend(events(&document, from, to, &zone)),
                _ => agenda.extend(todo(&document, from, to, &zone)),
            }
        }
        agenda.sort_by(|one, other| {
            (one.start, !one.all_day, &one.title).cmp(&(other.start, !other.all_day, &other.title))
        });
        Ok(agenda)
    }
}

fn fields(document: &Document) -> Map<String, Json> {
    document.view.as_object().cloned().unwrap_or_default()
}

/// The occurrences of an event.
fn events(document: &Document, from: Millis, to: Millis, zone: &Zone) -> Vec<Occurrence> {
    let view = fields(document);
    let Some(schedule) = Schedule::read(&view) else { return Vec::new() };
    let overrides = view.get("overrides").and_then(Json::as_object);
    let text = |field: &str, id: LocalTime| {
        let own = overrides.and_then(|it| it.get(&format!("{id}/{field}")));
        own.or_else(|| view.get(field)).and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    let (instances, _) = schedule.instances(from, to, zone);
    let occurrence = |instance: umbra_model::recurrence::Instance<'_>| {
        let id = instance.occurrence.id;
        let when = instance.when;
        Occurrence {
            doc: document.id,
            space: document.space,
            kind: document.kind,
            occurrence: schedule.repeats().then(|| id.to_string()),
            title: text("title", id),
            start: instance.occurrence.start,
            end: instance.occurrence.end,
            local_start: instance.start.to_string(),
            zone: when.tz.as_ref().map(|_| zone_of(when, zone).to_string()),
            all_day: when.all_day,
            done: text("status", id) == "cancelled",
        }
    };
    instances.into_iter().map(occurrence).collect()
}

/// When a todo is due, or begins where it isn't; of a repeating one, when it is
/// due next.
fn todo(document: &Document, from: Millis, to: Millis, zone: &Zone) -> Option<Occurrence> {
    let view = fields(document);
    let time = |field: &str| TaskTime::parse(view.get(field)?.as_str()?).ok();
    let task = time("due").or_else(|| time("start"))?;
    let its = task.tz.as_ref().and_then(|tz| Zone::parse(tz.as_str()).ok()).unwrap_or(*zone);
    let repeat = view.get("repeat").and_then(Json::as_str);
    let repeat = repeat.and_then(|text| Repeat::parse(text).ok());
    let local = match &repeat {
        None => task.local(),
        Some(repeat) => next(&view, task.local(), repeat, &its)?,
    };
    let all_day = matches!(local, LocalTime::Date(_));
    let start = its.resolve(local.date_time());
    let end = if all_day { Millis(start.0 + 86_400_000) } else { start };
    (start < to && (start >= from || end > from)).then(|| Occurrence {
        doc: document.id,
        space: document.space,
        kind: document.kind,
        occurrence: repeat.is_some().then(|| local.to_string()),
        title: document.title.clone(),
        start,
        end,
        local_start: local.to_string(),
        zone: task.tz.as_ref().map(|_| its.to_string()),
        all_day,
        done: document.done,
    })
}

fn next(
    view: &Map<String, Json>,
    first: LocalTime,
    repeat: &Repeat,
    zone: &Zone,
) -> Option<LocalTime> {
    let log = view.get("log").and_then(Json::as_object).into_iter().flatten();
    let log: BTreeMap<LocalTime, LogMark> = log
        .filter_map(|(key, mark)| {
            Some((LocalTime::parse(key).ok()?, LogMark::parse(mark.as_str()?).ok()?))
        })
        .collect();
    Repetition { first, repeat, log: &log, zone }.next(super::now())
}
