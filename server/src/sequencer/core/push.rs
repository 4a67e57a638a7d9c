//! Judging pushes.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ROOT, ReadDoc};
use sha2::{Digest, Sha256};
use umbra_model::policy::{Action, UNLISTED};
use umbra_model::schema::spec;
use umbra_model::{ActorPrefix, DocId, Kind, Millis, Privacy, Role, SpaceId, UserId};
use umbra_sync_protocol::gate::{Author, Code, DocFacts, GateDoc, Judgement, Refusal};
use umbra_sync_protocol::wire::{
    Accepted, Bytes, ChangeHash, Cover, Create, Push, PushItem, Receipt,
};

use super::DocRow;
use super::ahead::Place;
use super::ledger::{Earlier, Ledger};
use super::log_row::{Change, LogEvent, LogRow, Lost};
use super::pen::{Member, Pen};
use crate::sequencer::limits;
use crate::sequencer::seal::{Seal, SealedChange};
use crate::sequencer::{ConnectionId, Submission, Submitter};
use crate::store::limits::FOLD_BYTES;

/// What became of one chunk, before it is durable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Judged {
    /// It got a place.
    Accepted { hash: ChangeHash, seq: u64, receipt: Receipt },
    /// It had one before; which is looked up.
    Earlier { hash: ChangeHash, index: usize },
    /// It got none.
    Refused {
        hash: Option<ChangeHash>,
        code: Code,
        path: Option<String>,
        rule: Option<&'static str>,
    },
}

impl Judged {
    fn refused(code: Code) -> Self {
        Self::Refused { hash: None, code, path: None, rule: None }
    }

    pub(super) fn is_equivocation(&self) -> bool {
        matches!(self, Self::Refused { code: Code::Equivocation, .. })
    }
}

/// What became of a push, before it is durable.
#[derive(Debug)]
pub(super) struct JudgedPush {
    pub(super) id: u32,
    pub(super) atomic: bool,
    /// One a chunk, in the order of the push.
    pub(super) judged: Vec<Judged>,
    /// The places that it took, one stretch a space.
    pub(super) taken: Vec<Cover>,
}

/// Where the changes of an item go, and by what right.
struct Admission {
    pen: Pen,
    facts: DocFacts,
    role: Role,
    /// Whether the document is only made if one of its changes is accepted.
    creates: bool,
}

/// The batch, and which of its submissions it is the turn of.
#[derive(Clone, Copy)]
pub(super) struct Turn<'s> {
    pub(super) submissions: &'s [Submission],
    pub(super) n: usize,
}

/// Judges a push.
pub(super) fn push(
    ledger: &mut Ledger<'_>,
    turn: Turn<'_>,
    by: &Submitter,
    push: &Push,
) -> JudgedPush {
    let first = ledger.rows.len();
    ledger.ahead.look(turn.submissions, turn.n);
    let checkpoint = push.atomic.then(|| ledger.checkpoint(push));
    let items = push.items.iter().enumerate();
    let mut judged: Vec<_> = items.flat_map(|(i, it)| item(ledger, turn, by, i, it)).collect();
    let is_refused = |it: &Judged| matches!(it, Judged::Refused { .. });
    if let Some(checkpoint) = checkpoint.filter(|_| judged.iter().any(is_refused)) {
        ledger.roll_back(checkpoint);
        take_back(&mut judged);
    }
    let taken = ledger.rows.get(first..).map(taken).unwrap_or_default();
    JudgedPush { id: push.id, atomic: push.atomic, judged, taken }
}

/// Refuses what was accepted, and what was a duplicate of that.
fn take_back(judged: &mut [Judged]) {
    let accepted = judged.iter().filter_map(|it| match it {
        Judged::Accepted { hash, .. } => Some(*hash),
        Judged::Earlier { .. } | Judged::Refused { .. } => None,
    });
    let accepted: BTreeSet<_> = accepted.collect();
    for it in judged {
        match it {
            Judged::Accepted { hash, .. } | Judged::Earlier { hash, .. }
                if accepted.contains(hash) =>
            {
                let (hash, code) = (Some(*hash), Code::AtomicPushRefused);
                *it = Judged::Refused { hash, code, path: None, rule: None };
            }
            Judged::Accepted { .. } | Judged::Earlier { .. } | Judged::Refused { .. } => {}
        }
    }
}

/// The stretch of each space that these rows are.
fn taken(rows: &[(LogRow, Option<ConnectionId>)]) -> Vec<Cover> {
    let mut taken: BTreeMap<SpaceId, Cover> = BTreeMap::new();
    for (LogRow { space, seq, .. }, _) in rows {
        let first = Cover { space: *space, from: *seq, to: *seq };
        taken.entry(*space).and_modify(|cover| cover.to = *seq).or_insert(first);
    }
    taken.into_values().collect()
}

fn item(
    ledger: &mut Ledger<'_>,
    turn: Turn<'_>,
    by: &Submitter,
    i: usize,
    item: &PushItem,
) -> Vec<Judged> {
    if by.device().is_none() {
        return vec![Judged::refused(Code::ActorForeign); item.chunks.len()];
    }
    let admitted = match proof(ledger, by, item) {
        Some(Ok(proof)) => admit_proven(ledger, by, item).map(|it| (it, Some(proof))),
        Some(Err(code)) => Err(Judged::refused(code)),
        None => admit(ledger, by, item).map(|it| (it, None)),
    };
    match admitted {
        Ok((admission, None)) => judge(ledger, turn, by, i, item, &admission),
        Ok((admission, Some(proof))) => judge_proven(ledger, by, item, &admission, &proof),
        Err(refused) => vec![refused; item.chunks.len()],
    }
}

/// What a stranger is told, be it that there is nothing or that it isn't theirs.
/// Soon after a restore it may be there again, so they may ask again.
fn strange(ledger: &Ledger<'_>) -> Code {
    let restored = ledger.facts.restored_at;
    let lately = restored.is_some_and(|at| ledger.now.0 - at.0 < limits::RECOVERY_MILLIS);
    if lately { Code::SpaceRecovering } else { Code::NotFound }
}

fn admit(ledger: &mut Ledger<'_>, by: &Submitter, item: &PushItem) -> Result<Admission, Judged> {
    let stranger = Judged::refused(strange(ledger));
    let row = ledger.facts.docs.get(&item.doc).cloned();
    let space = match (&row, &item.create) {
        (Some(row), _) => row.space,
        (None, Some(create)) => create.space,
        (None, None) => return Err(stranger),
    };
    let Some(member) = Member::of(ledger, by, space) else { return Err(stranger) };
    let recovering = ledger.facts.spaces.get(&space).is_some_and(|space| space.recovering);
    if recovering && member.role() != Role::Owner {
        return Err(Judged::refused(Code::SpaceRecovering));
    }
    match (row, &item.create) {
        (Some(row), _) => {
            let facts = ledger.facts.doc(item.doc, &row).filter(|_| row.purged_at.is_none());
            let pen = facts.and_then(|facts| Some((facts, member.may_push(&facts)?)));
            let Some((facts, pen)) = pen else { return Err(stranger) };
            has_room(&row, item)?;
            Ok(Admission { pen, facts, role: member.role(), creates: false })
        }
        (None, Some(create)) => {
            let facts = new_facts(ledger, by, item.doc, create)?;
            let pen = member.may(&facts, Action::Create).map_err(|denied| Judged::Refused {
                hash: None,
                code: Code::RoleTooWeak,
                path: None,
                rule: Some(denied.rule),
            })?;
            Ok(Admission { pen, facts, role: member.role(), creates: true })
        }
        (None, None) => Err(stranger),
    }
}

/// As [`admit`], for what was accepted before: whoever the author is by now, it
/// belongs to the space. What it belongs to may be given back by somebody else,
/// later, so nothing is refused for good.
fn admit_proven(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    item: &PushItem,
) -> Result<Admission, Judged> {
    let later = || Judged::refused(Code::MissingDependencies);
    let row = ledger.facts.docs.get(&item.doc).cloned();
    let space = match (&row, &item.create) {
        (Some(row), _) => row.space,
        (None, Some(create)) => create.space,
        (None, None) => return Err(later()),
    };
    if ledger.facts.spaces.get(&space).is_none_or(|space| space.deleted) {
        return Err(Judged::refused(strange(ledger)));
    }
    let pen = Pen::proven(space, by);
    let (facts, creates) = match (row, &item.create) {
        (Some(row), _) if row.purged_at.is_some() => return Err(Judged::refused(strange(ledger))),
        (Some(row), _) => {
            has_room(&row, item)?;
            (ledger.facts.doc(item.doc, &row).ok_or_else(later)?, false)
        }
        (None, Some(create)) => (new_facts(ledger, by, item.doc, create)?, true),
        (None, None) => return Err(later()),
    };
    Ok(Admission { pen, facts, role: Role::Viewer, creates })
}

/// A document must fit into one frame. Where folding may help, it is asked for and
/// the author may try again; where it can't, the document is full.
fn has_room(row: &DocRow, item: &PushItem) -> Result<(), Judged> {
    if row.bytes() + bytes_of(item) <= limits::DOCUMENT_BYTES_MAX {
        return Ok(());
    }
    let foldable = row.unfolded_bytes >= FOLD_BYTES as u64;
    Err(Judged::refused(if foldable { Code::Busy } else { Code::DocumentFull }))
}

fn bytes_of(item: &PushItem) -> u64 {
    item.chunks.iter().map(|chunk| chunk.len() as u64).sum()
}

/// The facts of a document that is about to be, if it may be at all.
fn new_facts(
    ledger: &Ledger<'_>,
    by: &Submitter,
    doc: DocId,
    create: &Create,
) -> Result<DocFacts, Judged> {
    let refuse = |code, rule| Judged::Refused { hash: None, code, path: None, rule: Some(rule) };
    let Some(space) = ledger.facts.spaces.get(&create.space) else {
        return Err(Judged::refused(strange(ledger)));
    };
    if create.kind == Kind::Space {
        return Err(refuse(Code::RoleTooWeak, "space.create.founding"));
    }
    if !spec(create.kind).homes.contains(&space.kind) {
        return Err(refuse(Code::SchemaViolation, UNLISTED));
    }
    if create.kind == Kind::Prefs && ledger.facts.prefs.contains(&create.space) {
        return Err(refuse(Code::WriteOnce, "prefs.create.once"));
    }
    // Reading begins behind this id.
    if *doc.as_bytes() == [0; 16] {
        return Err(refuse(Code::SchemaViolation, "document.id.nil"));
    }
    if space.documents >= limits::SPACE_DOCUMENTS_MAX {
        return Err(refuse(Code::DocumentFull, "space.documents.max"));
    }
    Ok(DocFacts {
        doc,
        kind: create.kind,
        space: space.kind,
        creator: by.user,
        privacy: create.privacy,
        subject_creator: None,
    })
}

fn judge(
    ledger: &mut Ledger<'_>,
    turn: Turn<'_>,
    by: &Submitter,
    i: usize,
    item: &PushItem,
    admission: &Admission,
) -> Vec<Judged> {
    let place = (turn.n, i);
    let judgements = match ledger.ahead.take(place) {
        Some(judgements) => judgements,
        None => {
            let Some(judgements) = judge_with(ledger, turn, by, place, item, admission) else {
                return vec![Judged::refused(Code::Busy); item.chunks.len()];
            };
            judgements
        }
    };
    enter(ledger, by, admission, item.chunks.iter().zip(judgements).map(|it| (it, None)))
}

/// Judges an item, and with it those that wait behind it and are like it. Nothing
/// where the document couldn't be opened.
fn judge_with(
    ledger: &mut Ledger<'_>,
    turn: Turn<'_>,
    by: &Submitter,
    place: Place,
    item: &PushItem,
    admission: &Admission,
) -> Option<Vec<Judgement>> {
    let author = Author { user: by.user, prefix: by.prefix, role: admission.role };
    let mut with = Vec::new();
    if let Some(row) = ledger.facts.docs.get(&item.doc).filter(|_| !admission.creates) {
        let room = limits::DOCUMENT_BYTES_MAX.saturating_sub(row.bytes() + bytes_of(item));
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        with = ledger.ahead.with(turn.submissions, place, room);
    }
    let all = item.chunks.iter().chain(with.iter().flat_map(|(_, it)| &it.chunks));
    let chunks: Vec<_> = all.map(|chunk| chunk.as_slice()).collect();
    let gate = open(ledger, &admission.facts, admission.creates)?;
    let mut judgements = gate.judge(&chunks, &author, &admission.facts).into_iter();
    let own = judgements.by_ref().take(item.chunks.len()).collect();
    for (place, item) in with {
        let its = judgements.by_ref().take(item.chunks.len()).collect();
        ledger.ahead.keep(place, its);
    }
    Some(own)
}

/// The receipts of an item that comes back after a restore, each checked.
type Proof = Vec<Option<Lost>>;

/// Checks the receipts, where there are any.
fn proof(ledger: &Ledger<'_>, by: &Submitter, item: &PushItem) -> Option<Result<Proof, Code>> {
    let receipts = item.receipts.as_ref()?;
    let home = ledger.facts.docs.get(&item.doc).map(|row| row.space);
    let space = home.or(item.create.as_ref().map(|create| create.space));
    if receipts.len() != item.chunks.len() {
        return Some(Err(Code::ReceiptInvalid));
    }
    let check = |(chunk, shown): (&Bytes, &Accepted)| {
        let hash = chunk_hash(chunk)?;
        let (doc, device) = (item.doc, by.device);
        let sealed = SealedChange { space: shown.space, seq: shown.seq, doc, hash, device };
        let ours =
            Some(shown.space) == space && Seal::holds(&ledger.seal.change(&sealed), &shown.receipt);
        ours.then_some(Lost { seq: shown.seq, receipt: shown.receipt })
    };
    Some(Ok(item.chunks.iter().zip(receipts).map(check).collect()))
}

fn judge_proven(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    item: &PushItem,
    admission: &Admission,
    proof: &Proof,
) -> Vec<Judged> {
    let author = Author { user: by.user, prefix: by.prefix, role: admission.role };
    let Some(gate) = open(ledger, &admission.facts, admission.creates) else {
        return vec![Judged::refused(Code::Busy); item.chunks.len()];
    };
    let proven = item.chunks.iter().zip(proof).filter(|(_, proof)| proof.is_some());
    let chunks: Vec<_> = proven.clone().map(|(chunk, _)| chunk.as_slice()).collect();
    let judgements = gate.judge_proven(&chunks, &author);
    // What has a receipt and isn't in the log proves that the log has lost it.
    if judgements.iter().any(|it| matches!(it, Judgement::Accepted { .. })) {
        ledger.find_restored(admission.pen.space());
    }
    let with_proof = proven.zip(judgements).map(|((chunk, lost), it)| ((chunk, it), *lost));
    let mut judged = enter(ledger, by, admission, with_proof).into_iter();
    let each = proof.iter().map(|proof| match proof {
        Some(_) => judged.next().unwrap_or_else(|| Judged::refused(Code::Busy)),
        None => Judged::refused(Code::ReceiptInvalid),
    });
    each.collect()
}

/// The hash of a change: that of all behind the magic bytes and the checksum.
fn chunk_hash(chunk: &[u8]) -> Option<ChangeHash> {
    Some(ChangeHash(Sha256::digest(chunk.get(8..)?).into()))
}

/// The document behind its gate; none where it is there but couldn't be opened.
fn open<'l>(
    ledger: &'l mut Ledger<'_>,
    facts: &DocFacts,
    creates: bool,
) -> Option<&'l mut GateDoc> {
    if creates {
        let fresh = || Box::new(GateDoc::new(facts.kind));
        return Some(ledger.open.entry(facts.doc).or_insert_with(fresh).as_mut());
    }
    ledger.open.get_mut(&facts.doc).map(AsMut::as_mut)
}

/// Gives what was accepted its place in the log.
fn enter<'i>(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    admission: &Admission,
    judgements: impl Iterator<Item = ((&'i Bytes, Judgement), Option<Lost>)>,
) -> Vec<Judged> {
    let doc = admission.facts.doc;
    let space = admission.pen.space();
    let mut created = !admission.creates;
    let mut judged = Vec::new();
    for ((chunk, judgement), lost) in judgements {
        judged.push(match judgement {
            Judgement::Accepted { hash, actor, actor_seq } => {
                if !created {
                    create(ledger, admission);
                    created = true;
                }
                let change = Entering { doc, hash, actor, actor_seq, chunk, lost };
                accept(ledger, by, &admission.pen, change)
            }
            Judgement::Duplicate { hash, actor, actor_seq }
                if ActorPrefix::of_actor(&actor) == Some(by.prefix) =>
            {
                ledger.earlier.push(Earlier { space, doc, actor, actor_seq });
                Judged::Earlier { hash, index: ledger.earlier.len() - 1 }
            }
            Judgement::Duplicate { hash, .. } => {
                let (hash, code) = (Some(hash), Code::ActorForeign);
                Judged::Refused { hash, code, path: None, rule: None }
            }
            Judgement::Refused { hash, refusal: Refusal { code, path, rule, .. } } => {
                Judged::Refused { hash, code, path, rule }
            }
        });
    }
    if !created {
        ledger.open.remove(&doc);
    }
    note_subject(ledger, doc);
    judged
}

fn create(ledger: &mut Ledger<'_>, admission: &Admission) {
    let DocFacts { doc, kind, privacy, creator, .. } = admission.facts;
    let space = admission.pen.space();
    let seq = admission.pen.append(ledger, |_, _| LogEvent::Created { doc, kind, privacy });
    let row = new_row(space, kind, creator, privacy, seq, ledger.now);
    ledger.create_doc(doc, row);
    if kind == Kind::Prefs {
        ledger.facts.prefs.insert(space);
    }
}

/// The row of a document that came into being at this place.
pub(super) fn new_row(
    space: SpaceId,
    kind: Kind,
    creator: UserId,
    privacy: Privacy,
    seq: u64,
    at: Millis,
) -> DocRow {
    DocRow {
        space,
        kind,
        creator,
        privacy,
        subject: None,
        created_seq: seq,
        created_at: at,
        last_seq: seq,
        saved_seq: 0,
        saved_bytes: 0,
        unfolded_bytes: 0,
        purged_at: None,
    }
}

/// An accepted change that has no place yet.
struct Entering<'i> {
    doc: DocId,
    hash: ChangeHash,
    actor: [u8; 16],
    actor_seq: u64,
    chunk: &'i Bytes,
    lost: Option<Lost>,
}

fn accept(ledger: &mut Ledger<'_>, by: &Submitter, pen: &Pen, it: Entering<'_>) -> Judged {
    let Entering { doc, hash, actor, actor_seq, chunk, lost } = it;
    let (space, device) = (pen.space(), by.device);
    let mut receipt = Receipt([0; 16]);
    let seq = pen.append(ledger, |ledger, seq| {
        receipt = ledger.seal.change(&SealedChange { space, seq, doc, hash, device });
        let chunk = Some(chunk.clone());
        LogEvent::Change(Change { doc, hash, actor, actor_seq, chunk, receipt, lost })
    });
    ledger.write_doc(doc, |write| {
        write.row.last_seq = seq;
        write.row.unfolded_bytes += chunk.len() as u64;
        write.changes += 1;
        write.bytes += chunk.len() as u64;
    });
    Judged::Accepted { hash, seq, receipt }
}

/// Keeps what a comment is about among the facts: it decides who sees the comment.
fn note_subject(ledger: &mut Ledger<'_>, doc: DocId) {
    let Some(row) = ledger.facts.docs.get(&doc) else { return };
    if row.kind != Kind::Comment || row.subject.is_some() {
        return;
    }
    let Some(gate) = ledger.open.get(&doc) else { return };
    let Ok(Some((held, _))) = gate.document().get(ROOT, "subject") else { return };
    let Some(subject) = held.as_str().and_then(|text| text.parse::<DocId>().ok()) else { return };
    ledger.write_doc(doc, |write| write.row.subject = Some(subject));
    if let Some(comments) = ledger.facts.comments.get_mut(&subject) {
        comments.insert(doc);
    }
}
