//! What a person does to documents.

use umbra_model::schema;
use umbra_model::value::{Cluster, Stamp as Deed};
use umbra_model::{DocId, Kind, Millis, Privacy, SpaceId};
use umbra_sync_protocol::wire::Command;

use super::{Engine, Opened};
use crate::document::{Document, Facts, Me, Pending, Stamp};
use crate::edit::{Edit, Value};
use crate::error::{BadInput, Error, Result};
use crate::store::{Record, Stack, Tx, UndoRow};

/// A document that shall come into being.
#[derive(Clone, Debug)]
pub struct NewDocument {
    /// Its id, fresh.
    pub doc: DocId,
    /// The space it shall live in.
    pub space: SpaceId,
    /// What it is.
    pub kind: Kind,
    /// Who may see it.
    pub privacy: Privacy,
    /// What it says.
    pub edits: Vec<Edit>,
}

/// What an edit is a part of.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The step that undo takes back as one.
    pub step: u64,
    /// The all-or-nothing group.
    pub group: Option<u64>,
}

impl<T: Tx> Engine<'_, T> {
    /// Begins a step that undo takes back as one. What was taken back before can't
    /// be made again any more.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn step(&mut self, is_group: bool) -> Result<Part> {
        /// How many steps can be taken back.
        const STEPS_MAX: u32 = 100;
        let step = self.tx.fresh_number().await?;
        self.tx.trim_undo(STEPS_MAX - 1).await?;
        Ok(Part { step, group: is_group.then_some(step) })
    }

    /// Brings a document into being.
    ///
    /// # Errors
    /// [`Error::Refused`] or [`Error::Input`] where the gate would refuse it.
    pub async fn create(&mut self, part: Part, new: NewDocument) -> Result<()> {
        let NewDocument { doc, space, kind, privacy, mut edits } = new;
        let account = self.account().await?;
        let row = self.space_row(space).await?;
        if !schema::spec(kind).homes.contains(&row.kind) {
            let text = format!("a {} takes no {kind}", row.kind);
            return Err(BadInput::Other(text).into());
        }
        fill(kind, self.env.now, &mut edits);
        let facts = Facts { doc, space, kind, creator: account.user, privacy };
        let (judged_by, own_subject) = self.facts_for_creation(facts, &edits).await?;
        let (user, prefix) = (account.user, account.prefix);
        let me = Me { user, prefix, space: row.kind, role: row.role, own_subject };
        let mut document = Document::new(judged_by);
        document.create(&me, &edits, self.stamp(part))?;
        let record = Record::unborn(facts, row.round);
        let opened = Opened { record, document, is_base_new: false };
        self.store_edit(part, opened, Stack::Undo).await
    }

    /// Makes edits of a document as one change. `false` where it was all so already.
    ///
    /// # Errors
    /// [`Error::Refused`] or [`Error::Input`] where the gate would refuse it.
    pub async fn edit(&mut self, part: Part, doc: DocId, edits: &[Edit]) -> Result<bool> {
        let (mut opened, me) = self.open_mine(doc).await?;
        let is_made = opened.document.edit(&me, edits, self.stamp(part))?;
        if is_made {
            self.store_edit(part, opened, Stack::Undo).await?;
        }
        Ok(is_made)
    }

    /// Puts a document into the trash, or takes it out.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub async fn set_trashed(&mut self, part: Part, doc: DocId, trashed: bool) -> Result<bool> {
        let by = self.account().await?.user;
        let deed = Deed { at: self.env.now, by }.canonical().map_err(Error::internal)?;
        let is_trashed = self.is_trashed(doc).await?;
        if is_trashed == trashed {
            return Ok(false);
        }
        let value = if trashed { Value::Str(deed) } else { Value::Null };
        self.edit(part, doc, &[Edit::set("deletedAt", value)]).await
    }

    /// Changes who may see a document, here at once and on the server with the
    /// next sync.
    ///
    /// # Errors
    /// [`Error::Refused`] where the role doesn't reach.
    pub async fn set_privacy(&mut self, doc: DocId, privacy: Privacy) -> Result<()> {
        let (opened, me) = self.open_mine(doc).await?;
        opened.document.may_set_privacy(&me, privacy)?;
        let record = opened.record;
        // Also where the server doesn't know of the document yet: what brings it into
        // being may be under way with the privacy of before. If it isn't, the command
        // finds nothing to do.
        self.tx.add_command(&Command::SetPrivacy(doc, privacy)).await?;
        self.tx.put_facts(record.facts.with_privacy(privacy), record.born).await
    }

    /// Takes a document from the store to edit it.
    pub(super) async fn open_mine(&mut self, doc: DocId) -> Result<(Opened, Me)> {
        let opened = self.open(doc).await?.ok_or(BadInput::NoDocument(doc))?;
        let me = self.me(&opened.record.facts).await?;
        let me = me.ok_or(BadInput::NoSpace(opened.record.facts.space))?;
        Ok((opened, me))
    }

    pub(super) fn stamp(&mut self, part: Part) -> Stamp {
        Stamp { made: self.env.now, fresh: (self.env.dice)(), group: part.group }
    }

    /// Stores the edit that was just made of an open document.
    pub(super) async fn store_edit(
        &mut self,
        part: Part,
        opened: Opened,
        stack: Stack,
    ) -> Result<()> {
        let Some(edit) = opened.document.pending().last().cloned() else { return Ok(()) };
        self.keep(opened).await?;
        self.tx.add_pending(&edit).await?;
        self.tx.push_undo(&undo_row(part, stack, edit)).await
    }

    async fn is_trashed(&mut self, doc: DocId) -> Result<bool> {
        let row = self.tx.row(doc).await?.ok_or(BadInput::NoDocument(doc))?;
        let view: serde_json::Value = serde_json::from_str(&row.view).unwrap_or_default();
        Ok(view.get("deletedAt").is_some())
    }
}

fn undo_row(part: Part, stack: Stack, edit: Pending) -> UndoRow {
    let Pending { doc, hash, intents, creates, label, .. } = edit;
    UndoRow { id: 0, stack, step: part.step, doc, hash, intents, creates, label }
}

/// Adds what the machine knows and the person didn't say.
fn fill(kind: Kind, now: Millis, edits: &mut Vec<Edit>) {
    let mut says = |field: &str, value: Value| {
        let is_said = edits.iter().any(|edit| edit.field() == field);
        if schema::spec(kind).field(field).is_some() && !is_said {
            edits.push(Edit::Set { field: field.to_owned(), value });
        }
    };
    says("createdAt", Value::Int(now.0));
    says("state", Value::from("open"));
}
