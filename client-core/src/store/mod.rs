//! What the engine needs of a store. There are two: SQLite on disk (feature
//! `sqlite`), and a naive one in memory for tests and the simulation; one exam
//! examines both.
//!
//! Whatever the engine does is one transaction that reads, decides and writes. A
//! transaction that isn't committed never happened, so the engine may be killed
//! between any two steps. Transactions exclude each other, across processes too.

mod memory;
mod rows;

pub use memory::{MemoryStore, MemoryTx};
pub use rows::{
    AccountRow, AheadRow, CommandRow, Counts, DocRow, MemberRow, Meta, OutboxRow, Projection,
    PurgeRow, Query, ReceiptRow, Record, Sort, SpaceRow, Stack, TrayReason, TrayRow, UndoRow,
};

use std::future::Future;

use umbra_model::{DocId, SpaceId};
use umbra_sync_protocol::wire::{ChangeHash, Command};

use crate::document::{Facts, Pending};
use crate::error::Result;

/// A store.
pub trait Store: Send + Sync {
    /// Its transactions.
    type Tx: Tx;

    /// A transaction. It waits for the one that is under way.
    fn begin(&self) -> impl Future<Output = Result<Self::Tx>> + Send;

    /// A transaction that only reads, and sees one moment throughout. It waits for
    /// nobody.
    fn read(&self) -> impl Future<Output = Result<Self::Tx>> + Send;
}

/// A transaction. Dropped without [`commit`](Tx::commit), it never happened.
pub trait Tx: Spaces + Documents + Edits + Tray {
    /// Makes all of it durable.
    fn commit(self) -> impl Future<Output = Result<()>> + Send;
    /// What the replica knows of itself.
    fn meta(&mut self) -> impl Future<Output = Result<Meta>> + Send;
    /// Replaces what the replica knows of itself.
    fn put_meta(&mut self, meta: &Meta) -> impl Future<Output = Result<()>> + Send;
    /// A number that was never given before: for groups and undo steps.
    fn fresh_number(&mut self) -> impl Future<Output = Result<u64>> + Send;
    /// How much there is.
    fn counts(&mut self) -> impl Future<Output = Result<Counts>> + Send;
}

/// What a store keeps of spaces, members, commands and purges.
pub trait Spaces: Send {
    /// All spaces, by id.
    fn spaces(&mut self) -> impl Future<Output = Result<Vec<SpaceRow>>> + Send;
    /// One space.
    fn space(&mut self, space: SpaceId) -> impl Future<Output = Result<Option<SpaceRow>>> + Send;
    /// Adds or replaces a space.
    fn put_space(&mut self, row: &SpaceRow) -> impl Future<Output = Result<()>> + Send;
    /// Removes a space, its members and its member events; not its documents.
    fn remove_space(&mut self, space: SpaceId) -> impl Future<Output = Result<()>> + Send;
    /// All membership events of a space that were received, in their order.
    fn members(&mut self, space: SpaceId) -> impl Future<Output = Result<Vec<MemberRow>>> + Send;
    /// Adds a membership event; one at the same place is replaced.
    fn put_member(
        &mut self,
        space: SpaceId,
        row: &MemberRow,
    ) -> impl Future<Output = Result<()>> + Send;
    /// Removes the membership events behind this place.
    fn drop_members_after(
        &mut self,
        space: SpaceId,
        seq: u64,
    ) -> impl Future<Output = Result<()>> + Send;
    /// The commands that wait for their answer, in their order.
    fn commands(&mut self) -> impl Future<Output = Result<Vec<CommandRow>>> + Send;
    /// Adds a command behind all others and returns its number.
    fn add_command(&mut self, command: &Command) -> impl Future<Output = Result<u64>> + Send;
    /// Removes a command.
    fn remove_command(&mut self, id: u64) -> impl Future<Output = Result<()>> + Send;
    /// The purge orders that were carried out, in their order.
    fn purges(&mut self) -> impl Future<Output = Result<Vec<PurgeRow>>> + Send;
    /// Notes that a purge order was carried out.
    fn add_purge(&mut self, row: &PurgeRow) -> impl Future<Output = Result<()>> + Send;
}

/// What a store keeps of documents: their accepted state and their projections.
pub trait Documents: Send {
    /// A document.
    fn record(&mut self, doc: DocId) -> impl Future<Output = Result<Option<Record>>> + Send;
    /// What is known of a document beside its content, and its projection's JSON.
    fn row(&mut self, doc: DocId) -> impl Future<Output = Result<Option<DocRow>>> + Send;
    /// Adds or replaces a document and its projection.
    fn put_record(
        &mut self,
        record: &Record,
        projection: &Projection,
    ) -> impl Future<Output = Result<()>> + Send;
    /// Puts accepted changes up to this log entry behind a document that is there,
    /// and replaces its projection. Returns how long its tail is now.
    fn append(
        &mut self,
        doc: DocId,
        seq: u64,
        chunks: &[u8],
        projection: &Projection,
    ) -> impl Future<Output = Result<usize>> + Send;
    /// Replaces a document's facts, and whether the server knows of it.
    fn put_facts(&mut self, facts: Facts, born: bool) -> impl Future<Output = Result<()>> + Send;
    /// Removes a document with its pending, returned and undoable edits and receipts.
    fn remove_record(&mut self, doc: DocId) -> impl Future<Output = Result<()>> + Send;
    /// The documents of a space, by id.
    fn documents(&mut self, space: SpaceId) -> impl Future<Output = Result<Vec<DocId>>> + Send;
    /// The documents of a query.
    fn list(&mut self, query: &Query) -> impl Future<Output = Result<Vec<DocRow>>> + Send;
    /// The documents whose id in hexadecimal digits begins or ends so, at most `limit`.
    fn by_id_digits(
        &mut self,
        digits: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<DocRow>>> + Send;
}

/// What a store keeps of edits on their way to the server, and of those that it lost.
pub trait Edits: Send {
    /// The pending edits of a document, in their order.
    fn pending(&mut self, doc: DocId) -> impl Future<Output = Result<Vec<Pending>>> + Send;
    /// Adds a pending edit behind all others and returns its order.
    fn add_pending(&mut self, edit: &Pending) -> impl Future<Output = Result<u64>> + Send;
    /// Replaces the pending edits of a document; each keeps its order.
    fn replace_pending(
        &mut self,
        doc: DocId,
        edits: &[Pending],
    ) -> impl Future<Output = Result<()>> + Send;
    /// Moves a pending edit that was accepted behind the document's accepted
    /// changes. `false` where no such edit is pending.
    fn accept_pending(
        &mut self,
        doc: DocId,
        hash: ChangeHash,
    ) -> impl Future<Output = Result<bool>> + Send;
    /// All that is to be given back, and the pending edits behind this place, each
    /// in their order.
    fn outbox(&mut self, after: u64) -> impl Future<Output = Result<Vec<OutboxRow>>> + Send;
    /// The changes of a document that the server lost, in causal order.
    fn ahead(&mut self, doc: DocId) -> impl Future<Output = Result<Vec<AheadRow>>> + Send;
    /// Adds a change that the server lost, behind the others.
    fn add_ahead(&mut self, row: &AheadRow) -> impl Future<Output = Result<u64>> + Send;
    /// Takes a change off the list of those that the server lost. `false` where it
    /// isn't on it.
    fn remove_ahead(
        &mut self,
        doc: DocId,
        hash: ChangeHash,
    ) -> impl Future<Output = Result<bool>> + Send;
    /// The documents of a space of which the server lost something.
    fn documents_ahead(
        &mut self,
        space: SpaceId,
    ) -> impl Future<Output = Result<Vec<DocId>>> + Send;
    /// The receipts of a document.
    fn receipts(&mut self, doc: DocId) -> impl Future<Output = Result<Vec<ReceiptRow>>> + Send;
    /// Adds or replaces a receipt.
    fn put_receipt(&mut self, row: &ReceiptRow) -> impl Future<Output = Result<()>> + Send;
}

/// What a store keeps of edits that were refused, and of those that can be taken back.
pub trait Tray: Send {
    /// The refused tray, in the order in which the edits came.
    fn tray(&mut self) -> impl Future<Output = Result<Vec<TrayRow>>> + Send;
    /// Adds an edit to the refused tray and returns its number.
    fn add_tray(&mut self, row: &TrayRow) -> impl Future<Output = Result<u64>> + Send;
    /// Removes an edit from the refused tray. `false` where it isn't there.
    fn remove_tray(&mut self, id: u64) -> impl Future<Output = Result<bool>> + Send;
    /// The latest step of a stack: its edits, the last one first.
    fn last_step(&mut self, stack: Stack) -> impl Future<Output = Result<Vec<UndoRow>>> + Send;
    /// Adds an edit that can be taken back.
    fn push_undo(&mut self, row: &UndoRow) -> impl Future<Output = Result<()>> + Send;
    /// Removes a step.
    fn remove_step(&mut self, stack: Stack, step: u64) -> impl Future<Output = Result<()>> + Send;
    /// Empties the redo stack, and cuts the undo stack to so many steps.
    fn trim_undo(&mut self, steps_max: u32) -> impl Future<Output = Result<()>> + Send;
    /// An edit has another hash now, or none: then it can't be taken back any more.
    fn rename_undo(
        &mut self,
        doc: DocId,
        from: ChangeHash,
        to: Option<ChangeHash>,
    ) -> impl Future<Output = Result<()>> + Send;
}
