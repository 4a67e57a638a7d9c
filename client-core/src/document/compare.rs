//! What one state of a document has that another hasn't, field by field.

use automerge::{Automerge, ROOT, ReadDoc};
use umbra_model::schema::{self, Shape, Write};

use super::write::{entry, keys, scalar, text_of};
use super::{Document, Intent, text};
use crate::edit::Value;
use umbra_model::Kind;

impl Document {
    /// What it would take to make this document say what the other one does.
    pub fn lost_from(&self, other: &Self) -> Vec<Intent> {
        between(self.facts.kind, &self.base, &other.base)
    }
}

/// What leads from one state to another. What can't be written again is left out.
fn between(kind: Kind, from: &Automerge, to: &Automerge) -> Vec<Intent> {
    let mut intents = Vec::new();
    for field in schema::spec(kind).fields {
        let name = field.name;
        if to.get(ROOT, name).ok().flatten().is_none() {
            continue;
        }
        match field.shape {
            Shape::Scalar(_) => intents.extend(scalars(name, from, to)),
            Shape::Text { .. } => intents.extend(texts(name, from, to)),
            Shape::Map { .. } => intents.extend(entries(name, from, to)),
        }
        let is_kept =
            field.write == Write::Once && scalar(from, name).is_ok_and(|it| it != Value::Null);
        if is_kept {
            intents.retain(|intent| intent.field() != name);
        }
    }
    intents
}

fn scalars(field: &str, from: &Automerge, to: &Automerge) -> Option<Intent> {
    let (was, value) = (scalar(from, field).ok()?, scalar(to, field).ok()?);
    (was != value).then(|| Intent::Set { field: field.to_owned(), value, was })
}

fn texts(field: &str, from: &Automerge, to: &Automerge) -> Option<Intent> {
    let (before, after) = (text_of(from, field).ok()?, text_of(to, field).ok()?);
    let splices = text::diff(&before, &after);
    let field = field.to_owned();
    (!splices.is_empty()).then_some(Intent::Text { field, splices, before: Some(before) })
}

fn entries(field: &str, from: &Automerge, to: &Automerge) -> Vec<Intent> {
    let mut all = keys(from, field).unwrap_or_default();
    all.extend(keys(to, field).unwrap_or_default());
    all.sort_unstable();
    all.dedup();
    let differs = |key: String| {
        let (was, value) = (entry(from, field, &key).ok()?, entry(to, field, &key).ok()?);
        let field = field.to_owned();
        (was != value).then_some(Intent::Entry { field, key, value, was })
    };
    all.into_iter().filter_map(differs).collect()
}
