//! A naive store in memory: what a transaction does, it does to a copy. Too
//! simple to be wrong, so it judges the other one; and the simulation runs on it.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use umbra_model::{DocId, SpaceId};
use umbra_sync_protocol::wire::{ChangeHash, Command};

mod documents;
mod edits;
mod query;
mod spaces;
mod tray;

use super::{
    AheadRow, Counts, DocRow, MemberRow, Meta, Projection, PurgeRow, ReceiptRow, Record, SpaceRow,
    Store, TrayRow, Tx, UndoRow,
};
use crate::document::Pending;
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

    fn read(&self) -> impl Future<Output = Result<MemoryTx>> + Send {
        self.begin()
    }

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
}

fn missing(doc: DocId) -> Error {
    Error::internal(format_args!("document {doc} vanished while it was written"))
}
