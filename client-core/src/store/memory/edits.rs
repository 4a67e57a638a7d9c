//! Edits on their way, in memory.

use std::collections::BTreeSet;

use umbra_model::{DocId, SpaceId};
use umbra_sync_protocol::wire::ChangeHash;

use super::{MemoryTx, missing};
use crate::document::Pending;
use crate::error::Result;
use crate::store::{AheadRow, Edits, OutboxRow, ReceiptRow};

impl Edits for MemoryTx {
    async fn pending(&mut self, doc: DocId) -> Result<Vec<Pending>> {
        Ok(self.state.pending.values().filter(|edit| edit.doc == doc).cloned().collect())
    }

    async fn add_pending(&mut self, edit: &Pending) -> Result<u64> {
        let order = self.state.next();
        self.state.pending.insert(order, Pending { order, ..edit.clone() });
        Ok(order)
    }

    async fn replace_pending(&mut self, doc: DocId, edits: &[Pending]) -> Result<()> {
        self.state.pending.retain(|_, edit| edit.doc != doc);
        self.state.pending.extend(edits.iter().map(|edit| (edit.order, edit.clone())));
        Ok(())
    }

    async fn accept_pending(&mut self, doc: DocId, hash: ChangeHash) -> Result<bool> {
        let found =
            self.state.pending.values().find(|edit| edit.doc == doc && edit.hash == hash).cloned();
        let Some(edit) = found else { return Ok(false) };
        self.state.pending.remove(&edit.order);
        let held = self.state.documents.get_mut(&doc).ok_or_else(|| missing(doc))?;
        held.0.tail.extend_from_slice(&edit.chunk);
        Ok(true)
    }

    async fn outbox(&mut self, after: u64) -> Result<Vec<OutboxRow>> {
        let space_of = |doc: &DocId| self.state.documents.get(doc).map(|it| it.0.facts.space);
        let returned = self.state.ahead.values().filter(|row| row.mine);
        let returned = returned.filter_map(|row| {
            let (space, bytes) = (space_of(&row.doc)?, row.chunk.len());
            let (order, doc) = (row.order, row.doc);
            Some(OutboxRow { order, doc, space, bytes, group: None, returned: true })
        });
        let pending = self.state.pending.range(after.saturating_add(1)..);
        let pending =
            pending.filter_map(|(_, edit)| Some(OutboxRow::of(edit, space_of(&edit.doc)?)));
        Ok(returned.chain(pending).collect())
    }

    async fn ahead(&mut self, doc: DocId) -> Result<Vec<AheadRow>> {
        Ok(self.state.ahead.values().filter(|row| row.doc == doc).cloned().collect())
    }

    async fn add_ahead(&mut self, row: &AheadRow) -> Result<u64> {
        let order = self.state.next();
        self.state.ahead.insert(order, AheadRow { order, ..row.clone() });
        Ok(order)
    }

    async fn remove_ahead(&mut self, doc: DocId, hash: ChangeHash) -> Result<bool> {
        let before = self.state.ahead.len();
        self.state.ahead.retain(|_, row| row.doc != doc || row.hash != hash);
        Ok(self.state.ahead.len() < before)
    }

    async fn documents_ahead(&mut self, space: SpaceId) -> Result<Vec<DocId>> {
        let docs: BTreeSet<_> = self.state.ahead.values().map(|row| row.doc).collect();
        let is_there =
            |doc: &DocId| self.state.documents.get(doc).is_some_and(|it| it.0.facts.space == space);
        Ok(docs.into_iter().filter(is_there).collect())
    }

    async fn receipts(&mut self, doc: DocId) -> Result<Vec<ReceiptRow>> {
        Ok(self.state.receipts.values().filter(|row| row.doc == doc).copied().collect())
    }

    async fn put_receipt(&mut self, row: &ReceiptRow) -> Result<()> {
        self.state.receipts.insert((row.doc, row.hash), *row);
        Ok(())
    }
}
