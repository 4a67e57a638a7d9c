//! The properties of a component, made from fields and joined by what was kept.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use umbra_model::Millis;
use umbra_model::recurrence::Zone;
use umbra_model::value::{Cluster, LocalTime, Place};

use super::timezones::{Timezones, is_utc};
use super::{Calendar, Document, uid};
use crate::color;
use crate::draft::EXACT_COLOR;
use crate::kept::{Kept, Part};
use crate::line::{Line, fold};
use crate::moment::Moment;
use crate::text::{escape, fit, unescape};

/// The properties of one component.
pub(super) struct Properties<'a> {
    pub lines: Vec<Line>,
    part: &'a Part,
    kept: &'a Kept,
    timezones: &'a mut Timezones,
}

impl<'a> Properties<'a> {
    pub(super) fn new(part: &'a Part, kept: &'a Kept, timezones: &'a mut Timezones) -> Self {
        Self { lines: Vec::new(), part, kept, timezones }
    }

    /// A property of which the value is as it is to be in the file.
    pub(super) fn raw(&mut self, name: &str, value: impl Into<String>) {
        let line = Line::new(name, value);
        self.push(line);
    }

    /// The UID, where it isn't kept because it isn't the document's alone.
    pub(super) fn uid(&mut self, document: &Document<'_>) {
        let keeps = |name| self.part.lines.iter().any(|line| line.name == name);
        let detached = keeps("RECURRENCE-ID") && keeps("UID");
        if !detached || document.view.contains_key("uid") {
            self.raw("UID", uid(document));
        }
    }

    /// A text; the whole of it where that is kept beside a field that has as much
    /// as fits.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        let is_whole = |line: &&Line| {
            let whole = fit(&unescape(&line.value), usize::MAX, usize::MAX).text;
            line.name == name && whole.starts_with(text)
        };
        match self.part.whole.iter().find(is_whole) {
            Some(line) => self.lines.push(line.clone()),
            None => self.raw(name, escape(text)),
        }
    }

    /// A word of a fixed list.
    pub(super) fn word(&mut self, name: &str, word: Option<&str>, words: &[(&str, &str)]) {
        let found = word.and_then(|word| words.iter().find(|(ours, _)| *ours == word));
        if let Some((_, theirs)) = found {
            self.raw(name, *theirs);
        }
    }

    /// A colour.
    pub(super) fn color(&mut self, color: Option<&str>) {
        let Some((color, name)) = color.and_then(|color| Some((color, color::to_name(color)?)))
        else {
            return;
        };
        let line = Line::new("COLOR", name);
        let exact = color::from_name(name).as_deref() == Some(color);
        self.push(if exact { line } else { line.with(EXACT_COLOR, color) });
    }

    /// A place.
    pub(super) fn place(&mut self, place: Option<&str>) {
        let Some(place) = place.and_then(|place| Place::parse(place).ok()) else { return };
        let words: Vec<&str> =
            [&place.name, &place.addr].into_iter().flatten().map(String::as_str).collect();
        if !words.is_empty() {
            self.text("LOCATION", &words.join("\n"));
        }
        if let (Some(lat), Some(lon)) = (place.lat, place.lon) {
            self.raw("GEO", format!("{};{}", degrees(lat), degrees(lon)));
        }
    }

    /// A date or a time.
    pub(super) fn moment(&mut self, name: &str, moment: &Moment) {
        self.moments(name, std::slice::from_ref(moment));
    }

    /// Dates or times that are all in the same zone.
    pub(super) fn moments(&mut self, name: &str, moments: &[Moment]) {
        let Some(first) = moments.first() else { return };
        let mut line = Line::new(name, "");
        if matches!(first.local, LocalTime::Date(_)) {
            line = line.with("VALUE", "DATE");
        }
        let tzid = self.timezones.tzid(first, self.kept);
        if let Some(tzid) = &tzid {
            line = line.with("TZID", tzid);
        }
        let utc = tzid.is_none() && first.tz.as_ref().is_some_and(is_utc);
        let values: Vec<String> = moments.iter().map(|moment| spelled(moment.local, utc)).collect();
        line.value = values.join(",");
        self.push(line);
    }

    /// The labels, as categories.
    pub(super) fn labels(&mut self, view: &Map<String, Value>, labels: &BTreeMap<String, String>) {
        let ids = view.get("labels").and_then(Value::as_object);
        let ids = ids.into_iter().flat_map(|labels| labels.keys());
        let mut names: Vec<String> =
            ids.filter_map(|id| labels.get(id)).map(|it| escape(it)).collect();
        names.sort_unstable();
        if !names.is_empty() {
            self.raw("CATEGORIES", names.join(","));
        }
    }

    /// When it was written, for want of better when it was made.
    pub(super) fn stamp(&mut self, calendar: &Calendar<'_>, view: &Map<String, Value>) {
        let modified = self.part.lines.iter().find(|line| line.name == "LAST-MODIFIED");
        let created = view.get("createdAt").and_then(Value::as_i64).map(Millis);
        match modified.filter(|line| line.params.is_empty() && line.value.ends_with('Z')) {
            Some(line) => self.raw("DTSTAMP", line.value.clone()),
            None => self.raw("DTSTAMP", utc(created.unwrap_or(calendar.now))),
        }
    }

    /// When it was made.
    pub(super) fn created(&mut self, view: &Map<String, Value>) {
        if let Some(created) = view.get("createdAt").and_then(Value::as_i64) {
            self.raw("CREATED", utc(Millis(created)));
        }
    }

    /// Writes the component, with what was kept of it.
    pub(super) fn write(self, name: &str, out: &mut String) {
        fold(&format!("BEGIN:{name}"), out);
        self.lines.iter().for_each(|line| line.write(out));
        self.part.lines.iter().for_each(|line| line.write(out));
        self.part.children.iter().for_each(|child| child.write(out));
        fold(&format!("END:{name}"), out);
    }

    /// Adds a property with the parameters that it came with.
    fn push(&mut self, mut line: Line) {
        if let Some(kept) = self.part.params_of(&line.name) {
            let own: Vec<String> = line.params.iter().map(|(name, _)| name.clone()).collect();
            let more = kept.params.iter().filter(|(name, _)| !own.contains(name));
            line.params.extend(more.cloned());
        }
        self.lines.push(line);
    }
}

fn spelled(local: LocalTime, utc: bool) -> String {
    let z = if utc { "Z" } else { "" };
    match local {
        LocalTime::Date(date) => date.format("%Y%m%d").to_string(),
        LocalTime::DateTime(time) => format!("{}{z}", time.format("%Y%m%dT%H%M%S")),
    }
}

/// An instant as a file spells it.
pub(super) fn utc(at: Millis) -> String {
    format!("{}Z", Zone::UTC.local(at).format("%Y%m%dT%H%M%S"))
}

/// Millionths of a degree, as degrees.
fn degrees(micro: i32) -> String {
    let sign = if micro < 0 { "-" } else { "" };
    let micro = micro.unsigned_abs();
    format!("{sign}{}.{:06}", micro / 1_000_000, micro % 1_000_000)
}

/// A field that is a text or a word.
pub(super) fn string<'v>(view: &'v Map<String, Value>, field: &str) -> Option<&'v str> {
    view.get(field).and_then(Value::as_str)
}

/// The entries of a field that is a map.
pub(super) fn entries<'v>(
    view: &'v Map<String, Value>,
    field: &str,
) -> impl Iterator<Item = (&'v String, &'v Value)> {
    view.get(field).and_then(Value::as_object).into_iter().flatten()
}

/// What the document keeps for export.
pub(super) fn kept(view: &Map<String, Value>) -> Kept {
    view.get("ext").and_then(Value::as_object).map(crate::jcal::from_ext).unwrap_or_default()
}
