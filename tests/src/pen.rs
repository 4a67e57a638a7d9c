//! What somebody writes on a device, as a client would.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ROOT, ReadDoc, ScalarValue};
use umbra_model::{ActorPrefix, DocId, Kind};
use umbra_sync_protocol::genesis;
use umbra_sync_protocol::wire::{Bytes, ChangeHash};

/// Writes documents under the actor ids of one device.
#[derive(Clone)]
pub struct Pen {
    prefix: ActorPrefix,
    generation: u64,
    docs: BTreeMap<DocId, Automerge>,
}

impl Pen {
    /// For the device with this prefix.
    pub fn new(prefix: ActorPrefix) -> Self {
        Self { prefix, generation: rand::random(), docs: BTreeMap::new() }
    }

    /// A fresh document id.
    pub fn new_doc() -> DocId {
        DocId(uuid::Builder::from_random_bytes(rand::random()).into_uuid())
    }

    /// Begins a document of this kind with one field.
    pub fn begin(
        &mut self,
        doc: DocId,
        kind: Kind,
        field: &str,
        value: impl Into<ScalarValue>,
    ) -> Bytes {
        self.hold(doc, kind);
        self.put(doc, field, value)
    }

    /// Holds a document of this kind, with nothing in it but its genesis.
    pub fn hold(&mut self, doc: DocId, kind: Kind) {
        self.generation = self.generation.wrapping_add(1);
        let actor = ActorId::from(self.prefix.actor(self.generation.to_be_bytes()));
        self.docs.insert(doc, genesis::start(kind).with_actor(actor));
    }

    /// Puts a value into a field, as one change.
    pub fn put(&mut self, doc: DocId, field: &str, value: impl Into<ScalarValue>) -> Bytes {
        self.edit(doc, |tx| tx.put(ROOT, field, value).expect("a field"))
    }

    /// Writes into a text, at its end.
    pub fn write(&mut self, doc: DocId, field: &str, text: &str) -> Bytes {
        self.edit(doc, |tx| {
            let (_, object) = tx.get(ROOT, field).expect("a document").expect("a text");
            let end = tx.length(&object);
            tx.splice_text(&object, end, 0, text).expect("a text");
        })
    }

    /// Any edit, as one change.
    pub fn edit(
        &mut self,
        doc: DocId,
        edit: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
    ) -> Bytes {
        let document = self.docs.get_mut(&doc).expect("a document that is held");
        let mut tx = document.transaction();
        edit(&mut tx);
        tx.commit_with(CommitOptions::default().with_time(1_700_000_000));
        let change = document.get_last_local_change().expect("a change");
        change.raw_bytes().to_vec().into()
    }

    /// Takes in what others wrote.
    pub fn take(&mut self, doc: DocId, kind: Kind, chunks: &[Bytes]) {
        if !self.docs.contains_key(&doc) {
            self.hold(doc, kind);
        }
        let change =
            |chunk: &Bytes| automerge::Change::from_bytes(chunk.to_vec()).expect("a change");
        let changes: Vec<_> = chunks.iter().map(change).collect();
        let document = self.docs.get_mut(&doc).expect("a document that is held");
        document.apply_changes(changes).expect("changes that fit");
    }

    /// The changes of a document on which no other builds.
    pub fn heads(&self, doc: DocId) -> BTreeSet<ChangeHash> {
        let document = self.docs.get(&doc).expect("a document that is held");
        document.get_heads().into_iter().map(|hash| ChangeHash(hash.0)).collect()
    }

    /// What a field holds, if it is a text.
    pub fn text(&self, doc: DocId, field: &str) -> Option<String> {
        let document = self.docs.get(&doc)?;
        let (value, object) = document.get(ROOT, field).expect("a document")?;
        match value.into_string() {
            Ok(text) => Some(text),
            Err(_) => document.text(&object).ok(),
        }
    }
}

/// The hash of a change.
pub fn hash_of(chunk: &Bytes) -> ChangeHash {
    let change = automerge::Change::from_bytes(chunk.to_vec()).expect("a change");
    ChangeHash(change.hash().0)
}
