//! Changes that come back after a restore, with the receipts that they were given.

use sha2::{Digest, Sha256};
use umbra_sync_protocol::gate::{Author, Code, Judgement};
use umbra_sync_protocol::wire::{Accepted, Bytes, ChangeHash, PushItem};

use super::admission::{Admission, unfounded};
use super::entry::enter;
use super::ledger::Ledger;
use super::log_row::Lost;
use super::push::{Judged, open};
use crate::sequencer::Submitter;
use crate::sequencer::seal::{Seal, SealedChange};

/// The receipts of an item that comes back after a restore, each checked.
pub(super) type Proof = Vec<Option<Lost>>;

/// Checks the receipts, where there are any.
pub(super) fn proof(
    ledger: &Ledger<'_>,
    by: &Submitter,
    item: &PushItem,
) -> Option<Result<Proof, Code>> {
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

pub(super) fn judge_proven(
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
    let unfounded = unfounded(ledger, Some(admission.pen.space()));
    let judgements = judgements.into_iter().map(|it| hoped_for(it, unfounded));
    let with_proof = proven.zip(judgements).map(|((chunk, lost), it)| ((chunk, it), *lost));
    let mut judged = enter(ledger, by, admission, with_proof).into_iter();
    let each = proof.iter().map(|proof| match proof {
        Some(_) => judged.next().unwrap_or_else(|| Judged::refused(Code::Busy)),
        None => Judged::refused(Code::ReceiptInvalid),
    });
    each.collect()
}

/// The gate knows nothing of restores: what it finds to build on nothing may only
/// have come too early.
fn hoped_for(mut judgement: Judgement, unfounded: Code) -> Judgement {
    if let Judgement::Refused { refusal, .. } = &mut judgement
        && refusal.code == Code::MissingDependencies
    {
        refusal.code = unfounded;
    }
    judgement
}

/// The hash of a change: that of all behind the magic bytes and the checksum.
fn chunk_hash(chunk: &[u8]) -> Option<ChangeHash> {
    Some(ChangeHash(Sha256::digest(chunk.get(8..)?).into()))
}
