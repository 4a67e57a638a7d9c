//! Giving what was accepted its place in the log.

use automerge::{ROOT, ReadDoc};
use umbra_model::{ActorPrefix, DocId, Kind, Millis, Privacy, SpaceId, UserId};
use umbra_sync_protocol::gate::{Code, DocFacts, Judgement, Refusal};
use umbra_sync_protocol::wire::{Bytes, ChangeHash, Receipt};

use super::DocRow;
use super::admission::Admission;
use super::ledger::{Earlier, Ledger};
use super::log_row::{Change, LogEvent, Lost};
use super::pen::Pen;
use super::push::Judged;
use crate::sequencer::Submitter;
use crate::sequencer::seal::SealedChange;

/// Gives what was accepted its place in the log.
pub(super) fn enter<'i>(
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
    ledger.count_bytes(space, chunk.len() as u64);
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
