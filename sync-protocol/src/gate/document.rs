//! An open document behind the gate.

use std::slice;

use automerge::{Automerge, Change};
use umbra_model::Kind;

use super::apply::{self, Apply, ApplyFailed};
use super::chunk::{BadChunk, Chunk};
use super::guard::guarded;
use super::index::Index;
use super::judge::{self, Push, Scrutiny};
use super::replica::{self, Replica};
use super::{Author, Code, DocFacts, Judgement, Refusal};
use crate::genesis;
use crate::wire::ChangeHash;

/// An open document: what Automerge makes of its changes, and our own index of
/// them, by which the next ones are judged.
#[derive(Clone, Debug)]
pub struct GateDoc {
    replica: Replica,
    index: Index,
}

/// Two are equal that have had the same changes in the same order.
impl PartialEq for GateDoc {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

/// What we stored ourselves can't be opened: the store is damaged.
#[derive(Debug, thiserror::Error)]
#[error("the stored document is broken: {0}")]
pub struct BrokenDoc(String);

impl GateDoc {
    /// A document of this kind to which nothing has happened yet.
    pub fn new(kind: Kind) -> Self {
        Self { replica: Replica::new(genesis::start(kind)), index: Index::new(kind) }
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
        let mut index = Index::new(kind);
        let mut document = match saved {
            Some(bytes) => load(bytes, &mut index)?,
            None => genesis::start(kind),
        };
        let mut changes = Vec::new();
        for bytes in chunks {
            if let Some(chunk) = enter_stored(&mut index, bytes)? {
                changes.push(apply::decode(&chunk)?);
            }
        }
        if !changes.is_empty() {
            apply::apply_again(&mut document, changes)?;
        }
        match document.get_heads().into_iter().map(|head| ChangeHash(head.0)).eq(index.heads()) {
            true => Ok(Self { replica: Replica::new(document), index }),
            false => Err(BrokenDoc("its heads are not those of its changes".to_owned())),
        }
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
        self.judge_as(chunks, Scrutiny::Full(author, facts), apply::apply)
    }

    /// Judges changes that the server has accepted once, as their receipts prove,
    /// and lost since: all holds for them as in [`judge`](Self::judge) but the
    /// role, which was judged when they were accepted.
    pub fn judge_proven(&mut self, chunks: &[impl AsRef<[u8]>], author: &Author) -> Vec<Judgement> {
        self.judge_as(chunks, Scrutiny::Proven(author), apply::apply)
    }

    fn judge_as(
        &mut self,
        chunks: &[impl AsRef<[u8]>],
        scrutiny: Scrutiny<'_>,
        apply: Apply,
    ) -> Vec<Judgement> {
        if self.is_broken() {
            return chunks.iter().map(|chunk| out_of_use(chunk.as_ref())).collect();
        }
        if let Ok(judgements) = self.judge_at_once(chunks, &mut Push::new(scrutiny), apply) {
            return judgements;
        }
        // One of them is more than the library can take: the one that fails alone.
        let mut push = Push::new(scrutiny);
        let mut judgements = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            match self.judge_at_once(slice::from_ref(chunk), &mut push, apply) {
                Ok(judged) => judgements.extend(judged),
                Err(failed) => {
                    let hash = Chunk::parse(chunk.as_ref()).ok().map(|chunk| chunk.hash);
                    judgements.push(push.refuse(hash, failed.into()));
                }
            }
        }
        judgements
    }

    /// Judges all, then applies all that were accepted in one call. Where that
    /// fails, it is as if nothing had been judged.
    fn judge_at_once(
        &mut self,
        chunks: &[impl AsRef<[u8]>],
        push: &mut Push<'_>,
        apply: Apply,
    ) -> Result<Vec<Judgement>, ApplyFailed> {
        let mark = self.index.mark();
        let mut changes = Vec::new();
        let judgements =
            chunks.iter().map(|chunk| self.judge_one(chunk.as_ref(), push, &mut changes)).collect();
        if !changes.is_empty()
            && let Err(failed) = self.replica.apply(changes, apply)
        {
            self.index.roll_back(mark);
            return Err(failed);
        }
        self.index.settle();
        Ok(judgements)
    }

    /// Judges one change; if it is accepted, it goes into the index and to the
    /// `changes` that are to be applied.
    fn judge_one(
        &mut self,
        bytes: &[u8],
        push: &mut Push<'_>,
        changes: &mut Vec<Change>,
    ) -> Judgement {
        let chunk = match Chunk::parse(bytes) {
            Ok(chunk) => chunk,
            Err(BadChunk { hash, refusal }) => return push.refuse(hash, refusal),
        };
        let (hash, actor, actor_seq) = (chunk.hash, chunk.actor, u64::from(chunk.seq));
        if self.contains(&hash) {
            return Judgement::Duplicate { hash, actor, actor_seq };
        }
        let mark = self.index.mark();
        let entered = judge::enter(&mut self.index, &chunk, push);
        match entered.and_then(|()| Ok(apply::decode(&chunk)?)) {
            Ok(change) => {
                changes.push(change);
                Judgement::Accepted { hash, actor, actor_seq }
            }
            Err(refusal) => {
                self.index.roll_back(mark);
                push.refuse(Some(hash), refusal)
            }
        }
    }

    /// What the document is.
    pub fn kind(&self) -> Kind {
        self.index.kind()
    }

    /// The document, to read.
    pub fn document(&self) -> &Automerge {
        self.replica.document()
    }

    /// Whether the library failed on it in a way that couldn't be undone. It then
    /// refuses everything for now, and must be opened again from the store.
    pub fn is_broken(&self) -> bool {
        self.replica.is_broken()
    }

    /// The hashes of the changes on which no other builds, in ascending order.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.index.heads()
    }

    /// Whether this change is in the document.
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.index.graph.find(&hash.0).is_some()
    }

    /// The document as Automerge saves it, genesis included. Not compressed: alone
    /// a small document gains nothing by it, and packs are compressed as a whole.
    pub fn save(&self) -> Vec<u8> {
        self.replica.save()
    }

    /// How many changes it has, genesis included.
    pub fn changes_len(&self) -> usize {
        self.index.graph.len()
    }

    /// About how many bytes of memory it takes.
    pub fn memory_bytes(&self) -> usize {
        // Measured: what Automerge takes for an open document, a change, an operation.
        const DOCUMENT: usize = 14_000;
        const CHANGE: usize = 450;
        const OPERATION: usize = 12;
        let library = DOCUMENT + CHANGE * self.changes_len() + OPERATION * self.index.ops_len();
        library + self.index.memory_bytes() + self.replica.memory_bytes()
    }
}

/// Loads a saved document, and enters all its changes.
fn load(bytes: &[u8], index: &mut Index) -> Result<Automerge, BrokenDoc> {
    let document = replica::load(bytes)?;
    let changes = guarded(|| document.get_changes(&[])).map_err(ApplyFailed::from)?;
    for change in &changes {
        enter_stored(index, change.raw_bytes())?;
    }
    Ok(document)
}

/// What a document says of a change that can't be judged for now.
fn out_of_use(bytes: &[u8]) -> Judgement {
    let hash = Chunk::parse(bytes).ok().map(|chunk| chunk.hash);
    Judgement::Refused { hash, refusal: Refusal::new(Code::Busy, "the document is out of use") }
}

/// Enters a change that we let in ourselves; `None` where it is there already, as
/// genesis is in every saved document.
fn enter_stored<'a>(index: &mut Index, bytes: &'a [u8]) -> Result<Option<Chunk<'a>>, BrokenDoc> {
    let genesis = genesis::genesis(index.kind());
    if bytes == genesis.chunk {
        return Ok(None);
    }
    let chunk = Chunk::parse(bytes).map_err(|bad| BrokenDoc(bad.refusal.to_string()))?;
    if index.graph.find(&chunk.hash.0).is_some() {
        return Ok(None);
    }
    judge::enter(index, &chunk, &mut Push::new(Scrutiny::Stored))
        .map_err(|refusal| BrokenDoc(refusal.to_string()))?;
    index.settle();
    Ok(Some(chunk))
}

impl From<ApplyFailed> for BrokenDoc {
    fn from(ApplyFailed(message): ApplyFailed) -> Self {
        Self(message)
    }
}

#[cfg(test)]
mod tests;
