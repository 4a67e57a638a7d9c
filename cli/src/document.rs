//! Documents for a person and for a script.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Included, Unbounded};

use serde_json::{Map, Value, json};
use umbra_client_core::Replica;
use umbra_client_core::replica::{Document, Space};
use umbra_model::recurrence::{Repetition, Zone};
use umbra_model::schema::{Domain, Shape, spec};
use umbra_model::value::{Cluster, LocalTime, LogMark, Repeat, TaskTime};
use umbra_model::{DocId, Kind, SpaceId};

use crate::failure::Result;
use crate::look::Look;

/// The fewest characters of a short id.
const SHORT_MIN: usize = 4;

/// Ends of these documents' ids by which each can be told from all others. Ids begin
/// with the time of their making, so their beginnings are alike.
pub async fn short_ids(replica: &Replica, documents: &[Document]) -> Result<Vec<String>> {
    let mut all = Digits::default();
    for id in replica.ids().await?.into_iter().chain(documents.iter().map(|it| it.id)) {
        all.add(id);
    }
    Ok(documents.iter().map(|document| all.shortest(document.id)).collect())
}

/// Ids in hexadecimal digits, forwards and backwards.
#[derive(Default)]
struct Digits {
    forwards: BTreeSet<String>,
    backwards: BTreeSet<String>,
}

impl Digits {
    fn add(&mut self, id: DocId) {
        let digits = id.0.simple().to_string();
        self.backwards.insert(digits.chars().rev().collect());
        self.forwards.insert(digits);
    }

    /// The shortest end of an id that no other one ends or begins with.
    fn shortest(&self, id: DocId) -> String {
        let digits = id.0.simple().to_string();
        let backwards: String = digits.chars().rev().collect();
        let shared = |other: &String| {
            backwards.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count()
        };
        let key = backwards.as_str();
        let before = self.backwards.range::<str, _>((Unbounded, Excluded(key))).next_back();
        let after = self.backwards.range::<str, _>((Excluded(key), Unbounded)).next();
        let unique = before.map_or(0, shared).max(after.map_or(0, shared)) + 1;
        let begins = |end: &str| {
            let others = self.forwards.range::<str, _>((Included(end), Unbounded));
            others.take_while(|other| other.starts_with(end)).any(|other| *other != digits)
        };
        (unique.max(SHORT_MIN)..digits.len())
            .map(|len| &digits[digits.len() - len..])
            .find(|end| !begins(end))
            .unwrap_or(&digits)
            .to_owned()
    }
}

/// The names of spaces by their id.
pub async fn space_names(replica: &Replica) -> Result<BTreeMap<SpaceId, String>> {
    let spaces = replica.spaces().await?;
    Ok(spaces.into_iter().map(|Space { id, name, .. }| (id, name)).collect())
}

/// A document for a script: what a replica says of it, with its fields in full,
/// wholes taken apart.
pub fn json(document: &Document) -> Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.remove("view");
        let fields = document.view.as_object().map(|view| fields(document.kind, view));
        object.insert("fields".to_owned(), Value::Object(fields.unwrap_or_default()));
    }
    value
}

/// Documents for a script.
pub fn json_list(documents: &[Document]) -> Value {
    documents.iter().map(json).collect()
}

/// A view with its clusters as JSON instead of text.
fn fields(kind: Kind, view: &Map<String, Value>) -> Map<String, Value> {
    let spec = spec(kind);
    let opened = |container: Option<&str>, key: &str, value: &Value| {
        let target = spec.target(container, key).ok().and_then(|target| target.value);
        let is_cluster = target.is_some_and(|value| matches!(value.domain, Domain::Cluster(_)));
        let text = value.as_str().filter(|_| is_cluster);
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| value.clone())
    };
    let field = |(name, value): (&String, &Value)| {
        let is_map = matches!(spec.field(name).map(|it| &it.shape), Some(Shape::Map { .. }));
        let value = match value.as_object().filter(|_| is_map) {
            Some(entries) => {
                let entry =
                    |(key, value): (&String, &Value)| (key.clone(), opened(Some(name), key, value));
                Value::Object(entries.iter().map(entry).collect())
            }
            None => opened(None, name, value),
        };
        (name.clone(), value)
    };
    view.iter().map(field).collect()
}

/// A field that is a text or a word.
pub fn text<'a>(document: &'a Document, field: &str) -> &'a str {
    document.view.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A field that is a whole.
pub fn cluster<C: Cluster>(document: &Document, field: &str) -> Option<C> {
    C::parse(document.view.get(field)?.as_str()?).ok()
}

/// When a todo is due next: a repeating one's next occurrence, any other's due
/// day or time.
pub fn next_due(document: &Document, look: &Look) -> Option<LocalTime> {
    let due: Option<TaskTime> = cluster(document, "due");
    let first = due.or_else(|| cluster(document, "start"));
    let Some(repeat) = cluster::<Repeat>(document, "repeat") else {
        return cluster::<TaskTime>(document, "due").map(|due| here(&due, look));
    };
    let first = first?;
    let zone = zone_of(&first, look);
    let log = log(document);
    let next = Repetition { first: first.local(), repeat: &repeat, log: &log, zone: &zone };
    let next = next.next(look.now)?;
    Some(match next {
        LocalTime::Date(_) => next,
        LocalTime::DateTime(time) => LocalTime::DateTime(look.zone.local(zone.resolve(time))),
    })
}

/// The original local time of a repeating todo's next occurrence, which names it.
pub fn next_occurrence(document: &Document, look: &Look) -> Option<LocalTime> {
    let repeat: Repeat = cluster(document, "repeat")?;
    let first: TaskTime = cluster(document, "due").or_else(|| cluster(document, "start"))?;
    let zone = zone_of(&first, look);
    let log = log(document);
    Repetition { first: first.local(), repeat: &repeat, log: &log, zone: &zone }.next(look.now)
}

fn log(document: &Document) -> BTreeMap<LocalTime, LogMark> {
    let log = document.view.get("log").and_then(Value::as_object);
    log.into_iter()
        .flatten()
        .filter_map(|(id, mark)| {
            Some((LocalTime::parse(id).ok()?, LogMark::parse(mark.as_str()?).ok()?))
        })
        .collect()
}

fn zone_of(time: &TaskTime, look: &Look) -> Zone {
    time.tz.as_ref().and_then(|tz| Zone::parse(tz.as_str()).ok()).unwrap_or(look.zone)
}

/// The day, or the time on the clocks here.
pub fn here(time: &TaskTime, look: &Look) -> LocalTime {
    match time.local() {
        LocalTime::Date(day) => LocalTime::Date(day),
        LocalTime::DateTime(local) => {
            LocalTime::DateTime(look.zone.local(zone_of(time, look).resolve(local)))
        }
    }
}

/// A short answer about one document: what was done, and the document.
pub fn done_json(action: &str, document: &Document) -> Value {
    json!({ "action": action, "document": json(document) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_are_as_short_as_they_can_be() {
        let ids = [
            "01930000-0000-7000-8000-0000000019ab",
            "01930000-0000-7000-8000-0000000029ab",
            "01930000-0000-7000-8000-000000000193",
            "f0000000-0000-8000-8000-00000000cafe",
        ]
        .map(|id| id.parse::<DocId>().unwrap());
        let mut all = Digits::default();
        ids.into_iter().for_each(|id| all.add(id));
        assert_eq!(ids.map(|id| all.shortest(id)), ["19ab", "29ab", "00193", "cafe"]);
    }
}
