//! `umbra import`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};
use umbra_client_core::replica::{self, Filter, Imported, Space, Trash};
use umbra_client_core::{Edit, edit};
use umbra_ical::{Item, Note, Options, fields};
use umbra_model::schema::{Shape, Write, spec};
use umbra_model::{DocId, Kind, Role, SpaceKind, UserId};

use crate::app::App;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::{Look, Paint, count, plain};
use crate::output::Report;
use crate::parts::parts;
use crate::progress::Bar;

/// How many notes of a kind are shown without --verbose.
const NOTES_SHOWN: usize = 3;

/// Read an iCalendar file
///
/// Events go to a calendar, todos to a list. Importing the same file again changes
/// nothing, and a newer version of it brings up to date what came from it. What has
/// no place in Umbra is kept for `umbra export` and reported.
#[derive(Args, Debug)]
pub struct Import {
    /// The file
    file: PathBuf,
    /// The calendar for events
    #[arg(long, short, value_name = "NAME")]
    calendar: Option<String>,
    /// The list or project for todos
    #[arg(long, short, value_name = "NAME")]
    list: Option<String>,
    /// Show every note
    #[arg(long, short)]
    verbose: bool,
}

impl Import {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let bytes = std::fs::read(&self.file).map_err(|error| {
            let file = self.file.display();
            match error.kind() {
                std::io::ErrorKind::NotFound => {
                    Failure::not_found(format!("there is no file {file}"))
                }
                _ => Failure::usage(format!("{file} can't be read: {error}")),
            }
        })?;
        let text = decode(bytes);
        let mut done = Done { verbose: self.verbose, ..Done::default() };
        for kind in [Kind::Event, Kind::Todo] {
            self.of_kind(app, &text, kind, &mut done).await?;
        }
        if done.needs_original {
            done.original = Some(keep(app, &self.file, &text)?);
        }
        app.output.report(&done)
    }

    /// Imports the events or the todos, which go to different spaces.
    async fn of_kind(&self, app: &App<'_>, text: &str, kind: Kind, done: &mut Done) -> Result<()> {
        let any = UserId::from_bytes([0; 16]);
        let peek =
            Options { space: umbra_model::SpaceId::from_bytes([0; 16]), user: any, labels: false };
        let file = self.file.display();
        let bad = |bad| Failure::usage(format!("{file} is no calendar file: {bad}"));
        let has_some =
            umbra_ical::import(text, &peek).map_err(bad)?.items.iter().any(|it| it.kind == kind);
        if !has_some {
            return Ok(());
        }
        let (name, home) = match kind {
            Kind::Todo => (self.list.as_deref(), SpaceKind::List),
            _ => (self.calendar.as_deref(), SpaceKind::Calendar),
        };
        let space = app.space_or_default(name, home).await?;
        let labels = space.role >= Role::Manager;
        let user = app.me(space.id).await?;
        let options = Options { space: space.id, user, labels };
        let mut imported = umbra_ical::import(text, &options).map_err(bad)?;
        let here = ids_here(app, &space).await?;
        imported.adopt(|id| here.contains(&id));
        if !imported.labels.is_empty() {
            make_labels(app, &space, &imported.labels).await?;
        }
        imported.items.retain(|item| item.kind == kind);
        let batch = imported.items.iter().map(|item| to_import(&space, item)).collect();
        let bar = Bar::new(app.output, "importing");
        let result = app.replica.import(batch, |progress| bar.show(progress)).await?;
        drop(bar);
        done.needs_original |= imported.needs_original();
        // Both readings of the file have the same to say about it.
        if done.into.is_empty() {
            done.notes = imported.notes;
        }
        done.into.push((kind, space, result));
        Ok(())
    }
}

/// Text of UTF-8, or of Latin 1 where it is none.
fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
}

async fn ids_here(app: &App<'_>, space: &Space) -> Result<std::collections::BTreeSet<DocId>> {
    let filter = Filter { spaces: vec![space.id], trash: Trash::With, ..Filter::default() };
    Ok(app.replica.list(&filter).await?.into_iter().map(|document| document.id).collect())
}

/// Makes the labels that aren't there yet.
async fn make_labels(
    app: &App<'_>,
    space: &Space,
    labels: &BTreeMap<String, String>,
) -> Result<()> {
    let here = parts(&space.view, "labels");
    let missing = labels.iter().filter(|(id, _)| !here.iter().any(|label| label.id == **id));
    let edits: Vec<Edit> = missing
        .map(|(id, name)| Edit::put("labels", format!("{id}/name"), name.as_str()))
        .collect();
    if !edits.is_empty() {
        app.replica.edit_space(space.id, &edits).await?;
    }
    Ok(())
}

fn to_import(space: &Space, item: &Item) -> replica::Import {
    replica::Import {
        doc: item.id,
        space: space.id,
        kind: item.kind,
        uid: item.uid.clone(),
        privacy: item.privacy,
        edits: edits(item.kind, &item.view),
    }
}

/// The edits after which a document says what the view does, as far as an import
/// has a say.
fn edits(kind: Kind, view: &Map<String, Value>) -> Vec<Edit> {
    let spec = spec(kind);
    let mut edits = Vec::new();
    for name in fields(kind) {
        let Some(field) = spec.field(name) else { continue };
        let value = view.get(*name);
        match &field.shape {
            Shape::Text { .. } => {
                edits.push(Edit::text(name, value.and_then(Value::as_str).unwrap_or_default()));
            }
            Shape::Scalar(_) => match value.map(scalar) {
                Some(value) => edits.push(Edit::set(name, value)),
                None if field.write == Write::Once => {}
                None => edits.push(Edit::set(name, edit::Value::Null)),
            },
            Shape::Map { .. } => {
                let entries = value.and_then(Value::as_object);
                let entries = entries.into_iter().flatten();
                let entries = entries.map(|(key, value)| (key.clone(), scalar(value)));
                if matches!(*name, "labels" | "log") {
                    edits.extend(entries.map(|(key, value)| Edit::put(name, key, value)));
                } else {
                    let entries = entries.collect();
                    edits.push(Edit::Entries { field: (*name).to_owned(), entries });
                }
            }
        }
    }
    edits
}

fn scalar(value: &Value) -> edit::Value {
    match value {
        Value::Bool(flag) => edit::Value::Bool(*flag),
        Value::Number(number) => number.as_i64().map_or(edit::Value::Null, edit::Value::Int),
        Value::String(text) => edit::Value::Str(text.clone()),
        _ => edit::Value::Null,
    }
}

/// Keeps the file itself, as it holds what no document does. One that is kept
/// already isn't kept twice.
fn keep(app: &App<'_>, file: &Path, text: &str) -> Result<PathBuf> {
    let dir = app.replica.dir().join("imports");
    let write = || -> std::io::Result<PathBuf> {
        std::fs::create_dir_all(&dir)?;
        for entry in std::fs::read_dir(&dir)? {
            let path = entry?.path();
            let size = std::fs::metadata(&path)?.len();
            if usize::try_from(size) == Ok(text.len()) && std::fs::read(&path)? == text.as_bytes() {
                return Ok(path);
            }
        }
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let stamp = app.look().local_now().format("%Y%m%d-%H%M%S");
        let path = dir.join(format!("{stem}-{stamp}.ics"));
        std::fs::write(&path, text)?;
        Ok(path)
    };
    write()
        .map_err(|error| Failure::internal(format!("{} can't be written: {error}", dir.display())))
}

/// What was imported.
#[derive(Default)]
struct Done {
    into: Vec<(Kind, Space, Imported)>,
    notes: Vec<Note>,
    needs_original: bool,
    original: Option<PathBuf>,
    verbose: bool,
}

impl Report for Done {
    fn json(&self) -> Value {
        let into = |(kind, space, imported): &(Kind, Space, Imported)| {
            json!({
                "kind": kind,
                "space": space.id,
                "created": imported.created,
                "updated": imported.updated,
                "unchanged": imported.unchanged,
                "documents": imported.documents,
            })
        };
        let note = |note: &Note| json!({ "title": note.title, "code": note.what.code(), "message": note.what.to_string() });
        json!({
            "imported": self.into.iter().map(into).collect::<Vec<_>>(),
            "notes": self.notes.iter().map(note).collect::<Vec<_>>(),
            "original_kept": self.original,
        })
    }

    fn text(&self, look: &Look) -> String {
        let mut lines: Vec<String> = self.into.iter().map(|into| into_text(look, into)).collect();
        if lines.is_empty() {
            lines.push("There is no event and no todo in it.".to_owned());
        }
        lines.extend(self.notes_text(look));
        if let Some(path) = &self.original {
            lines.push(format!(
                "As not all of it is in a document, the file is kept as {}.",
                path.display()
            ));
        }
        lines.join("\n")
    }
}

impl Done {
    /// Notes of a kind together, those that count most first.
    fn notes_text(&self, look: &Look) -> Vec<String> {
        let mut by_code: BTreeMap<(bool, &str), Vec<&Note>> = BTreeMap::new();
        for note in &self.notes {
            by_code.entry((!note.what.needs_original(), note.what.code())).or_default().push(note);
        }
        let mut lines = Vec::new();
        for ((minor, _), notes) in by_code {
            let shown = if self.verbose { notes.len() } else { NOTES_SHOWN };
            let paint = if minor { Paint::Dim } else { Paint::Soon };
            for note in notes.iter().take(shown) {
                let title = plain(&note.title);
                let of = if title.is_empty() { title } else { format!("`{title}`: ") };
                let what = plain(&note.what.to_string());
                lines.push(format!("  {} {of}{what}", look.paint(paint, "·")));
            }
            if notes.len() > shown {
                let more =
                    format!("  and {} more like this; --verbose shows them", notes.len() - shown);
                lines.push(look.paint(Paint::Dim, &more));
            }
        }
        lines
    }
}

fn into_text(look: &Look, (kind, space, imported): &(Kind, Space, Imported)) -> String {
    let total = imported.created + imported.updated + imported.unchanged;
    let total = count(usize::try_from(total).unwrap_or(0), kind.as_str());
    let parts = [
        (imported.created, "new"),
        (imported.updated, "brought up to date"),
        (imported.unchanged, "just so already"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let total = look.paint(Paint::Good, &total);
    format!("{total} in `{}`: {}.", plain(&space.name), parts.join(", "))
}

#[cfg(test)]
mod tests {
    use umbra_ical::What;
    use umbra_model::SpaceId;

    use super::*;

    #[test]
    fn an_import_clears_what_a_newer_file_no_longer_says() {
        let view = json!({
            "title": "A", "when": "w", "labels": { "l": 1 }, "uid": "u", "ext": { "ical.00": "x" },
        });
        let edits = edits(Kind::Event, view.as_object().unwrap());
        assert!(edits.contains(&Edit::set("title", "A")));
        assert!(edits.contains(&Edit::set("rule", edit::Value::Null)));
        assert!(edits.contains(&Edit::text("desc", "")));
        assert!(edits.contains(&Edit::put("labels", "l", 1)));
        let none = Edit::Entries { field: "overrides".to_owned(), entries: BTreeMap::new() };
        assert!(edits.contains(&none));
        // What is written once is only written where there is something to write.
        assert!(edits.contains(&Edit::set("uid", "u")));
        assert!(!edits.iter().any(|edit| edit.field() == "createdAt"));
    }

    #[test]
    fn a_file_that_is_not_utf_8_is_latin_1() {
        assert_eq!(decode(b"caf\xe9".to_vec()), "café");
        assert_eq!(decode("café".into()), "café");
    }

    #[test]
    fn the_report_is_short_unless_asked() {
        let look = Look::plain("2026-11-24T12:00:00", "UTC");
        let space = Space {
            id: SpaceId::from_bytes([1; 16]),
            kind: SpaceKind::Calendar,
            role: Role::Owner,
            name: "Team".to_owned(),
            archived: false,
            members: 1,
            unsynced: false,
            recovering: false,
            view: Value::Null,
        };
        let imported = Imported { created: 2, unchanged: 1, ..Imported::default() };
        let kept = What::Kept { names: vec!["ATTENDEE".to_owned()] };
        let note = |title: &str, what: &What| Note { title: title.to_owned(), what: what.clone() };
        let journal =
            What::NotImported { component: "VJOURNAL".to_owned(), why: "Umbra has no such thing" };
        let mut notes = vec![note("", &journal)];
        notes.extend(["A", "B", "C", "D"].map(|title| note(title, &kept)));
        let mut done = Done {
            into: vec![(Kind::Event, space, imported)],
            notes,
            needs_original: true,
            original: Some(PathBuf::from("/x/a.ics")),
            verbose: false,
        };
        assert_eq!(
            done.text(&look),
            "3 events in `Team`: 2 new, 1 just so already.\n  \
               · VJOURNAL not imported: Umbra has no such thing\n  \
               · `A`: kept for export: ATTENDEE\n  \
               · `B`: kept for export: ATTENDEE\n  \
               · `C`: kept for export: ATTENDEE\n  \
               and 1 more like this; --verbose shows them\n\
             As not all of it is in a document, the file is kept as /x/a.ics."
        );
        done.verbose = true;
        assert!(done.text(&look).contains("`D`"));
    }
}
