//! The refused tray: what a person wrote and the server didn't take stays here
//! until they dismiss it.

use umbra_model::{DocId, SpaceKind};

use super::local::Part;
use super::{Engine, Opened};
use crate::document::{Document, Dropped, Facts, Intent, Pending};
use crate::error::{BadInput, Error, Result};
use crate::store::{Record, Stack, TrayReason, TrayRow, Tx};

impl<T: Tx> Engine<'_, T> {
    /// Moves edits that are pending no more into the tray, each for its reason.
    pub(super) async fn shelve(
        &mut self,
        facts: Facts,
        dropped: Vec<Dropped>,
        reason: &TrayReason,
    ) -> Result<u64> {
        let count = dropped.len() as u64;
        for Dropped { edit, denied } in dropped {
            let reason = denied.map_or_else(|| reason.clone(), TrayReason::from);
            self.tx.rename_undo(edit.doc, edit.hash, None).await?;
            self.shelve_one(facts, edit, reason).await?;
        }
        Ok(count)
    }

    /// Moves all edits of a document that the server never took into the tray, as
    /// one entry.
    pub(super) async fn shelve_whole(
        &mut self,
        facts: Facts,
        dropped: Vec<Dropped>,
        reason: TrayReason,
    ) -> Result<u64> {
        let mut edits = dropped.into_iter().map(|dropped| dropped.edit);
        let Some(mut whole) = edits.next() else { return Ok(0) };
        whole.intents.extend(edits.flat_map(|edit| edit.intents));
        self.shelve_one(facts, whole, reason).await?;
        Ok(1)
    }

    /// Puts a deed into the tray that is no edit of this device.
    pub(super) async fn shelve_lost(
        &mut self,
        facts: Facts,
        label: String,
        intents: Vec<Intent>,
    ) -> Result<()> {
        let edit = Pending {
            order: 0,
            doc: facts.doc,
            hash: umbra_sync_protocol::wire::ChangeHash([0; 32]),
            chunk: Vec::new(),
            intents,
            label,
            made: self.env.now,
            group: None,
            creates: false,
            reissued: 0,
        };
        self.shelve_one(facts, edit, TrayReason::server_lost()).await
    }

    async fn shelve_one(&mut self, facts: Facts, edit: Pending, reason: TrayReason) -> Result<()> {
        let title = self.title(facts.doc).await?;
        let space = self.tx.space(facts.space).await?;
        let row = TrayRow {
            id: 0,
            facts,
            space_kind: space.map_or(SpaceKind::Personal, |space| space.kind),
            title,
            label: edit.label,
            made: edit.made,
            refused: self.env.now,
            reason,
            creates: edit.creates,
            intents: edit.intents,
            group: edit.group,
        };
        self.tx.add_tray(&row).await.map(|_| ())
    }

    async fn title(&mut self, doc: DocId) -> Result<String> {
        let Some(row) = self.tx.row(doc).await? else { return Ok(String::new()) };
        let view = serde_json::from_str(&row.view).unwrap_or_default();
        Ok(umbra_model::summary::summarize(row.facts.kind, &view, &self.env.zone).title)
    }

    /// The entries of the tray that belong to this one, itself among them.
    ///
    /// # Errors
    /// [`BadInput::NoRefused`] where there is none of this number.
    pub async fn tray_group(&mut self, id: u64) -> Result<Vec<TrayRow>> {
        let tray = self.tx.tray().await?;
        let Some(row) = tray.iter().find(|row| row.id == id) else {
            return Err(BadInput::NoRefused(id).into());
        };
        let belongs = |it: &&TrayRow| it.id == id || (row.group.is_some() && it.group == row.group);
        Ok(tray.iter().filter(belongs).cloned().collect())
    }

    /// Throws an entry away, with all that belongs to it.
    ///
    /// # Errors
    /// As [`tray_group`](Self::tray_group).
    pub async fn dismiss(&mut self, id: u64) -> Result<()> {
        for row in self.tray_group(id).await? {
            self.tx.remove_tray(row.id).await?;
        }
        Ok(())
    }

    /// Makes an entry's edit again, with all that belongs to it, on the documents
    /// as they are now. Yields the first document.
    ///
    /// # Errors
    /// [`Error::Refused`] where the gate would refuse it again,
    /// [`Error::Conflict`] where the document is gone.
    pub async fn retry(&mut self, id: u64) -> Result<DocId> {
        let rows = self.tray_group(id).await?;
        let part = self.step(rows.len() > 1).await?;
        let doc = rows.first().map(|row| row.facts.doc);
        for row in rows {
            self.retry_one(part, &row).await?;
            self.tx.remove_tray(row.id).await?;
        }
        doc.ok_or_else(|| BadInput::NoRefused(id).into())
    }

    /// Whether an entry can be tried again.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn is_retriable(&mut self, row: &TrayRow) -> Result<bool> {
        let is_here = self.tx.row(row.facts.doc).await?.is_some();
        Ok(is_here || (row.creates && self.tx.space(row.facts.space).await?.is_some()))
    }

    async fn retry_one(&mut self, part: Part, row: &TrayRow) -> Result<()> {
        let facts = row.facts;
        if self.tx.row(facts.doc).await?.is_some() {
            let (mut opened, me) = self.open_mine(facts.doc).await?;
            let stamp = self.stamp(part);
            if opened.document.edit_again(&me, &row.intents, stamp)? {
                self.store_edit(part, opened, Stack::Undo).await?;
            }
            return Ok(());
        }
        if !row.creates {
            let text = format!("“{}” is not here any more", row.title);
            return Err(Error::Conflict(text));
        }
        let space = self.space_row(facts.space).await?;
        let edits: Vec<_> = row.intents.iter().flat_map(|intent| intent.edits(true)).collect();
        let (judged_by, own_subject) = self.facts_for_creation(facts, &edits).await?;
        let account = self.account().await?;
        let (user, prefix) = (account.user, account.prefix);
        let me =
            crate::document::Me { user, prefix, space: space.kind, role: space.role, own_subject };
        let mut document = Document::new(judged_by);
        document.create_again(&me, &row.intents, self.stamp(part))?;
        let record = Record::unborn(facts, space.round);
        let opened = Opened { record, document, is_base_new: false };
        self.store_edit(part, opened, Stack::Undo).await
    }
}
