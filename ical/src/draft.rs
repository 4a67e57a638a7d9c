//! A document in the making: its fields, what is kept beside them, and what there
//! is to say about it.

use std::collections::{BTreeMap, BTreeSet};

use calcard::icalendar::{ICalendarProperty, ICalendarValue};
use serde_json::{Map, Value};
use umbra_model::limits::{
    LABELS_MAX, NAME_BYTES_MAX, PLACE_BYTES_MAX, UID_BYTES_MAX, URI_BYTES_MAX,
};
use umbra_model::recurrence::Zone;
use umbra_model::value::{Cluster, LocalTime, Place, TaskTime, When, check_uri, is_representable};
use umbra_model::{Millis, Privacy};

use crate::color;
use crate::component::{Component, Prop};
use crate::id::label_id;
use crate::import::Options;
use crate::jcal;
use crate::kept::{Kept, Part, Tree};
use crate::line::Line;
use crate::moment::Moment;
use crate::report::What;
use crate::text::fit;
use crate::zones::Zones;

/// Properties that every program writes and nobody misses in a report.
const COMMON: [&str; 3] = ["LAST-MODIFIED", "SEQUENCE", "X-LIC-ERROR"];

/// In the kept definition of a zone: the zone that it was taken for.
pub(crate) const ZONE_TAKEN: &str = "X-UMBRA-ZONE";

/// The parameter of a COLOR that has no name of its own.
pub(crate) const EXACT_COLOR: &str = "X-UMBRA-RGB";

/// A document in the making.
pub(crate) struct Draft<'a, 'z> {
    pub options: &'a Options,
    pub zones: &'a mut Zones<'z>,
    pub view: Map<String, Value>,
    pub kept: Kept,
    pub notes: Vec<What>,
    pub privacy: Privacy,
    pub labels: BTreeMap<String, String>,
}

/// A text property and the field that takes it.
pub(crate) struct TextField {
    pub property: &'static str,
    pub field: &'static str,
    pub bytes_max: usize,
    pub chars_max: usize,
}

impl<'a, 'z> Draft<'a, 'z> {
    pub(crate) fn new(options: &'a Options, zones: &'a mut Zones<'z>) -> Self {
        Self {
            options,
            zones,
            view: Map::new(),
            kept: Kept::default(),
            notes: Vec::new(),
            privacy: Privacy::Default,
            labels: BTreeMap::new(),
        }
    }

    /// Fills a text field.
    pub(crate) fn text(&mut self, prop: &Prop, field: &TextField) {
        let fitted = fit(&prop.joined().unwrap_or_default(), field.bytes_max, field.chars_max);
        if fitted.text.is_empty() {
            return self.kept.main.keep_empty(prop);
        }
        self.settle(prop, field.property, fitted.cut);
        self.view.insert(field.field.to_owned(), Value::from(fitted.text));
    }

    /// Keeps the whole property where its field has not all of it.
    fn settle(&mut self, prop: &Prop, property: &'static str, cut: bool) {
        if cut {
            self.notes.push(What::Shortened { name: property });
            self.kept.main.keep_whole(prop);
        } else {
            self.kept.main.keep_params(prop);
        }
    }

    /// What UID, CREATED, CATEGORIES and their like say, which every component may
    /// have. Whether the property was one of them.
    pub(crate) fn common(&mut self, prop: &Prop) -> bool {
        match prop.entry.name {
            // When the file was written: the next one says so anew.
            ICalendarProperty::Dtstamp => {}
            ICalendarProperty::Uid => self.uid(prop),
            ICalendarProperty::Created => self.created(prop),
            ICalendarProperty::Url => self.uri(prop, "url"),
            ICalendarProperty::Categories if self.options.labels => self.categories(prop),
            _ => return false,
        }
        true
    }

    fn uid(&mut self, prop: &Prop) {
        let uid = prop.joined().unwrap_or_default();
        let fitted = fit(&uid, UID_BYTES_MAX, usize::MAX);
        if fitted.cut || uid.is_empty() {
            self.kept.main.keep(prop);
        } else {
            self.kept.main.keep_params(prop);
            self.view.insert("uid".to_owned(), Value::from(uid));
        }
    }

    fn created(&mut self, prop: &Prop) {
        match self.moment(prop).map(|moment| moment.instant(&Zone::UTC)) {
            Some(created) if is_representable(created) => {
                self.kept.main.keep_params(prop);
                self.view.insert("createdAt".to_owned(), Value::from(created.0));
            }
            _ => self.kept.main.keep(prop),
        }
    }

    /// Fills a field that holds an address, unless it has one already.
    pub(crate) fn uri(&mut self, prop: &Prop, field: &str) {
        match uri_of(prop) {
            Some(uri) if !self.view.contains_key(field) => {
                self.kept.main.keep_params(prop);
                self.view.insert(field.to_owned(), Value::from(uri));
            }
            _ => self.kept.main.keep(prop),
        }
    }

    fn categories(&mut self, prop: &Prop) {
        let names = prop.entry.values.iter().filter_map(ICalendarValue::as_text);
        let mut all_fit = true;
        let mut none = true;
        for name in names.map(str::trim).filter(|name| !name.is_empty()) {
            none = false;
            let fitted = fit(name, NAME_BYTES_MAX, usize::MAX);
            if fitted.cut || self.labels.len() >= usize::try_from(LABELS_MAX).unwrap_or(0) {
                all_fit = false;
            } else {
                let id = label_id(self.options.space, &fitted.text);
                self.labels.insert(id.to_string(), fitted.text);
            }
        }
        if none {
            self.kept.main.keep_empty(prop);
        } else if all_fit {
            self.kept.main.keep_params(prop);
        } else {
            self.kept.main.keep(prop);
        }
    }

    /// The first date or time of a property.
    pub(crate) fn moment(&mut self, prop: &Prop) -> Option<Moment> {
        Moment::read(prop.times().next()?, prop.tzid(), self.zones)
    }

    /// All dates and times of a property; `None` where one of its values is none.
    pub(crate) fn moments(&mut self, prop: &Prop) -> Option<Vec<Moment>> {
        let read = |value: &ICalendarValue| {
            Moment::read(value.as_partial_date_time()?, prop.tzid(), self.zones)
        };
        prop.entry.values.iter().map(read).collect()
    }

    /// The stamp of set members: the same wherever the same file is imported.
    pub(crate) fn stamp(&self) -> Millis {
        Millis(self.view.get("createdAt").and_then(Value::as_i64).unwrap_or(0))
    }

    /// Keeps the definitions of the zones that only the file knows.
    pub(crate) fn keep_zones(&mut self, component: &Component) {
        for tzid in component.props.iter().filter_map(Prop::tzid) {
            let Some((definition, Some(name))) = self.zones.custom(tzid) else { continue };
            if self.kept.zones.iter().any(|zone| zone.line(ZONE_TAKEN) == Some(name.as_str())) {
                continue;
            }
            let mut zone = Tree::of(definition);
            zone.lines.push(Line::new(ZONE_TAKEN, name.as_str()));
            self.kept.zones.push(zone);
        }
    }

    /// Leaves out the definitions of zones that no time of the document is in.
    fn drop_unused_zones(&mut self) {
        let overrides = self.view.get("overrides").and_then(Value::as_object);
        let overrides = overrides.into_iter().flatten().map(|(_, value)| value);
        let fields = ["when", "start", "due"].into_iter().filter_map(|field| self.view.get(field));
        let texts: Vec<&str> = fields.chain(overrides).filter_map(Value::as_str).collect();
        let whens = texts.iter().filter_map(|text| When::parse(text).ok());
        let whens = whens.flat_map(|when| [when.tz, when.end_tz]);
        let times = texts.iter().filter_map(|text| TaskTime::parse(text).ok()).map(|time| time.tz);
        let used: BTreeSet<String> =
            whens.chain(times).flatten().map(|tz| tz.to_string()).collect();
        self.kept
            .zones
            .retain(|zone| zone.line(ZONE_TAKEN).is_some_and(|name| used.contains(name)));
    }

    /// Keeps what an occurrence has of its own, if it has anything.
    pub(crate) fn keep_override(&mut self, id: LocalTime, part: Part) {
        if !part.is_empty() {
            self.kept.overrides.insert(id, part);
        }
    }

    /// Puts what is kept and the labels into the document.
    pub(crate) fn finish(&mut self, component: &str) {
        let stamp = self.stamp();
        let labels = self.labels.keys().map(|id| (id.clone(), Value::from(stamp.0)));
        insert_map(&mut self.view, "labels", labels.collect());
        self.drop_unused_zones();
        let mut left_out = self.kept.shrink();
        let ext = jcal::to_ext(&self.kept, component).unwrap_or_else(|| {
            left_out.push(What::TooLarge { name: "all that is kept".to_owned(), bytes: 0 });
            Map::new()
        });
        let names = self.kept.names();
        let names: Vec<_> =
            names.into_iter().filter(|name| !COMMON.contains(&name.as_str())).collect();
        if !names.is_empty() && !ext.is_empty() {
            self.notes.push(What::Kept { names });
        }
        insert_map(&mut self.view, "ext", ext);
        self.notes.append(&mut left_out);
    }
}

/// Puts a map into a view, where it has entries.
pub(crate) fn insert_map(view: &mut Map<String, Value>, field: &str, map: Map<String, Value>) {
    if !map.is_empty() {
        view.insert(field.to_owned(), Value::Object(map));
    }
}

/// The address that a property holds, if a document takes it.
pub(crate) fn uri_of(prop: &Prop) -> Option<String> {
    let uri = prop.text()?.trim();
    (uri.len() <= URI_BYTES_MAX && check_uri(uri).is_ok()).then(|| uri.to_owned())
}

/// Where a component says it is, and the part of it that the place doesn't hold.
pub(crate) fn place_of(component: &Component, part: &mut Part) -> Option<Place> {
    let mut place = Place::default();
    if let Some(prop) = component.prop(&ICalendarProperty::Location) {
        let fitted = fit(&prop.joined().unwrap_or_default(), PLACE_BYTES_MAX, usize::MAX);
        if fitted.text.is_empty() {
            part.keep_empty(prop);
        } else if fitted.cut {
            part.keep_whole(prop);
        } else {
            part.keep_params(prop);
        }
        place.name = Some(fitted.text).filter(|text| !text.is_empty());
    }
    if let Some(prop) = component.prop(&ICalendarProperty::Geo) {
        match position(prop) {
            Some((lat, lon)) => (place.lat, place.lon) = (Some(lat), Some(lon)),
            None => part.keep(prop),
        }
    }
    Some(place).filter(|place| *place != Place::default() && place.check().is_ok())
}

/// Latitude and longitude in millionths of a degree.
fn position(prop: &Prop) -> Option<(i32, i32)> {
    let mut degrees = prop.line.value.split([';', ',']);
    let lat = micro_degrees(degrees.next()?, 90)?;
    let lon = micro_degrees(degrees.next()?, 180)?;
    degrees.next().is_none().then_some((lat, lon))
}

fn micro_degrees(text: &str, most: i32) -> Option<i32> {
    let degrees: f64 = text.trim().parse().ok()?;
    let micro = (degrees * 1e6).round();
    // Within the bounds the number is whole and fits.
    #[expect(clippy::cast_possible_truncation, reason = "checked just before")]
    (micro.abs() <= f64::from(most) * 1e6).then_some(micro as i32)
}

/// The colour of a COLOR property, which holds a name of CSS, and in our own files
/// the exact colour beside it.
pub(crate) fn color_of(prop: &Prop) -> Option<String> {
    let exact = prop.line.param(EXACT_COLOR).filter(|color| color::is_exact(color));
    exact.map(str::to_owned).or_else(|| color::from_name(prop.text()?.trim()))
}
