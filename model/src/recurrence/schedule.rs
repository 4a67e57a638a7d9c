//! When an event is: its series, and the occurrences that are moved or left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Occurrence, Rule, Series, Zone, end, occurrences};
use crate::Millis;
use crate::limits::OCCURRENCES_MAX;
use crate::value::{Cluster, LocalTime, When};

/// All that an event's document says about when it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// When it is, of a series the first time.
    pub when: When,
    /// How it repeats.
    pub rule: Option<Rule>,
    /// Starts beside those of the rule.
    pub rdates: BTreeSet<LocalTime>,
    /// Starts that are left out.
    pub excluded: BTreeSet<LocalTime>,
    /// Occurrences that are at another time than the series says, by their
    /// original start.
    pub moved: BTreeMap<LocalTime, When>,
}

/// One occurrence of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instance<'a> {
    /// Which one it is, and its instants.
    pub occurrence: Occurrence,
    /// Its own local start, where it was moved another than its id.
    pub start: LocalTime,
    /// The series' `when`, or that which the occurrence was moved to.
    pub when: &'a When,
}

impl Schedule {
    /// Reads an event's document in plain JSON. `None` where it has no valid
    /// `when`, as one that is still to be filled in.
    pub fn read(view: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| view.get(name).and_then(Value::as_str);
        let map = |name: &str| view.get(name).and_then(Value::as_object).into_iter().flatten();
        let mut schedule = Self {
            when: When::parse(text("when")?).ok()?,
            rule: text("rule").and_then(|rule| Rule::parse(rule).ok()),
            rdates: map("rdates").filter_map(|(key, _)| LocalTime::parse(key).ok()).collect(),
            excluded: BTreeSet::new(),
            moved: BTreeMap::new(),
        };
        for (key, value) in map("overrides") {
            let Some((id, field)) = key.split_once('/') else { continue };
            let Ok(id) = LocalTime::parse(id) else { continue };
            match (field, value) {
                ("excluded", Value::Bool(true)) => {
                    schedule.excluded.insert(id);
                }
                ("when", Value::String(when)) => {
                    schedule.moved.extend(When::parse(when).ok().map(|when| (id, when)));
                }
                _ => {}
            }
        }
        Some(schedule)
    }

    /// Whether it may happen more than once.
    pub fn repeats(&self) -> bool {
        self.rule.is_some() || !self.rdates.is_empty()
    }

    /// The series without regard to what is moved.
    pub fn series(&self) -> Series<'_> {
        Series {
            start: self.when.start,
            rule: self.rule.as_ref(),
            rdates: &self.rdates,
            excluded: &self.excluded,
        }
    }

    /// What happens in the stretch from `from` to before `until`, for someone in
    /// this zone, in order of its start; and whether that is all. The bounds are
    /// those of [`occurrences`].
    pub fn instances(
        &self,
        from: Millis,
        until: Millis,
        viewer: &Zone,
    ) -> (Vec<Instance<'_>>, bool) {
        let zone = zone_of(&self.when, viewer);
        let found = occurrences(&self.series(), self.when.dur, &zone, from, until);
        let unmoved = found.occurrences.into_iter().filter(|it| !self.moved.contains_key(&it.id));
        let unmoved = unmoved.map(|it| Instance { occurrence: it, start: it.id, when: &self.when });
        let moved = self
            .moved
            .iter()
            .map(|(id, when)| moved(*id, when, viewer))
            .filter(|it| it.occurrence.start < until)
            .filter(|it| it.occurrence.end > from || it.occurrence.start >= from)
            .take(OCCURRENCES_MAX)
            // An override stays behind when the series changes under it.
            .filter(|it| self.series().contains(it.occurrence.id));
        let mut instances: Vec<_> = unmoved.chain(moved).collect();
        instances.sort_by_key(|it| it.occurrence);
        let complete = found.complete && instances.len() <= OCCURRENCES_MAX;
        instances.truncate(OCCURRENCES_MAX);
        (instances, complete)
    }
}

fn moved<'a>(id: LocalTime, when: &'a When, viewer: &Zone) -> Instance<'a> {
    let zone = zone_of(when, viewer);
    let local = when.start.date_time();
    let occurrence =
        Occurrence { start: zone.resolve(local), end: end(local, when.dur, &zone), id };
    Instance { occurrence, start: when.start, when }
}

/// The zone in which this is read: its own, or that of whoever looks where it
/// floats, takes whole days, or names a zone that nobody knows.
pub fn zone_of(when: &When, viewer: &Zone) -> Zone {
    when.tz.as_ref().and_then(|tz| Zone::parse(tz.as_str()).ok()).unwrap_or(*viewer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn instances(view: &Value, from: &str, until: &str) -> Vec<String> {
        let schedule = Schedule::read(view.as_object().unwrap()).unwrap();
        let zone = Zone::parse("Europe/Paris").unwrap();
        let at = |text| zone.resolve(LocalTime::parse(text).unwrap().date_time());
        let (instances, complete) = schedule.instances(at(from), at(until), &zone);
        assert!(complete);
        let local = |at| LocalTime::DateTime(zone.local(at));
        let shown = |it: &Instance<'_>| {
            let Occurrence { start, end, id } = it.occurrence;
            format!("{id}: {} to {}", local(start), local(end))
        };
        instances.iter().map(shown).collect()
    }

    fn weekly(overrides: Value) -> Value {
        let when =
            r#"{"allDay":false,"dur":"PT1H","start":"2026-03-16T09:00:00","tz":"Europe/Paris"}"#;
        json!({ "when": when, "rule": "FREQ=WEEKLY", "overrides": overrides })
    }

    #[test]
    fn a_moved_occurrence_is_found_where_it_is() {
        let to =
            r#"{"allDay":false,"dur":"PT2H","start":"2026-03-24T14:00:00","tz":"Europe/London"}"#;
        let view = weekly(json!({
            "2026-03-23T09:00:00/when": to,
            "2026-03-30T09:00:00/excluded": true,
            "2026-04-06T09:00:00/title": "Another title",
            // A series that is no longer on Wednesdays.
            "2026-03-25T09:00:00/when": to,
        }));
        assert_eq!(
            instances(&view, "2026-03-23", "2026-04-13"),
            [
                "2026-03-23T09:00:00: 2026-03-24T15:00:00 to 2026-03-24T17:00:00",
                "2026-04-06T09:00:00: 2026-04-06T09:00:00 to 2026-04-06T10:00:00",
            ]
        );
        assert_eq!(
            instances(&view, "2026-03-24T16:30:00", "2026-03-25"),
            ["2026-03-23T09:00:00: 2026-03-24T15:00:00 to 2026-03-24T17:00:00",]
        );
        assert!(instances(&view, "2026-03-23", "2026-03-24").is_empty());
    }

    #[test]
    fn whole_days_are_those_of_whoever_looks() {
        let view = json!({ "when": r#"{"allDay":true,"dur":"P2D","start":"2026-03-28"}"# });
        assert_eq!(
            instances(&view, "2026-03-29", "2026-03-30"),
            ["2026-03-28: 2026-03-28T00:00:00 to 2026-03-30T00:00:00",]
        );
        assert!(instances(&view, "2026-03-30", "2026-04-30").is_empty());
        assert!(instances(&view, "2026-03-01", "2026-03-28").is_empty());
    }

    #[test]
    fn a_day_is_nominal_and_an_hour_exact() {
        let when = |dur: &str| {
            format!(
                r#"{{"allDay":false,"dur":"{dur}","start":"2026-03-28T12:00:00","tz":"Europe/Paris"}}"#
            )
        };
        let ends = |dur| instances(&json!({ "when": when(dur) }), "2026-03-28", "2026-03-29");
        assert_eq!(
            ends("P1D"),
            ["2026-03-28T12:00:00: 2026-03-28T12:00:00 to 2026-03-29T12:00:00"]
        );
        assert_eq!(
            ends("PT24H"),
            ["2026-03-28T12:00:00: 2026-03-28T12:00:00 to 2026-03-29T13:00:00"]
        );
    }

    #[test]
    fn what_is_no_event_has_no_schedule() {
        for view in [json!({}), json!({ "when": "soon" }), json!({ "when": 7 })] {
            assert_eq!(Schedule::read(view.as_object().unwrap()), None);
        }
    }
}
