//! Judging pushes.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::SpaceId;
use umbra_sync_protocol::gate::{Author, Code, DocFacts, GateDoc, Judgement};
use umbra_sync_protocol::wire::{ChangeHash, Cover, Push, PushItem, Receipt};

use super::admission::{Admission, admit, admit_proven, bytes_of};
use super::ahead::Place;
use super::entry::enter;
use super::ledger::Ledger;
use super::log_row::LogRow;
use super::proof::{judge_proven, proof};
use crate::sequencer::{ConnectionId, Submission, Submitter, limits};

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
    pub(super) fn refused(code: Code) -> Self {
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

/// The document behind its gate; none where it is there but couldn't be opened.
pub(super) fn open<'l>(
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
