//! A document as it is taken along.

use base64ct::{Base64, Encoding};
use serde::Serialize;
use serde_json::value::RawValue;
use umbra_model::{DocId, Kind, UserId};

use crate::store::OwnDocument;

/// A document as it is taken along: readable, and as Automerge loads it.
#[derive(Serialize)]
pub(super) struct Packed {
    id: DocId,
    kind: Kind,
    creator: UserId,
    privacy: String,
    created_at: i64,
    /// Its plain JSON.
    view: Option<Box<RawValue>>,
    /// The saved document, in Base64; null where it can't be opened.
    automerge: Option<String>,
}

/// Packs documents, which keeps a processor busy.
pub(super) fn pack(documents: Vec<OwnDocument>) -> Vec<Packed> {
    documents.into_iter().map(one).collect()
}

fn one(document: OwnDocument) -> Packed {
    let OwnDocument { doc, kind, creator, privacy, created_at, view, content } = document;
    let opened = content.open(kind);
    if let Err(broken) = &opened {
        tracing::error!(%doc, %broken, "a stored document can't be opened");
    }
    let automerge = opened.ok().map(|gate| Base64::encode_string(&gate.save()));
    let view = view.and_then(|json| RawValue::from_string(json).ok());
    Packed { id: doc, kind, creator, privacy, created_at: created_at.0, view, automerge }
}
