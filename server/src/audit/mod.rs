//! The audit: replays every log from its beginning and proves that what was accepted
//! was permitted when it was accepted, and that everything else in the database is
//! what the logs make it.
//!
//! The log alone is believed, and of it only what holds together: roles come from its
//! membership entries, and each change is judged anew, by a fresh gate, in the role
//! that its author had.

mod chronicle;
mod content;
mod finding;
mod life;
#[cfg(test)]
mod tests;

pub use finding::{Discrepancy, Finding};

use std::collections::BTreeMap;

use umbra_model::{ActorPrefix, DeviceId, SpaceId, UserId};

use self::chronicle::Chronicle;
use crate::sequencer::Seal;
use crate::store::{Store, StoreError, StoredSpace, Tx};

/// The most findings that a report lists.
const FINDINGS_MAX: usize = 10_000;

/// What an audit went through, and what it found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// How many logs were replayed.
    pub spaces: u64,
    /// How many entries they have.
    pub entries: u64,
    /// How many changes were judged anew.
    pub changes: u64,
    /// How many documents were compared.
    pub documents: u64,
    /// What is wrong, the first so many.
    pub findings: Vec<Finding>,
    /// How much is wrong.
    pub wrong: u64,
}

/// What every part of an audit needs.
struct Auditor {
    seal: Seal,
    devices: BTreeMap<DeviceId, (UserId, ActorPrefix)>,
    report: Report,
}

/// Audits the whole database, as it is at one moment. Others may go on using it.
///
/// # Errors
/// Where the database can't be read. What it holds wrongly is in the report.
pub async fn audit(store: &Store) -> Result<Report, StoreError> {
    audit_in(&mut store.snapshot().await?, store).await
}

async fn audit_in(tx: &mut Tx, store: &Store) -> Result<Report, StoreError> {
    let devices = tx.stored_devices().await?;
    let seal = Seal::new(&store.meta().receipt_key);
    let mut auditor = Auditor { seal, devices, report: Report::default() };
    for stray in tx.strays(FINDINGS_MAX).await? {
        let what = Discrepancy::Stray(stray.table);
        auditor.find(Finding { space: stray.space, seq: None, doc: stray.doc, what });
    }
    for space in tx.stored_spaces().await? {
        if space.deleted_at.is_none() {
            auditor.audit_space(tx, &space).await?;
        }
    }
    Ok(auditor.report)
}

impl Auditor {
    async fn audit_space(&mut self, tx: &mut Tx, stored: &StoredSpace) -> Result<(), StoreError> {
        self.report.spaces += 1;
        let space = SpaceId(stored.space);
        let Some(chronicle) = Chronicle::read(self, tx, stored).await? else { return Ok(()) };
        let docs = tx.stored_docs(space).await?;
        for (doc, life) in &chronicle.docs {
            self.report.documents += 1;
            self.audit_doc(tx, &chronicle, *doc, life, docs.get(doc)).await?;
        }
        for doc in docs.keys().filter(|doc| !chronicle.docs.contains_key(doc)) {
            let what = Discrepancy::Stray("documents");
            self.find(Finding { space, seq: None, doc: Some(*doc), what });
        }
        Ok(())
    }

    fn find(&mut self, finding: Finding) {
        self.report.wrong += 1;
        if self.report.findings.len() < FINDINGS_MAX {
            self.report.findings.push(finding);
        }
    }
}
