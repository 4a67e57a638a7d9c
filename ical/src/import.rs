//! A file to documents.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use calcard::icalendar::{ICalendarComponentType, ICalendarProperty};
use serde_json::{Map, Value};
use umbra_model::{DocId, Kind, Privacy, SpaceId, UserId};

use crate::component::{BadFile, Component, Prop, read};
use crate::draft::{Draft, color_of};
use crate::id::document_id;
use crate::limits::NOTE_BYTES_MAX;
use crate::report::{Note, What};
use crate::text::fit;
use crate::zones::{Zones, public_name};
use crate::{color, event, todo};

/// Where a file goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// The space. Ids are derived from it.
    pub space: SpaceId,
    /// Who imports, and so is the author of what it says was done.
    pub user: UserId,
    /// Whether categories become labels. Where not, they are kept for export.
    pub labels: bool,
}

/// What is in a file.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Imported {
    /// What the file says about itself.
    pub about: About,
    /// Its events and todos.
    pub items: Vec<Item>,
    /// The names of the labels that they have, by id.
    pub labels: BTreeMap<String, String>,
    /// What there is to say.
    pub notes: Vec<Note>,
}

/// The beginning of the UID of a document that has none from elsewhere; its id
/// follows.
pub(crate) const OWN_UID: &str = "urn:uuid:";

/// The beginning of what stands for a UID where there is none; no UID has a newline.
const FINGERPRINT: &str = "\n";

impl Imported {
    /// Gives items that were exported from documents of this space back to them:
    /// `is_here` tells whether the space has a document of this id.
    pub fn adopt(&mut self, mut is_here: impl FnMut(DocId) -> bool) {
        for item in &mut self.items {
            let id = item.uid.as_deref().and_then(|uid| uid.strip_prefix(OWN_UID)?.parse().ok());
            if let Some(id) = id.filter(|id| is_here(*id)) {
                item.id = id;
                item.uid = None;
                item.view.remove("uid");
            }
        }
    }

    /// Whether the file holds something that no document does, so that it must be
    /// kept itself.
    pub fn needs_original(&self) -> bool {
        self.notes.iter().any(|note| note.what.needs_original())
    }
}

/// What a file says about itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct About {
    /// What it is called.
    pub name: Option<String>,
    /// Its colour, as `#rrggbb`.
    pub color: Option<String>,
    /// The zone it is planned in.
    pub zone: Option<String>,
}

/// An event or a todo.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// The id that it has if it is new: the same wherever it is imported into this
    /// space.
    pub id: DocId,
    /// What it is.
    pub kind: Kind,
    /// Its UID, by which to find it if it is there under another id; `None` where
    /// it has none to itself.
    pub uid: Option<String>,
    /// Who may see it.
    pub privacy: Privacy,
    /// All its fields in the plain JSON form of its kind.
    pub view: Map<String, Value>,
}

/// The fields of a kind that an import speaks for: what of these a document has
/// and the import hasn't is no longer so. For `labels` and `log` it only adds.
pub fn fields(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Event => event::FIELDS,
        Kind::Todo => todo::FIELDS,
        Kind::Space | Kind::Comment | Kind::Prefs => &[],
    }
}

/// Reads a file.
///
/// # Errors
/// [`BadFile`] where it is no calendar file. What is wrong with a part of it is in
/// the notes instead.
pub fn import(text: &str, options: &Options) -> Result<Imported, BadFile> {
    let file = read(text)?;
    let mut imported = Imported::default();
    imported.components(&file.roots, options);
    if let Some(first) = file.unread.first() {
        let first = fit(first, NOTE_BYTES_MAX, usize::MAX).text;
        imported.note("", What::Unread { lines: file.unread.len(), first });
    }
    Ok(imported)
}

/// A thing and the occurrences of it that are different.
#[derive(Default)]
struct Group<'a> {
    masters: Vec<&'a Component>,
    overrides: Vec<&'a Component>,
}

impl Imported {
    fn note(&mut self, title: &str, what: What) {
        self.notes.push(Note { title: title.to_owned(), what });
    }

    fn components(&mut self, roots: &[Component], options: &Options) {
        let mut components: Vec<&Component> = Vec::new();
        for root in roots {
            if root.kind == ICalendarComponentType::VCalendar {
                self.about(root);
                components.extend(&root.children);
            } else {
                components.push(root);
            }
        }
        let mut zones = Zones::new(roots, years(&components));
        let mut order = Vec::new();
        let mut groups: HashMap<(Kind, String), Group<'_>> = HashMap::new();
        for component in components {
            let Some(kind) = self.kind(component) else { continue };
            let key = (kind, uid(component).unwrap_or_else(|| fingerprint(component)));
            let group = groups.entry(key.clone()).or_insert_with(|| {
                order.push(key);
                Group::default()
            });
            match component.prop(&ICalendarProperty::RecurrenceId) {
                None => group.masters.push(component),
                Some(_) => group.overrides.push(component),
            }
        }
        for key in order {
            if let Some(group) = groups.remove(&key) {
                self.group(key.0, &key.1, &group, options, &mut zones);
            }
        }
        for what in zones.notes {
            self.note("", what);
        }
    }

    /// What a component becomes; a note where it becomes nothing.
    fn kind(&mut self, component: &Component) -> Option<Kind> {
        match component.kind {
            ICalendarComponentType::VEvent => Some(Kind::Event),
            ICalendarComponentType::VTodo => Some(Kind::Todo),
            ICalendarComponentType::VTimezone => None,
            _ => {
                let name = component.kind.as_str().to_ascii_uppercase();
                let title = component.text(&ICalendarProperty::Summary).unwrap_or_default();
                let why = "Umbra has no such thing";
                self.note(title, What::NotImported { component: name, why });
                None
            }
        }
    }

    fn group(
        &mut self,
        kind: Kind,
        uid: &str,
        group: &Group<'_>,
        options: &Options,
        zones: &mut Zones<'_>,
    ) {
        let Some(master) = self.newest(kind, &group.masters) else {
            let mut seen = BTreeSet::new();
            let alone = group.overrides.len() == 1;
            for component in &group.overrides {
                if seen.insert(recurrence_id(component)) {
                    self.detached(kind, uid, alone, component, options, zones);
                } else {
                    let title = component.text(&ICalendarProperty::Summary).unwrap_or_default();
                    self.note(title, What::Superseded { kind });
                }
            }
            return;
        };
        let mut draft = Draft::new(options, zones);
        let filled = match kind {
            Kind::Todo => todo::fill(&mut draft, master, &group.overrides),
            _ => event::fill(&mut draft, master, &group.overrides),
        };
        let id = document_id(options.space, kind, uid);
        self.finish(draft, master, kind, id, filled);
    }

    /// An occurrence of something that the file doesn't hold is a thing of its own.
    /// A UID that isn't its alone is only kept.
    fn detached(
        &mut self,
        kind: Kind,
        uid: &str,
        alone: bool,
        component: &Component,
        options: &Options,
        zones: &mut Zones<'_>,
    ) {
        let mut draft = Draft::new(options, zones);
        let filled = match kind {
            Kind::Todo => todo::fill(&mut draft, component, &[]),
            _ => event::fill(&mut draft, component, &[]),
        };
        let own = alone && (uid.starts_with(OWN_UID) || uid.starts_with(FINGERPRINT));
        let id = if own {
            document_id(options.space, kind, uid)
        } else {
            draft.view.remove("uid");
            draft.kept.main.params.retain(|line| line.name != "UID");
            draft.kept.main.lines.retain(|line| line.name != "UID");
            let uid_line = component.prop(&ICalendarProperty::Uid);
            uid_line.into_iter().for_each(|prop| draft.kept.main.keep(prop));
            document_id(options.space, kind, &format!("{uid}\n{}", recurrence_id(component)))
        };
        self.finish(draft, component, kind, id, filled);
    }

    fn finish(
        &mut self,
        mut draft: Draft<'_, '_>,
        component: &Component,
        kind: Kind,
        id: DocId,
        filled: bool,
    ) {
        let name = component.kind.as_str().to_ascii_uppercase();
        let title = component.text(&ICalendarProperty::Summary).unwrap_or_default();
        let title = fit(title, NOTE_BYTES_MAX, usize::MAX).text;
        if !filled {
            self.note(&title, What::NotImported { component: name, why: "it has no valid start" });
            return;
        }
        draft.finish(&name.to_ascii_lowercase());
        for what in draft.notes {
            self.note(&title, what);
        }
        self.labels.extend(draft.labels);
        let uid = draft.view.get("uid").and_then(Value::as_str).map(str::to_owned);
        self.items.push(Item { id, kind, uid, privacy: draft.privacy, view: draft.view });
    }

    /// The newest of several versions: the one with the highest SEQUENCE, of these
    /// the last.
    fn newest<'a>(&mut self, kind: Kind, masters: &[&'a Component]) -> Option<&'a Component> {
        let sequence = |component: &&&Component| {
            let value = component.prop(&ICalendarProperty::Sequence);
            value.and_then(|prop| prop.entry.values.first()?.as_integer()).unwrap_or(0)
        };
        let newest = masters.iter().max_by_key(sequence).copied()?;
        let same = |other: &Component| fingerprint(other) == fingerprint(newest);
        for other in masters.iter().filter(|other| !std::ptr::eq(**other, newest)) {
            if !same(other) {
                let title = other.text(&ICalendarProperty::Summary).unwrap_or_default();
                self.note(title, What::Superseded { kind });
            }
        }
        Some(newest)
    }

    /// What the calendar says about itself.
    fn about(&mut self, calendar: &Component) {
        let mut unused = Vec::new();
        for prop in &calendar.props {
            let text = || prop.text().map(|text| fit(text, NOTE_BYTES_MAX, usize::MAX).text);
            match prop.line.name.as_str() {
                // About the file, and about where it is published.
                "PRODID" | "VERSION" | "CALSCALE" | "METHOD" | "UID" | "LAST-MODIFIED" => {}
                "X-WR-RELCALID" | "X-PUBLISHED-TTL" | "REFRESH-INTERVAL" | "SOURCE" => {}
                "NAME" | "X-WR-CALNAME" => self.about.name = text(),
                "X-WR-TIMEZONE" => {
                    let zone = prop.text().and_then(public_name);
                    self.about.zone = zone.map(|zone| zone.to_string());
                }
                "COLOR" => self.about.color = color_of(prop),
                "X-APPLE-CALENDAR-COLOR" => self.about.color = apple_color(prop),
                name => unused.push(name.to_owned()),
            }
        }
        if !unused.is_empty() {
            self.note("", What::Calendar { names: unused });
        }
    }
}

/// `#RRGGBBAA` without its transparency.
fn apple_color(prop: &Prop) -> Option<String> {
    let color = prop.line.value.get(..7)?.to_ascii_lowercase();
    color::is_exact(&color).then_some(color)
}

fn recurrence_id(component: &Component) -> &str {
    component.prop(&ICalendarProperty::RecurrenceId).map_or("", |prop| prop.line.value.as_str())
}

fn uid(component: &Component) -> Option<String> {
    let uid = component.prop(&ICalendarProperty::Uid)?.joined()?;
    (!uid.trim().is_empty()).then_some(uid)
}

/// What stands for a component without a UID: all that it says.
fn fingerprint(component: &Component) -> String {
    let mut text = String::from(FINGERPRINT);
    component.props.iter().for_each(|prop| prop.line.write(&mut text));
    text
}

/// The years in which things happen.
fn years(components: &[&Component]) -> (i32, i32) {
    let props = components.iter().flat_map(|component| &component.props);
    let times = props
        .filter(|prop| {
            matches!(
                prop.entry.name,
                ICalendarProperty::Dtstart
                    | ICalendarProperty::Due
                    | ICalendarProperty::RecurrenceId
            )
        })
        .flat_map(Prop::times)
        .filter_map(|time| time.year)
        .map(i32::from)
        .filter(|year| (1900..=2200).contains(year));
    let (first, last) =
        times.fold((i32::MAX, i32::MIN), |(first, last), year| (first.min(year), last.max(year)));
    // What repeats goes on for some years.
    if first > last { (2020, 2030) } else { (first, last + 5) }
}
