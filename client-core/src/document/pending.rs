//! A local edit that the server hasn't judged yet.

use umbra_model::{DocId, Millis};
use umbra_sync_protocol::wire::ChangeHash;

use super::Intent;

/// A local edit that the server hasn't judged yet: the change, and what is needed
/// to make it again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// Its place among all edits of the replica; given by the store.
    pub order: u64,
    /// The document.
    pub doc: DocId,
    /// The hash of the change.
    pub hash: ChangeHash,
    /// The raw change chunk.
    pub chunk: Vec<u8>,
    /// What it did.
    pub intents: Vec<Intent>,
    /// What it was, in a few words.
    pub label: String,
    /// When it was made.
    pub made: Millis,
    /// The all-or-nothing group that it belongs to.
    pub group: Option<u64>,
    /// Whether the document came into being with it.
    pub creates: bool,
    /// How often it was made again under a fresh actor because the server
    /// couldn't take the old one.
    pub reissued: u8,
}
