//! When else an event happens: rule, added and excluded starts, changed occurrences.

use std::collections::{BTreeMap, BTreeSet};

use calcard::icalendar::{
    ICalendarParameterName, ICalendarPeriod, ICalendarProperty, ICalendarValue,
};
use serde_json::Value;
use umbra_model::Kind;
use umbra_model::limits::{OVERRIDES_MAX, RDATES_MAX};
use umbra_model::recurrence::{Rule, Series};
use umbra_model::value::{Cluster, LocalTime, When};

use super::change::Change;
use super::{capped, lasting, seconds_between};
use crate::component::{Component, Prop};
use crate::draft::{Draft, insert_map};
use crate::moment::Moment;
use crate::recurrence;
use crate::report::What;

/// The part of an event that says when else it happens.
pub(super) struct Times {
    start: Moment,
    when: When,
    rule: Option<Rule>,
    rdates: BTreeSet<LocalTime>,
    overrides: BTreeMap<String, Value>,
}

impl Times {
    /// Those of an event that starts then.
    pub(super) fn new(start: Moment, when: When) -> Self {
        Self { start, when, rule: None, rdates: BTreeSet::new(), overrides: BTreeMap::new() }
    }

    /// Reads and fills all of it.
    pub(super) fn fill(
        mut self,
        draft: &mut Draft<'_, '_>,
        event: &Component,
        overrides: &[&Component],
    ) {
        self.rule(draft, event);
        let ids = self.overrides(draft, overrides);
        self.exdates(draft, event, &ids);
        self.rdates(draft, event);
        self.orphans(&ids);
        let stamp = draft.stamp().0;
        let rdates = self.rdates.iter().map(|rdate| (rdate.to_string(), Value::from(stamp)));
        let rdates = capped(draft, rdates, "RDATE", RDATES_MAX);
        insert_map(&mut draft.view, "rdates", rdates);
        let overrides =
            capped(draft, self.overrides.into_iter(), "changed occurrences", OVERRIDES_MAX);
        insert_map(&mut draft.view, "overrides", overrides);
    }

    fn rule(&mut self, draft: &mut Draft<'_, '_>, event: &Component) {
        for prop in &event.props {
            if prop.entry.name != ICalendarProperty::Rrule {
                continue;
            }
            let rule = &prop.line.value;
            match recurrence::read(rule, &self.start) {
                Ok(rule) if self.rule.is_none() => {
                    draft.kept.main.keep_params(prop);
                    draft.view.insert("rule".to_owned(), Value::from(rule.to_string()));
                    self.rule = Some(rule);
                }
                other => {
                    draft.kept.main.keep(prop);
                    let why = other.map_or_else(
                        |bad| bad.to_string(),
                        |_| "an event has one rule, and it has another".to_owned(),
                    );
                    draft.notes.push(What::Rule { rule: rule.clone(), why });
                }
            }
        }
    }

    /// The original starts of the occurrences that are different.
    fn overrides(
        &mut self,
        draft: &mut Draft<'_, '_>,
        overrides: &[&Component],
    ) -> BTreeSet<LocalTime> {
        let mut ids = BTreeSet::new();
        for component in overrides {
            let recurrence_id = component.prop(&ICalendarProperty::RecurrenceId);
            let ranges = |prop: &&Prop| prop.entry.has_parameter(&ICalendarParameterName::Range);
            let why = "a change of this and all following occurrences";
            let Some(prop) = recurrence_id.filter(|prop| !ranges(prop)) else {
                draft.notes.push(What::NotImported { component: "VEVENT".to_owned(), why });
                continue;
            };
            let Some(moment) = draft.moment(prop) else {
                let why = "its RECURRENCE-ID is no time";
                draft.notes.push(What::NotImported { component: "VEVENT".to_owned(), why });
                continue;
            };
            let id = moment.beside(&self.start);
            if ids.insert(id) {
                self.changed(draft, id, component);
            } else {
                let kind = Kind::Event;
                draft.notes.push(What::Superseded { kind });
            }
        }
        ids
    }

    /// What is different about one occurrence.
    fn changed(&mut self, draft: &mut Draft<'_, '_>, id: LocalTime, component: &Component) {
        let change = Change::read(draft, &self.when, id, component);
        let fields = change.fields.into_iter();
        self.overrides.extend(fields.map(|(field, value)| (format!("{id}/{field}"), value)));
        draft.keep_override(id, change.part);
    }

    fn exdates(
        &mut self,
        draft: &mut Draft<'_, '_>,
        event: &Component,
        changed: &BTreeSet<LocalTime>,
    ) {
        for prop in event.props.iter().filter(|prop| prop.entry.name == ICalendarProperty::Exdate) {
            let Some(moments) = draft.moments(prop) else {
                draft.kept.main.keep(prop);
                continue;
            };
            let ids = moments.iter().map(|moment| moment.beside(&self.start));
            // A changed occurrence takes place, whatever else the file says.
            for id in ids.filter(|id| !changed.contains(id)) {
                self.overrides.insert(format!("{id}/excluded"), Value::from(true));
            }
        }
    }

    fn rdates(&mut self, draft: &mut Draft<'_, '_>, event: &Component) {
        for prop in event.props.iter().filter(|prop| prop.entry.name == ICalendarProperty::Rdate) {
            let mut all_read = true;
            for value in &prop.entry.values {
                all_read &= self.rdate(draft, prop, value).is_some();
            }
            if !all_read {
                draft.kept.main.keep(prop);
            }
        }
    }

    fn rdate(
        &mut self,
        draft: &mut Draft<'_, '_>,
        prop: &Prop,
        value: &ICalendarValue,
    ) -> Option<()> {
        let (time, lasts) = match value {
            ICalendarValue::PartialDateTime(time) => (time.as_ref(), None),
            ICalendarValue::Period(ICalendarPeriod::Duration { start, duration }) => {
                (start, Some(lasting(duration)?))
            }
            ICalendarValue::Period(ICalendarPeriod::Range { start, end }) => {
                let from = Moment::read(start, prop.tzid(), draft.zones)?;
                let to = Moment::read(end, prop.tzid(), draft.zones)?;
                (start, Some(seconds_between(&from, &to)?))
            }
            _ => return None,
        };
        let id = Moment::read(time, prop.tzid(), draft.zones)?.beside(&self.start);
        self.rdates.insert(id);
        let when = lasts.map(|dur| When { start: id, dur, ..self.when.clone() });
        if let Some(when) = when.filter(|when| *when != (When { start: id, ..self.when.clone() })) {
            let text = when.canonical().ok()?;
            self.overrides.entry(format!("{id}/when")).or_insert_with(|| Value::from(text));
        }
        Some(())
    }

    /// A start or a changed occurrence that the rule doesn't name happens anyway.
    fn orphans(&mut self, changed: &BTreeSet<LocalTime>) {
        let none = BTreeSet::new();
        let series = Series {
            start: self.when.start,
            rule: self.rule.as_ref(),
            rdates: &self.rdates,
            excluded: &none,
        };
        let mut orphans: BTreeSet<LocalTime> =
            changed.iter().copied().filter(|id| !series.contains(*id)).collect();
        let start = self.when.start;
        if self.rule.is_some() && !series.contains(start) {
            orphans.insert(start);
        }
        self.rdates.append(&mut orphans);
    }
}
