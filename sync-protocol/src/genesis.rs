//! The first change of every document, byte for byte the same for all documents
//! of a kind: it makes the containers, so that two devices that create or edit
//! the same document never make rival ones.
//!
//! It is implied: never sent, never logged. Both ends [`start`] a document from
//! it, and the first change of a client depends on it.

use std::sync::LazyLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjType, ROOT, TextEncoding};
use umbra_model::schema::{self, FieldSpec, SCHEMA_VERSION, Shape};
use umbra_model::{ActorPrefix, Kind};

use crate::wire::ChangeHash;

/// How positions in a text are counted, on both ends: as JavaScript counts them,
/// since a position may cross to it in a cursor, a patch or a presence state. In
/// changes there are no positions, so this alters no byte that is stored.
pub const TEXT_ENCODING: TextEncoding = TextEncoding::Utf16CodeUnit;

/// The first change of every document of a kind.
#[derive(Debug)]
pub struct Genesis {
    /// The kind.
    pub kind: Kind,
    /// Its reserved author, whose prefix no device has.
    pub actor: [u8; 16],
    /// The raw change chunk.
    pub chunk: Vec<u8>,
    /// The hash of the change.
    pub hash: ChangeHash,
    document: Automerge,
}

impl Genesis {
    /// The fields that are containers, in the order in which it makes them, one
    /// with each operation from the first on.
    pub(crate) fn containers(&self) -> impl Iterator<Item = &'static FieldSpec> + use<> {
        schema::spec(self.kind).fields.iter().filter(|field| made(field).is_some())
    }
}

/// The first change of every document of this kind.
pub fn genesis(kind: Kind) -> &'static Genesis {
    static ALL: LazyLock<Vec<Genesis>> =
        LazyLock::new(|| Kind::ALL.iter().copied().map(make).collect());
    &ALL[Kind::ALL.iter().position(|it| *it == kind).unwrap_or_default()]
}

/// A document of this kind to which nothing has happened yet.
pub fn start(kind: Kind) -> Automerge {
    genesis(kind).document.clone()
}

/// Eight zeros, then the kind's name cut or filled to seven bytes, then the version.
fn actor(kind: Kind) -> [u8; 16] {
    let mut generation = [0; 8];
    for (to, from) in generation[..7].iter_mut().zip(kind.as_str().bytes()) {
        *to = from;
    }
    generation[7] = SCHEMA_VERSION.to_le_bytes()[0];
    ActorPrefix::GENESIS.actor(generation)
}

/// The container that is made for the field, if it is one.
fn made(field: &FieldSpec) -> Option<ObjType> {
    match field.shape {
        Shape::Text { .. } => Some(ObjType::Text),
        Shape::Map { .. } => Some(ObjType::Map),
        Shape::Scalar(_) => None,
    }
}

fn make(kind: Kind) -> Genesis {
    let actor = actor(kind);
    let mut document = Automerge::new_with_encoding(TEXT_ENCODING).with_actor(ActorId::from(actor));
    let change = write(kind, &mut document);
    // The reserved author must not become the author of anything else.
    document.set_actor(ActorId::from([0; 16]));
    Genesis {
        kind,
        actor,
        chunk: change.raw_bytes().to_vec(),
        hash: ChangeHash(change.hash().0),
        document,
    }
}

#[expect(
    clippy::expect_used,
    reason = "our own tables, written once at start; tested for each kind"
)]
fn write(kind: Kind, document: &mut Automerge) -> Change {
    let mut transaction = document.transaction();
    for field in schema::spec(kind).fields {
        if let Some(container) = made(field) {
            transaction.put_object(ROOT, field.name, container).expect("root is a map");
        }
    }
    transaction.put(ROOT, "v", SCHEMA_VERSION).expect("root is a map");
    transaction.commit_with(CommitOptions::default().with_time(0));
    document.get_last_local_change().expect("the transaction made a change")
}
