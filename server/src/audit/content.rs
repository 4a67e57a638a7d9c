//! The second pass: what documents hold. Every change is judged anew by a fresh gate,
//! and what comes of it is compared with what is stored.

use automerge::{Automerge, ReadDoc};
use umbra_model::{ActorPrefix, DocId, Kind, Role};
use umbra_sync_protocol::gate::{Author, DocFacts, GateDoc, Judgement};
use umbra_sync_protocol::wire::Bytes;

use super::chronicle::Chronicle;
use super::life::Life;
use super::{Auditor, Discrepancy};
use crate::sequencer::core::{Change, LogEvent, LogRow, Rendered, render};
use crate::store::{StoreError, StoredDoc, StoredView, Tx, storable};

/// The most changes that are judged in one call.
const TOGETHER_MAX: usize = 64;

/// A change to be judged anew.
struct Replayed {
    seq: u64,
    change: Change,
    author: Author,
    facts: DocFacts,
}

/// What is stored of a document.
struct Stored {
    kind: Kind,
    save: Option<Vec<u8>>,
    view: Option<StoredView>,
    row: StoredDoc,
}

/// Something wrong, and with which entry.
type Wrong = (Option<u64>, Discrepancy);

impl Auditor {
    pub(super) async fn audit_doc(
        &mut self,
        tx: &mut Tx,
        chronicle: &Chronicle,
        doc: DocId,
        life: &Life,
        row: Option<&StoredDoc>,
    ) -> Result<(), StoreError> {
        let Some(row) = row else {
            chronicle.wrong(self, None, Some(doc), Discrepancy::NotThere);
            return Ok(());
        };
        for column in wrong_facts(life, row) {
            chronicle.wrong(self, None, Some(doc), Discrepancy::FactWrong(column));
        }
        if life.purged {
            return Ok(());
        }
        let changes = self.changes(tx, chronicle, doc, life).await?;
        self.report.changes += changes.len() as u64;
        let stored = Stored {
            kind: life.kind,
            save: tx.stored_save(chronicle.space, doc).await?,
            view: tx.stored_view(chronicle.space, doc).await?,
            row: row.clone(),
        };
        // What is stored is unbelieved, and so the library isn't trusted with it.
        let compared = tokio::task::spawn_blocking(move || compare(&changes, &stored)).await;
        let wrong = compared
            .unwrap_or_else(|panic| vec![(None, Discrepancy::Unopenable(panic.to_string()))]);
        for (seq, what) in wrong {
            chronicle.wrong(self, seq, Some(doc), what);
        }
        Ok(())
    }

    /// The changes of a document, each with its author as they were then. What can't
    /// be read was reported by the first pass.
    async fn changes(
        &self,
        tx: &mut Tx,
        chronicle: &Chronicle,
        doc: DocId,
        life: &Life,
    ) -> Result<Vec<Replayed>, StoreError> {
        let records = tx.stored_changes(chronicle.space, doc).await?;
        let rows = records.into_iter().filter_map(|record| LogRow::try_from(record).ok());
        let changes = rows.filter_map(|row| {
            let LogEvent::Change(change) = row.event else { return None };
            let device = row.by.device.and_then(|device| self.devices.get(&device));
            // Of a device that is gone with its account, the actor says the prefix.
            let prefix = device.map(|(_, prefix)| *prefix);
            let prefix = prefix.or(ActorPrefix::of_actor(&change.actor))?;
            let role = row.by.role.unwrap_or(Role::Viewer);
            let author = Author { user: row.by.user, prefix, role };
            let facts = chronicle.facts_at(doc, life, row.seq);
            Some(Replayed { seq: row.seq, change, author, facts })
        });
        Ok(changes.collect())
    }
}

/// The columns of a document that aren't as its course makes them.
fn wrong_facts(life: &Life, row: &StoredDoc) -> Vec<&'static str> {
    let is = |number: i64, seq: u64| i64::try_from(seq) == Ok(number);
    let facts = [
        ("kind", row.kind == life.kind.as_str()),
        ("creator_id", row.creator_id == life.creator.0),
        ("privacy", row.privacy == life.privacy().as_str()),
        ("created_seq", is(row.created_seq, life.created_seq)),
        ("last_seq", is(row.last_seq, life.last_seq)),
        ("purged_at", row.purged_at.is_some() == life.purged),
    ];
    facts.into_iter().filter(|(_, right)| !right).map(|(column, _)| column).collect()
}

fn compare(changes: &[Replayed], stored: &Stored) -> Vec<Wrong> {
    let mut wrong = wrong_counts(changes, stored);
    let saved = match stored.save.as_deref().map(Automerge::load).transpose() {
        Ok(saved) => saved,
        Err(error) => {
            wrong.push((None, Discrepancy::Unopenable(error.to_string())));
            None
        }
    };
    let mut gate = GateDoc::new(stored.kind);
    for alike in changes.chunk_by(Replayed::is_like).flat_map(|alike| alike.chunks(TOGETHER_MAX)) {
        wrong.extend(replay(&mut gate, alike, saved.as_ref()));
    }
    let chunks = changes.iter().filter_map(|it| it.change.chunk.as_ref());
    match GateDoc::open(stored.kind, stored.save.as_deref(), chunks.map(|it| it.as_slice())) {
        Ok(opened)
            if (opened.heads(), opened.changes_len()) == (gate.heads(), gate.changes_len()) => {}
        Ok(_) => wrong.push((None, Discrepancy::StateDiffers)),
        Err(broken) => wrong.push((None, Discrepancy::Unopenable(broken.to_string()))),
    }
    let rendered = render(&gate);
    if stored.row.subject != rendered.summary.subject.map(|subject| subject.0) {
        wrong.push((None, Discrepancy::FactWrong("subject")));
    }
    let columns = wrong_view(&rendered, stored.view.as_ref());
    wrong.extend(columns.into_iter().map(|column| (None, Discrepancy::ViewWrong(column))));
    wrong
}

impl Replayed {
    /// Whether the two can be judged in one call.
    fn is_like(&self, other: &Self) -> bool {
        let proven = |it: &Self| it.change.lost.is_some();
        (self.author, self.facts, proven(self)) == (other.author, other.facts, proven(other))
    }
}

/// Judges changes of one author anew.
fn replay(gate: &mut GateDoc, alike: &[Replayed], saved: Option<&Automerge>) -> Vec<Wrong> {
    let Some(Replayed { author, facts, change, .. }) = alike.first() else { return Vec::new() };
    let mut wrong = Vec::new();
    let (mut there, mut chunks) = (Vec::new(), Vec::new());
    for it in alike {
        match chunk_of(&it.change, saved) {
            Some(chunk) => {
                there.push(it);
                chunks.push(chunk);
            }
            None => wrong.push((Some(it.seq), Discrepancy::ChangeMissing)),
        }
    }
    let chunks: Vec<_> = chunks.iter().map(|chunk| chunk.as_slice()).collect();
    let judged = match change.lost {
        Some(_) => gate.judge_proven(&chunks, author),
        None => gate.judge(&chunks, author, facts),
    };
    for (it, judgement) in there.into_iter().zip(judged) {
        let Change { hash, actor, actor_seq, .. } = it.change;
        let what = match judgement {
            right if right == (Judgement::Accepted { hash, actor, actor_seq }) => continue,
            Judgement::Refused { refusal, .. } => {
                let (code, path) = (refusal.code.as_str(), refusal.path);
                Discrepancy::ChangeRefused { code, path }
            }
            _ => Discrepancy::ChangeDiffers,
        };
        wrong.push((Some(it.seq), what));
    }
    wrong
}

/// The bytes of a change: with its row, or in the saved document that it was folded
/// into.
fn chunk_of(change: &Change, saved: Option<&Automerge>) -> Option<Bytes> {
    change.chunk.clone().or_else(|| {
        let change = saved?.get_change_by_hash(&automerge::ChangeHash(change.hash.0))?;
        Some(Bytes::from(change.raw_bytes().to_vec()))
    })
}

/// The numbers by which folding goes.
fn wrong_counts(changes: &[Replayed], Stored { row, save, .. }: &Stored) -> Vec<Wrong> {
    let unfolded = changes.iter().filter_map(|it| it.change.chunk.as_ref());
    let bytes: usize = unfolded.clone().map(|chunk| chunk.len()).sum();
    let is = |number: i64, count: usize| i64::try_from(count) == Ok(number);
    // What is folded lies before what isn't.
    let behind = |it: &Replayed| i64::try_from(it.seq).is_ok_and(|seq| seq > row.saved_seq);
    let parted = changes.iter().all(|it| it.change.chunk.is_some() == behind(it));
    let facts = [
        ("saved_seq", parted && (row.saved_seq > 0) == save.is_some()),
        ("saved_bytes", is(row.saved_bytes, save.as_ref().map_or(0, Vec::len))),
        ("unfolded", is(row.unfolded, unfolded.count())),
        ("unfolded_bytes", is(row.unfolded_bytes, bytes)),
    ];
    let wrong = facts.into_iter().filter(|(_, right)| !right);
    wrong.map(|(column, _)| (None, Discrepancy::FactWrong(column))).collect()
}

/// The columns of a read model that aren't as the document makes them.
fn wrong_view(
    Rendered { json, summary }: &Rendered,
    view: Option<&StoredView>,
) -> Vec<&'static str> {
    let Some(view) = view else { return vec!["json"] };
    let facts = [
        ("json", *view.json == **json),
        ("title", view.title == storable(&summary.title)),
        ("text", view.text == storable(&summary.text)),
        ("starts_at", view.starts_at == summary.starts.map(|at| at.0)),
        ("ends_at", view.ends_at == summary.ends.map(|at| at.0)),
        ("due_at", view.due_at == summary.due.map(|at| at.0)),
        ("done", view.done == summary.done),
        ("repeats", view.repeats == summary.repeats),
        ("deleted_at", view.deleted_at.is_some() == summary.deleted),
    ];
    facts.into_iter().filter(|(_, right)| !right).map(|(column, _)| column).collect()
}
