//! An honest device: a replica that writes what it wants, offline.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, Change, ObjId, ROOT, ReadDoc};
use umbra_model::Kind;
use umbra_sync_protocol::gate::Author;
use umbra_sync_protocol::genesis;

/// A replica of one document on one device.
#[derive(Clone)]
pub struct Device {
    pub author: Author,
    pub document: Automerge,
}

impl Device {
    /// A device that knows nothing but genesis.
    pub fn new(kind: Kind, author: Author) -> Self {
        let actor = ActorId::from(author.prefix.actor(*b"the only"));
        Self { author, document: genesis::start(kind).with_actor(actor) }
    }

    /// A device that has what this document has.
    pub fn with(document: &Automerge, author: Author) -> Self {
        let actor = ActorId::from(author.prefix.actor(*b"the only"));
        Self { author, document: document.clone().with_actor(actor) }
    }

    /// Makes one change, and yields its chunk.
    pub fn edit(&mut self, write: impl FnOnce(&mut Transaction<'_>)) -> Vec<u8> {
        self.try_edit(write).expect("the edit changes something")
    }

    /// Makes one change, unless it would change nothing.
    pub fn try_edit(&mut self, write: impl FnOnce(&mut Transaction<'_>)) -> Option<Vec<u8>> {
        let mut transaction = self.document.transaction();
        write(&mut transaction);
        transaction.commit_with(CommitOptions::default().with_time(1_772_355_600)).0?;
        let change = self.document.get_last_local_change().expect("it was just made");
        Some(change.raw_bytes().to_vec())
    }

    /// Puts a value into the root map.
    pub fn put(&mut self, key: &str, value: impl Into<automerge::ScalarValue>) -> Vec<u8> {
        self.edit(|tx| tx.put(ROOT, key, value).unwrap())
    }

    /// Puts a value into the map that a field is.
    pub fn put_in(
        &mut self,
        field: &str,
        key: &str,
        value: impl Into<automerge::ScalarValue>,
    ) -> Vec<u8> {
        let map = self.container(field);
        self.edit(|tx| tx.put(&map, key, value).unwrap())
    }

    /// Types into the text that a field is.
    pub fn splice(&mut self, field: &str, at: usize, delete: isize, insert: &str) -> Vec<u8> {
        let text = self.container(field);
        self.edit(|tx| tx.splice_text(&text, at, delete, insert).unwrap())
    }

    /// The container that a field is.
    pub fn container(&self, field: &str) -> ObjId {
        self.document.get(ROOT, field).unwrap().expect("genesis made it").1
    }

    /// Takes changes of others.
    pub fn take(&mut self, chunks: &[Vec<u8>]) {
        let changes = chunks.iter().map(|chunk| Change::from_bytes(chunk.clone()).unwrap());
        self.document.apply_changes(changes.collect::<Vec<_>>()).unwrap();
    }
}
