//! An open document behind the gate.

use automerge::{Automerge, Change, SaveOptions};
use umbra_model::Kind;

use super::{Author, Code, DocFacts, Judgement, Refusal};
use crate::genesis;
use crate::wire::ChangeHash;

/// An open document: what Automerge makes of its changes, and our own index of
/// them, by which the next ones are judged.
#[derive(Clone, Debug)]
pub struct GateDoc {
    kind: Kind,
    document: Automerge,
}

/// What we stored ourselves can't be opened: the store is damaged.
#[derive(Debug, thiserror::Error)]
#[error("the stored document is broken: {0}")]
pub struct BrokenDoc(pub(crate) String);

impl GateDoc {
    /// A document of this kind to which nothing has happened yet.
    pub fn new(kind: Kind) -> Self {
        Self { kind, document: genesis::start(kind) }
    }

    /// Opens what we stored: the document as [`save`](Self::save)d, if it was
    /// folded, and the accepted chunks since, in the order of the log.
    ///
    /// # Errors
    /// [`BrokenDoc`] where they aren't what this gate let in.
    pub fn open<'a>(
        kind: Kind,
        saved: Option<&[u8]>,
        chunks: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, BrokenDoc> {
        let mut document = match saved {
            Some(bytes) => Automerge::load(bytes).map_err(|e| BrokenDoc(e.to_string()))?,
            None => genesis::start(kind),
        };
        let changes = chunks
            .into_iter()
            .map(|chunk| Change::from_bytes(chunk.to_vec()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| BrokenDoc(e.to_string()))?;
        document.apply_changes(changes).map_err(|e| BrokenDoc(e.to_string()))?;
        Ok(Self { kind, document })
    }

    /// Judges these changes in their order, each against all before it, applies
    /// those that may be, and says of each what became of it. A refused change
    /// leaves no trace.
    pub fn judge(
        &mut self,
        chunks: &[impl AsRef<[u8]>],
        author: &Author,
        facts: &DocFacts,
    ) -> Vec<Judgement> {
        let _ = (author, facts);
        chunks.iter().map(|chunk| self.admit(chunk.as_ref())).collect()
    }

    /// Judges changes that the server has accepted once, as their receipts prove,
    /// and lost since: all holds for them as in [`judge`](Self::judge) but the
    /// role, which was judged when they were accepted.
    pub fn judge_proven(
        &mut self,
        chunks: &[impl AsRef<[u8]>],
        author: &Author,
        facts: &DocFacts,
    ) -> Vec<Judgement> {
        self.judge(chunks, author, facts)
    }

    /// What the document is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The document, to read.
    pub fn document(&self) -> &Automerge {
        &self.document
    }

    /// The hashes of the changes on which no other builds, in ascending order.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.document.get_heads().into_iter().map(|hash| ChangeHash(hash.0)).collect()
    }

    /// Whether this change is in the document.
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.document.get_change_meta_by_hash(&automerge::ChangeHash(hash.0)).is_some()
    }

    /// The document as Automerge saves it, genesis included. Not compressed: alone
    /// a small document gains nothing by it, and packs are compressed as a whole.
    pub fn save(&self) -> Vec<u8> {
        self.document.save_with_options(SaveOptions { deflate: false, ..SaveOptions::default() })
    }

    /// How many changes it has, genesis included.
    pub fn changes_len(&self) -> usize {
        self.document.get_changes_meta(&[]).len()
    }

    /// About how many bytes of memory it takes.
    pub fn memory_bytes(&self) -> usize {
        15_000 + 450 * self.changes_len()
    }

    fn admit(&mut self, chunk: &[u8]) -> Judgement {
        let malformed = |message: String| Judgement::Refused {
            hash: None,
            refusal: Refusal { code: Code::ChunkMalformed, path: None, rule: None, message },
        };
        let change = match Change::from_bytes(chunk.to_vec()) {
            Ok(change) => change,
            Err(error) => return malformed(error.to_string()),
        };
        let hash = ChangeHash(change.hash().0);
        let Ok(actor) = change.actor_id().to_bytes().try_into() else {
            return malformed("an actor id has sixteen bytes".to_owned());
        };
        let actor_seq = change.seq();
        if self.contains(&hash) {
            return Judgement::Duplicate { hash, actor, actor_seq };
        }
        match self.document.apply_changes([change]) {
            Ok(()) => Judgement::Accepted { hash, actor, actor_seq },
            Err(error) => malformed(error.to_string()),
        }
    }
}
