//! What one state of a document has that another hasn't, field by field.

use automerge::{Automerge, ROOT, ReadDoc};
use umbra_model::schema::{self, Shape, Write};

use umbra_model::{Kind, Millis};
use umbra_sync_protocol::wire::ChangeHash;

use super::write::{entry, keys, scalar, text_of};
use super::{Broken, Document, Intent, Pending, chunk, guarded, label, text};
use crate::edit::Value;

impl Document {
    /// What it would take to make this document say what the other one does.
    pub fn lost_from(&self, other: &Self) -> Vec<Intent> {
        between(self.facts.kind, &self.base, &other.base)
    }

    /// Makes pending edits of accepted changes of this device that the server has
    /// lost and can't take back as they are. The caller forgets them next, and then
    /// rebases.
    ///
    /// # Errors
    /// [`Broken`] where the store is damaged.
    pub fn take_up_again(&mut self, chunks: &[Vec<u8>], unborn: bool) -> Result<(), Broken> {
        let mut again = Vec::with_capacity(chunks.len() + self.pending.len());
        for raw in chunks {
            let change = chunk::read(raw)?;
            let at = |heads: &[automerge::ChangeHash]| {
                guarded(|| self.base.fork_at(heads).map_err(|error| Broken(error.to_string())))
            };
            let intents = between(self.facts.kind, &at(change.deps())?, &at(&[change.hash()])?);
            let creates = unborn && again.is_empty();
            again.push(Pending {
                order: 0,
                doc: self.facts.doc,
                hash: ChangeHash(change.hash().0),
                chunk: raw.clone(),
                label: label(self.facts.kind, creates, &intents),
                intents,
                made: Millis(change.timestamp().saturating_mul(1_000)),
                group: None,
                creates,
                reissued: 0,
            });
        }
        again.append(&mut self.pending);
        self.pending = again;
        Ok(())
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
