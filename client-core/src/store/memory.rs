//! A naive store in memory: what a transaction does, it does to a copy. Too
//! simple to be wrong, so it judges the other one; and the simulation runs on it.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use umbra_model::{DocId, SpaceId};
use umbra_sync_protocol::wire::{ChangeHash, Command};

use super::{
    AheadRow, CommandRow, Counts, DocRow, MemberRow, Meta, OutboxRow, Projection, PurgeRow, Query,
    ReceiptRow, Record, Sort, SpaceRow, Stack, Store, TrayRow, Tx, UndoRow,
};
use crate::document::{Facts, Pending};
use crate::error::{Error, Result};

/// A store in memory. Its clones are the same store.
#[derive(Clone, Default, Debug)]
pub struct MemoryStore(Arc<Mutex<Shared>>);

#[derive(Default, Debug)]
struct Shared {
    state: State,
    is_busy: bool,
}

#[derive(Clone, Default, Debug)]
struct State {
    meta: Meta,
    last_number: u64,
    spaces: BTreeMap<SpaceId, SpaceRow>,
    members: BTreeMap<(SpaceId, u64), MemberRow>,
    documents: BTreeMap<DocId, (Record, Projection)>,
    pending: BTreeMap<u64, Pending>,
    ahead: BTreeMap<u64, AheadRow>,
    receipts: BTreeMap<(DocId, ChangeHash), ReceiptRow>,
    commands: BTreeMap<u64, Command>,
    tray: BTreeMap<u64, TrayRow>,
    undo: BTreeMap<u64, UndoRow>,
    purges: BTreeMap<u64, PurgeRow>,
}

/// A transaction on a [`MemoryStore`].
#[derive(Debug)]
pub struct MemoryTx {
    state: State,
    home: Arc<Mutex<Shared>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store of its own that holds the same: a disk, copied.
    pub fn copy(&self) -> Self {
        let state = lock(&self.0).state.clone();
        Self(Arc::new(Mutex::new(Shared { state, is_busy: false })))
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for MemoryStore {
    type Tx = MemoryTx;

    fn begin(&self) -> impl Future<Output = Result<MemoryTx>> + Send {
        poll_fn(|context| {
            let mut shared = lock(&self.0);
            if shared.is_busy {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            shared.is_busy = true;
            Poll::Ready(Ok(MemoryTx { state: shared.state.clone(), home: Arc::clone(&self.0) }))
        })
    }
}

impl Drop for MemoryTx {
    fn drop(&mut self) {
        lock(&self.home).is_busy = false;
    }
}

impl State {
    fn next(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn row(&self, doc: DocId) -> Option<DocRow> {
        let (record, projection) = self.documents.get(&doc)?;
        let pending = self.pending.values().filter(|edit| edit.doc == doc).count();
        Some(DocRow {
            facts: record.facts,
            born: record.born,
            seq: record.seq,
            view: projection.view.clone(),
            pending: u32::try_from(pending).unwrap_or(u32::MAX),
        })
    }
}

impl Tx for MemoryTx {
    async fn commit(mut self) -> Result<()> {
        lock(&self.home).state = std::mem::take(&mut self.state);
        Ok(())
    }

    async fn meta(&mut self) -> Result<Meta> {
        Ok(self.state.meta.clone())
    }

    async fn put_meta(&mut self, meta: &Meta) -> Result<()> {
        self.state.meta = meta.clone();
        Ok(())
    }

    async fn fresh_number(&mut self) -> Result<u64> {
        Ok(self.state.next())
    }

    async fn spaces(&mut self) -> Result<Vec<SpaceRow>> {
        Ok(self.state.spaces.values().cloned().collect())
    }

    async fn space(&mut self, space: SpaceId) -> Result<Option<SpaceRow>> {
        Ok(self.state.spaces.get(&space).cloned())
    }

    async fn put_space(&mut self, row: &SpaceRow) -> Result<()> {
        self.state.spaces.insert(row.space, row.clone());
        Ok(())
    }

    async fn remove_space(&mut self, space: SpaceId) -> Result<()> {
        self.state.spaces.remove(&space);
        self.state.members.retain(|(its, _), _| *its != space);
        Ok(())
    }

    async fn members(&mut self, space: SpaceId) -> Result<Vec<MemberRow>> {
        let range = self.state.members.range((space, 0)..=(space, u64::MAX));
        Ok(range.map(|(_, row)| row.clone()).collect())
    }

    async fn put_member(&mut self, space: SpaceId, row: &MemberRow) -> Result<()> {
        self.state.members.insert((space, row.seq), row.clone());
        Ok(())
    }

    async fn drop_members_after(&mut self, space: SpaceId, seq: u64) -> Result<()> {
        self.state.members.retain(|(its, at), _| *its != space || *at <= seq);
        Ok(())
    }

    async fn record(&mut self, doc: DocId) -> Result<Option<Record>> {
        Ok(self.state.documents.get(&doc).map(|(record, _)| record.clone()))
    }

    async fn row(&mut self, doc: DocId) -> Result<Option<DocRow>> {
        Ok(self.state.row(doc))
    }

    async fn put_record(&mut self, record: &Record, projection: &Projection) -> Result<()> {
        self.state.documents.insert(record.facts.doc, (record.clone(), projection.clone()));
        Ok(())
    }

    async fn append(
        &mut self,
        doc: DocId,
        seq: u64,
        chunks: &[u8],
        projection: &Projection,
    ) -> Result<usize> {
        let held = self.state.documents.get_mut(&doc).ok_or_else(|| missing(doc))?;
        held.0.tail.extend_from_slice(chunks);
        held.0.seq = seq;
        held.1 = projection.clone();
        Ok(held.0.tail.len())
    }

    async fn put_facts(&mut self, facts: Facts, born: bool) -> Result<()> {
        let held = self.state.documents.get_mut(&facts.doc).ok_or_else(|| missing(facts.doc))?;
        held.0.facts = facts;
        held.0.born = born;
        Ok(())
    }

    async fn remove_record(&mut self, doc: DocId) -> Result<()> {
        self.state.documents.remove(&doc);
        self.state.pending.retain(|_, edit| edit.doc != doc);
        self.state.ahead.retain(|_, row| row.doc != doc);
        self.state.receipts.retain(|(its, _), _| *its != doc);
        self.state.undo.retain(|_, row| row.doc != doc);
        Ok(())
    }

    async fn documents(&mut self, space: SpaceId) -> Result<Vec<DocId>> {
        let documents = self.state.documents.iter();
        Ok(documents.filter(|(_, (it, _))| it.facts.space == space).map(|(doc, _)| *doc).collect())
    }

    async fn list(&mut self, query: &Query) -> Result<Vec<DocRow>> {
        let mut found: Vec<_> = self
            .state
            .documents
            .values()
            .filter(|(record, projection)| query.takes(record, projection))
            .collect();
        found.sort_by(|(one, left), (other, right)| {
            query
                .sort
                .key(left, query)
                .cmp(&query.sort.key(right, query))
                .then_with(|| one.facts.doc.cmp(&other.facts.doc))
        });
        let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
        Ok(found.into_iter().take(limit).filter_map(|it| self.state.row(it.0.facts.doc)).collect())
    }

    async fn by_id_prefix(&mut self, digits: &str, limit: u32) -> Result<Vec<DocRow>> {
        let matches = |doc: &&DocId| doc.0.simple().to_string().starts_with(digits);
        let found = self.state.documents.keys().filter(matches).take(limit as usize);
        Ok(found.filter_map(|doc| self.state.row(*doc)).collect())
    }

    async fn counts(&mut self) -> Result<Counts> {
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Counts {
            pending: small(self.state.pending.len()),
            commands: small(self.state.commands.len()),
            refused: small(self.state.tray.len()),
            documents: self.state.documents.len() as u64,
            spaces: small(self.state.spaces.len()),
        })
    }

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

    async fn commands(&mut self) -> Result<Vec<CommandRow>> {
        let commands = self.state.commands.iter();
        Ok(commands.map(|(id, command)| CommandRow { id: *id, command: command.clone() }).collect())
    }

    async fn add_command(&mut self, command: &Command) -> Result<u64> {
        let id = self.state.next();
        self.state.commands.insert(id, command.clone());
        Ok(id)
    }

    async fn remove_command(&mut self, id: u64) -> Result<()> {
        self.state.commands.remove(&id);
        Ok(())
    }

    async fn tray(&mut self) -> Result<Vec<TrayRow>> {
        Ok(self.state.tray.values().cloned().collect())
    }

    async fn add_tray(&mut self, row: &TrayRow) -> Result<u64> {
        let id = self.state.next();
        self.state.tray.insert(id, TrayRow { id, ..row.clone() });
        Ok(id)
    }

    async fn remove_tray(&mut self, id: u64) -> Result<bool> {
        Ok(self.state.tray.remove(&id).is_some())
    }

    async fn last_step(&mut self, stack: Stack) -> Result<Vec<UndoRow>> {
        let rows = || self.state.undo.values().filter(|row| row.stack == stack);
        let step = rows().map(|row| row.step).max();
        Ok(rows().filter(|row| Some(row.step) == step).rev().cloned().collect())
    }

    async fn push_undo(&mut self, row: &UndoRow) -> Result<()> {
        let id = self.state.next();
        self.state.undo.insert(id, UndoRow { id, ..row.clone() });
        Ok(())
    }

    async fn remove_step(&mut self, stack: Stack, step: u64) -> Result<()> {
        self.state.undo.retain(|_, row| row.stack != stack || row.step != step);
        Ok(())
    }

    async fn trim_undo(&mut self, steps_max: u32) -> Result<()> {
        self.state.undo.retain(|_, row| row.stack == Stack::Undo);
        let steps: BTreeSet<u64> = self.state.undo.values().map(|row| row.step).collect();
        let kept: BTreeSet<u64> = steps.into_iter().rev().take(steps_max as usize).collect();
        self.state.undo.retain(|_, row| kept.contains(&row.step));
        Ok(())
    }

    async fn rename_undo(
        &mut self,
        doc: DocId,
        from: ChangeHash,
        to: Option<ChangeHash>,
    ) -> Result<()> {
        let is_it = |row: &UndoRow| row.doc == doc && row.hash == from;
        match to {
            None => self.state.undo.retain(|_, row| !is_it(row)),
            Some(to) => {
                self.state.undo.values_mut().filter(|row| is_it(row)).for_each(|it| it.hash = to);
            }
        }
        Ok(())
    }

    async fn purges(&mut self) -> Result<Vec<PurgeRow>> {
        Ok(self.state.purges.values().cloned().collect())
    }

    async fn add_purge(&mut self, row: &PurgeRow) -> Result<()> {
        self.state.purges.insert(row.order, row.clone());
        Ok(())
    }
}

fn missing(doc: DocId) -> Error {
    Error::internal(format_args!("document {doc} vanished while it was written"))
}

impl Query {
    fn takes(&self, record: &Record, projection: &Projection) -> bool {
        let (facts, summary) = (&record.facts, &projection.summary);
        let due_from = self.due_from.is_none_or(|from| summary.due.is_some_and(|due| due >= from));
        let due_before =
            self.due_before.is_none_or(|until| summary.due.is_some_and(|due| due < until));
        (self.kinds.is_empty() || self.kinds.contains(&facts.kind))
            && (self.spaces.is_empty() || self.spaces.contains(&facts.space))
            && self.done.is_none_or(|done| summary.done == done)
            && due_from
            && due_before
            && self.between.is_none_or(|(from, until)| {
                projection.extent.is_some_and(|(first, last)| {
                    first < until && last.is_none_or(|last| last >= from)
                })
            })
            && self.subject.is_none_or(|subject| summary.subject == Some(subject))
            && self.deleted.is_none_or(|deleted| summary.deleted == deleted)
            && self.uid.as_ref().is_none_or(|uid| projection.uid.as_ref() == Some(uid))
            && self
                .words
                .iter()
                .all(|word| has_word(&summary.title, word) || has_word(&summary.text, word))
    }
}

/// Whether a word of the text begins so.
fn has_word(text: &str, beginning: &str) -> bool {
    let beginning = beginning.to_lowercase();
    text.to_lowercase()
        .split(|char: char| !char.is_alphanumeric())
        .any(|word| word.starts_with(&beginning))
}

impl Sort {
    /// What to sort by: the least first.
    fn key(self, projection: &Projection, query: &Query) -> (i64, String) {
        let summary = &projection.summary;
        let last = |time: Option<umbra_model::Millis>| time.map_or(i64::MAX, |time| time.0);
        match self {
            Self::Id => (0, String::new()),
            Self::Due => (last(summary.due), String::new()),
            Self::Start => (last(summary.starts), String::new()),
            Self::Title => (0, summary.title.to_ascii_lowercase()),
            Self::Relevance => {
                let in_title =
                    query.words.iter().filter(|word| has_word(&summary.title, word)).count();
                (-i64::try_from(in_title).unwrap_or_default(), String::new())
            }
        }
    }
}
