//! Somebody with a device, who edits documents as a client would.

use std::collections::BTreeMap;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ROOT, ReadDoc, ScalarValue};
use umbra_model::{ActorPrefix, DeviceId, DocId, Kind, Privacy, SpaceId, UserId};
use umbra_sync_protocol::genesis;
use umbra_sync_protocol::wire::{Bytes, Create, Push, PushItem};

use crate::sequencer::{ConnectionId, Submitter};

/// An account at one device, with its replica.
#[derive(Clone)]
pub(crate) struct Author {
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
    pub(crate) prefix: ActorPrefix,
    pub(crate) connection: Option<ConnectionId>,
    docs: BTreeMap<DocId, Automerge>,
    generation: u64,
}

impl Author {
    pub(crate) fn new(user: UserId, device: DeviceId, prefix: ActorPrefix) -> Self {
        Self { user, device, prefix, connection: None, docs: BTreeMap::new(), generation: 0 }
    }

    pub(crate) fn submitter(&self) -> Submitter {
        let Self { user, device, prefix, connection, .. } = *self;
        Submitter { user, device, prefix, connection }
    }

    /// Begins a document of this kind, and does its first edit.
    pub(crate) fn begin(
        &mut self,
        doc: DocId,
        kind: Kind,
        field: &str,
        value: impl Into<ScalarValue>,
    ) -> Bytes {
        self.hold(doc, genesis::start(kind));
        self.put(doc, field, value)
    }

    /// Puts a value into a field, as one change.
    pub(crate) fn put(&mut self, doc: DocId, field: &str, value: impl Into<ScalarValue>) -> Bytes {
        self.edit(doc, |tx| tx.put(ROOT, field, value).unwrap())
    }

    /// Writes into a text, at its end.
    pub(crate) fn write(&mut self, doc: DocId, field: &str, text: &str) -> Bytes {
        self.edit(doc, |tx| {
            let (_, object) = tx.get(ROOT, field).unwrap().unwrap();
            let end = tx.length(&object);
            tx.splice_text(&object, end, 0, text).unwrap();
        })
    }

    /// Any edit, as one change.
    pub(crate) fn edit(
        &mut self,
        doc: DocId,
        edit: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
    ) -> Bytes {
        let document = self.docs.get_mut(&doc).unwrap();
        let mut tx = document.transaction();
        edit(&mut tx);
        tx.commit_with(CommitOptions::default().with_time(1_700_000_000));
        document.get_last_local_change().unwrap().raw_bytes().to_vec().into()
    }

    /// Takes in what others wrote.
    pub(crate) fn take(&mut self, doc: DocId, kind: Kind, chunks: &[Bytes]) {
        if !self.docs.contains_key(&doc) {
            self.hold(doc, genesis::start(kind));
        }
        let changes = chunks.iter().map(|it| automerge::Change::from_bytes(it.to_vec()).unwrap());
        self.docs.get_mut(&doc).unwrap().apply_changes(changes.collect::<Vec<_>>()).unwrap();
    }

    /// Holds this document from here on, as a new generation of it.
    pub(crate) fn hold(&mut self, doc: DocId, document: Automerge) {
        self.generation += 1;
        let actor = ActorId::from(self.prefix.actor(self.generation.to_be_bytes()));
        self.docs.insert(doc, document.with_actor(actor));
    }

    pub(crate) fn document(&self, doc: DocId) -> &Automerge {
        &self.docs[&doc]
    }
}

/// A push of these changes to one document that is there.
pub(crate) fn push(doc: DocId, chunks: &[&Bytes]) -> Push {
    let chunks = chunks.iter().map(|chunk| (*chunk).clone()).collect();
    Push {
        id: 1,
        atomic: false,
        items: vec![PushItem { doc, create: None, chunks, receipts: None }],
    }
}

/// A push that creates a document.
pub(crate) fn create(space: SpaceId, doc: DocId, kind: Kind, chunks: &[&Bytes]) -> Push {
    create_private(space, doc, kind, Privacy::Default, chunks)
}

/// The same, with a privacy.
pub(crate) fn create_private(
    space: SpaceId,
    doc: DocId,
    kind: Kind,
    privacy: Privacy,
    chunks: &[&Bytes],
) -> Push {
    let mut push = push(doc, chunks);
    push.items[0].create = Some(Create { space, kind, privacy });
    push
}
