//! What lists, search and agendas need to know of a document, derived from its
//! plain JSON view: the same on a server's read model and in a client's.

mod event;
mod todo;

use serde_json::{Map, Value};

use crate::recurrence::Zone;
use crate::value::{Cluster, Stamp, ZoneName};
use crate::{DocId, Kind, Millis};

/// The most characters of a title made from the first line of a text.
const TITLE_CHARS_MAX: usize = 120;

/// What lists, search and agendas need to know of a document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// What to call it: its title, a space's name, a comment's first line.
    pub title: String,
    /// All that people wrote in it, for search.
    pub text: String,
    /// When it first happens, or can be begun.
    pub starts: Option<Millis>,
    /// When it is over for the last time; absent where that is never, or nobody
    /// can say. Every occurrence of an event lies between the two.
    pub ends: Option<Millis>,
    /// When it is due: a day, at its end. Of a repeating todo, the first time;
    /// what comes next depends on today (`recurrence::Repetition`).
    pub due: Option<Millis>,
    /// Whether nothing is left to do: it is done, or cancelled.
    pub done: bool,
    /// Whether it happens or is due again and again.
    pub repeats: bool,
    /// Whether it is in the trash.
    pub deleted: bool,
    /// What it is a part of, or answers.
    pub parent: Option<DocId>,
    /// What it is about, where it is a comment.
    pub subject: Option<DocId>,
}

/// The summary of a document. `zone` is where days begin and floating times are
/// read, and stands in for zones that nobody knows.
///
/// It takes any JSON: what isn't as the kind's table says counts as absent.
pub fn summarize(kind: Kind, view: &Map<String, Value>, zone: &Zone) -> Summary {
    let view = View(view);
    let summary = match kind {
        Kind::Space => Summary {
            title: view.text("name").to_owned(),
            text: lines([view.text("name"), view.text("desc")]),
            ..Summary::default()
        },
        Kind::Todo => todo::summarize(view, zone),
        Kind::Event => event::summarize(view, zone),
        Kind::Comment => comment(view),
        Kind::Prefs => Summary::default(),
    };
    Summary { deleted: view.cluster::<Stamp>("deletedAt").is_some(), ..summary }
}

fn comment(view: View<'_>) -> Summary {
    let body = view.text("body");
    let first = body.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    Summary {
        title: first.chars().take(TITLE_CHARS_MAX).collect(),
        text: body.to_owned(),
        parent: view.id("replyTo"),
        subject: view.id("subject"),
        ..Summary::default()
    }
}

/// A document's plain JSON, read with forbearance.
#[derive(Clone, Copy)]
struct View<'a>(&'a Map<String, Value>);

impl<'a> View<'a> {
    /// A text or a string; empty where there is none.
    fn text(self, field: &str) -> &'a str {
        self.0.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    fn cluster<C: Cluster>(self, field: &str) -> Option<C> {
        C::parse(self.0.get(field)?.as_str()?).ok()
    }

    fn id(self, field: &str) -> Option<DocId> {
        self.text(field).parse().ok()
    }

    /// The entries of a map, by key.
    fn entries(self, field: &str) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let entries = self.0.get(field).and_then(Value::as_object);
        entries.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }
}

/// The texts that aren't empty, a line each.
fn lines<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut lines = String::new();
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(text);
    }
    lines
}

/// The zone of this name, or the one that stands in for it.
fn zone_or(name: Option<&ZoneName>, or: &Zone) -> Zone {
    name.and_then(|name| Zone::parse(name.as_str()).ok()).unwrap_or(*or)
}
