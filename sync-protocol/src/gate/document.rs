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
mod tests {
    use automerge::ROOT;
    use automerge::transaction::Transactable;
    use umbra_model::{ActorPrefix, DocId, Privacy, Role, SpaceKind, UserId};

    use super::super::Code;
    use super::*;

    const AUTHOR: Author = Author {
        user: UserId(uuid::Uuid::from_u128(1)),
        prefix: ActorPrefix([1; 8]),
        role: Role::Owner,
    };

    const FACTS: DocFacts = DocFacts {
        doc: DocId(uuid::Uuid::from_u128(2)),
        kind: Kind::Todo,
        space: SpaceKind::List,
        creator: AUTHOR.user,
        privacy: Privacy::Default,
        subject_creator: None,
    };

    /// The library, failing on one title and panicking on another, when it has
    /// already changed the document.
    fn failing(document: &mut Automerge, changes: Vec<Change>) -> Result<(), ApplyFailed> {
        let puts = |title: &str| {
            changes.iter().any(|it| format!("{:?}", it.decode().operations).contains(title))
        };
        let (fails, panics) = (puts("fails"), puts("panics"));
        apply::apply(document, changes)?;
        match () {
            () if fails => Err(ApplyFailed("it failed".to_owned())),
            () if panics => guarded(|| panic!("it panicked"))?,
            () => Ok(()),
        }
    }

    /// A device whose actor ends in this byte titles the document as it is now.
    fn titled(document: &Automerge, actor: u8, titles: &[&str]) -> Vec<Vec<u8>> {
        let actor = AUTHOR.prefix.actor([actor; 8]);
        let mut document = document.clone().with_actor(actor.into());
        let mut title = |title: &&str| {
            let mut transaction = document.transaction();
            transaction.put(ROOT, "title", *title).unwrap();
            transaction.commit();
            document.get_last_local_change().unwrap().raw_bytes().to_vec()
        };
        titles.iter().map(&mut title).collect()
    }

    fn judge(server: &mut GateDoc, chunks: &[Vec<u8>]) -> Vec<Option<Code>> {
        let code = |judged| match judged {
            Judgement::Refused { refusal, .. } => Some(refusal.code),
            _ => None,
        };
        server
            .judge_as(chunks, Scrutiny::Full(&AUTHOR, &FACTS), failing)
            .into_iter()
            .map(code)
            .collect()
    }

    /// The library and the index agree on where the document is.
    #[track_caller]
    fn assert_same_heads(server: &GateDoc) {
        let heads = server.document().get_heads();
        assert!(heads.into_iter().map(|head| ChangeHash(head.0)).eq(server.heads()));
    }

    #[test]
    fn a_failure_is_undone_at_any_distance_from_the_saved_state() {
        let mut server = GateDoc::new(Kind::Todo);
        for n in 0..150_u8 {
            let start = server.document().clone();
            let good = titled(&start, n, &[&format!("good {n}")]);
            let bad = titled(&start, n, &["fails"]);
            assert_eq!(judge(&mut server, &bad), [Some(Code::ApplyFailed)]);
            assert_same_heads(&server);
            assert_eq!(judge(&mut server, &good), [None]);
            assert_same_heads(&server);
        }
        assert_eq!(server.changes_len(), 151);
    }

    #[test]
    fn a_failure_that_cannot_be_undone_ends_the_documents_use() {
        let mut server = GateDoc::new(Kind::Todo);
        let chunks = titled(server.document(), 1, &["good", "fails"]);
        assert_eq!(judge(&mut server, &chunks[..1]), [None]);
        server.replica.lose_the_way_back();
        assert_eq!(judge(&mut server, &chunks[1..]), [Some(Code::ApplyFailed)]);
        assert!(server.is_broken());
        assert_eq!(judge(&mut server, &chunks), [Some(Code::Busy), Some(Code::Busy)]);
    }

    #[test]
    fn what_the_library_fails_on_is_found_and_the_rest_goes_through() {
        for bad in ["fails", "panics"] {
            let mut server = GateDoc::new(Kind::Todo);
            let start = server.document().clone();
            let [before, last] = [1, 3].map(|actor| titled(&start, actor, &["good"]));
            let middle = titled(&start, 2, &["good as well", bad, "behind"]);
            let chunks = [before, middle, last].concat();
            let codes = judge(&mut server, &chunks);
            let expected =
                [None, None, Some(Code::ApplyFailed), Some(Code::DependsOnRefused), None];
            assert_eq!(codes, expected);
            let changes = [&chunks[0], &chunks[1], &chunks[4]].map(Vec::as_slice);
            assert!(server == GateDoc::open(Kind::Todo, None, changes).unwrap());
            assert_same_heads(&server);
        }
    }

    #[test]
    fn nothing_is_left_of_a_push_that_fails_as_a_whole() {
        let mut server = GateDoc::new(Kind::Todo);
        let first = titled(server.document(), 1, &["good"]);
        assert_eq!(judge(&mut server, &first), [None]);
        let before = server.clone();
        let chunks = titled(server.document(), 2, &["fails", "behind"]);
        let codes = judge(&mut server, &chunks);
        assert_eq!(codes, [Some(Code::ApplyFailed), Some(Code::DependsOnRefused)]);
        assert!(server == before);
        assert_same_heads(&server);
        let after = titled(server.document(), 4, &["good again"]);
        assert_eq!(judge(&mut server, &after), [None]);
    }

    #[test]
    fn what_is_broken_in_the_store_is_an_error() {
        let mut server = GateDoc::new(Kind::Todo);
        let chunks = titled(server.document(), 1, &["one", "two"]);
        judge(&mut server, &chunks);
        let saved = server.save();
        let open = |kind, saved: Option<&[u8]>, chunks: &[&[u8]]| {
            GateDoc::open(kind, saved, chunks.iter().copied()).map(|doc| doc.changes_len())
        };
        assert_eq!(open(Kind::Todo, Some(&saved), &[]).unwrap(), 3);
        assert_eq!(open(Kind::Todo, Some(&saved), &[&chunks[1]]).unwrap(), 3, "twice is once");
        assert!(open(Kind::Todo, Some(&saved[..saved.len() - 1]), &[]).is_err());
        assert!(open(Kind::Todo, Some(b"no document"), &[]).is_err());
        assert!(open(Kind::Event, Some(&saved), &[]).is_err(), "of another kind");
        assert!(open(Kind::Todo, None, &[&chunks[1]]).is_err(), "with a gap");
        assert!(open(Kind::Todo, None, &[b"no chunk"]).is_err());
    }
}
