//! What is different about one occurrence.

use std::collections::BTreeMap;

use calcard::icalendar::ICalendarProperty;
use serde_json::Value;
use umbra_model::limits::{OVERRIDE_TEXT_BYTES_MAX, TITLE_BYTES_MAX};
use umbra_model::value::{Cluster, LocalTime, Place, When};

use super::{is_single, when, word};
use crate::component::{Component, Prop};
use crate::draft::{Draft, place_of, uri_of};
use crate::kept::Part;
use crate::text::fit;

/// One changed occurrence.
pub(super) struct Change {
    /// What is kept of it.
    pub part: Part,
    /// Its fields that are another than the series'.
    pub fields: BTreeMap<&'static str, Value>,
}

impl Change {
    /// Reads the occurrence that originally starts at `id`, of a series whose own
    /// fields are filled in.
    pub(super) fn read(
        draft: &mut Draft<'_, '_>,
        series: &When,
        id: LocalTime,
        component: &Component,
    ) -> Self {
        let mut change = Self { part: Part::default(), fields: BTreeMap::new() };
        let own = component.prop(&ICalendarProperty::Dtstart).and_then(|prop| draft.moment(prop));
        if let Some(start) = own {
            let when = when(draft, component, &start);
            if when != (When { start: id, ..series.clone() }) {
                change.cluster("when", &when);
            }
        }
        for prop in &component.props {
            if is_single(prop) && !component.is_first(prop) {
                change.part.keep(prop);
            } else {
                change.property(draft, prop);
            }
        }
        change.place(draft, component);
        let says_nothing = component.prop(&ICalendarProperty::Description).is_none();
        if says_nothing && draft.view.contains_key("desc") {
            change.fields.insert("desc", Value::from(""));
        }
        change.part.keep_children(component);
        draft.keep_zones(component);
        change
    }

    fn property(&mut self, draft: &Draft<'_, '_>, prop: &Prop) {
        use ICalendarProperty as P;
        match &prop.entry.name {
            P::Uid | P::RecurrenceId | P::Dtstart | P::Dtend | P::Duration => {
                self.part.keep_params(prop);
            }
            P::Dtstamp => {}
            P::Location | P::Geo => {}
            P::Summary => self.text(draft, prop, "title", TITLE_BYTES_MAX),
            P::Description => self.text(draft, prop, "desc", OVERRIDE_TEXT_BYTES_MAX),
            P::Url | P::Conference => {
                let field = if prop.entry.name == P::Url { "url" } else { "meet" };
                self.word(draft, prop, uri_of(prop).map(|uri| (field, uri)));
            }
            P::Status | P::Transp | P::Color => self.word(draft, prop, word(prop)),
            _ => self.part.keep(prop),
        }
    }

    fn text(&mut self, draft: &Draft<'_, '_>, prop: &Prop, field: &'static str, bytes_max: usize) {
        let fitted = fit(&prop.joined().unwrap_or_default(), bytes_max, usize::MAX);
        if fitted.cut {
            self.part.keep_whole(prop);
        } else {
            self.part.keep_params(prop);
        }
        let same = draft.view.get(field).and_then(Value::as_str).unwrap_or_default() == fitted.text;
        if !same {
            self.fields.entry(field).or_insert_with(|| Value::from(fitted.text));
        }
    }

    fn word(&mut self, draft: &Draft<'_, '_>, prop: &Prop, word: Option<(&'static str, String)>) {
        let Some((field, value)) = word.filter(|(field, _)| !self.fields.contains_key(field))
        else {
            return self.part.keep(prop);
        };
        self.part.keep_params(prop);
        if draft.view.get(field).and_then(Value::as_str) != Some(&value) {
            self.fields.insert(field, Value::from(value));
        }
    }

    fn place(&mut self, draft: &Draft<'_, '_>, component: &Component) {
        let place = place_of(component, &mut self.part).unwrap_or_default();
        let series =
            draft.view.get("place").and_then(Value::as_str).and_then(|it| Place::parse(it).ok());
        if place != series.unwrap_or_default() {
            self.cluster("place", &place);
        }
    }

    fn cluster(&mut self, field: &'static str, cluster: &impl Cluster) {
        if let Ok(text) = cluster.canonical() {
            self.fields.insert(field, Value::from(text));
        }
    }
}
