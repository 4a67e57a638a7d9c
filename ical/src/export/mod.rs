//! Documents to a file.

mod event;
mod properties;
mod timezones;
mod todo;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use umbra_model::{DocId, Kind, Millis, Privacy, SpaceId};

use crate::line::{Line, fold};
use crate::text::escape;
use timezones::Timezones;

/// What goes into a file.
#[derive(Clone, Debug)]
pub struct Calendar<'a> {
    /// What it is called.
    pub name: Option<&'a str>,
    /// The space it comes from.
    pub space: SpaceId,
    /// The names of the space's labels, by id.
    pub labels: &'a BTreeMap<String, String>,
    /// Its events and todos; other kinds are passed over.
    pub documents: &'a [Document<'a>],
    /// The time that it is written at, for what doesn't say when it was changed.
    pub now: Millis,
}

/// An event or a todo.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Its id; its UID too where it has none from elsewhere.
    pub id: DocId,
    /// What it is.
    pub kind: Kind,
    /// Who may see it.
    pub privacy: Privacy,
    /// All its fields in plain JSON.
    pub view: &'a Map<String, Value>,
}

/// Writes a file.
pub fn export(calendar: &Calendar<'_>) -> String {
    let uids: BTreeMap<DocId, String> =
        calendar.documents.iter().map(|document| (document.id, uid(document))).collect();
    let mut timezones = Timezones::default();
    let mut components = String::new();
    for document in calendar.documents {
        match document.kind {
            Kind::Event => event::write(calendar, document, &mut timezones, &mut components),
            Kind::Todo => todo::write(calendar, document, &uids, &mut timezones, &mut components),
            Kind::Space | Kind::Comment | Kind::Prefs => {}
        }
    }
    let mut file = String::new();
    fold("BEGIN:VCALENDAR", &mut file);
    Line::new("VERSION", "2.0").write(&mut file);
    Line::new("PRODID", "-//Umbra//umbra-ical 1//EN").write(&mut file);
    if let Some(name) = calendar.name {
        Line::new("NAME", escape(name)).write(&mut file);
        Line::new("X-WR-CALNAME", escape(name)).write(&mut file);
    }
    timezones.write(&mut file);
    file.push_str(&components);
    fold("END:VCALENDAR", &mut file);
    file
}

/// The UID of a document: its own from elsewhere, or its id.
fn uid(document: &Document<'_>) -> String {
    match document.view.get("uid").and_then(Value::as_str) {
        Some(uid) => uid.to_owned(),
        None => format!("{}{}", crate::import::OWN_UID, document.id),
    }
}
