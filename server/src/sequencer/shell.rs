//! The loop around the core: gathers what waits, gives it to the core under the
//! locks of the spaces, writes what comes out in one transaction, and only then
//! answers and tells.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use metrics::{counter, gauge, histogram};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use umbra_model::{DocId, Kind};
use umbra_sync_protocol::gate::Code;
use umbra_sync_protocol::wire::Verdict;

use super::bus::Bus;
use super::core::{Decision, DocWrite, Facts, Needs, Open, Settled, decide};
use super::handle::refused;
use super::queue::{Waiting, chunks_of};
use super::seal::Seal;
use super::shelf::Shelf;
use super::{Fanout, Rejection, Reply, Request, Submission, limits};
use crate::store::limits::FOLD_BYTES;
use crate::store::{self, Content, Store, StoreError, Tx};

pub(super) struct Shell {
    pub(super) store: Store,
    pub(super) fanout: Arc<dyn Fanout>,
    pub(super) bus: Bus,
    pub(super) seal: Arc<Seal>,
    pub(super) shelf: Shelf,
    /// To be woken where folding can't wait for its time.
    pub(super) wake_keeper: Arc<Notify>,
}

/// From so many bytes behind its saved document on, a document is folded at once.
const HEAVY_BYTES: u64 = 2 * FOLD_BYTES as u64;

/// Why a batch came to nothing. Its documents are off the shelf, whatever they had
/// become.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A defect of ours, met by some input.
    #[error("judging panicked: {0}")]
    Panicked(#[from] JoinError),
}

impl Shell {
    /// Works until the queue is closed, or `stop` is given and nothing waits.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Waiting>, stop: CancellationToken) {
        loop {
            let first = tokio::select! {
                biased;
                first = queue.recv() => first,
                () = stop.cancelled() => None,
            };
            let Some(first) = first else { break };
            let batch = gather(first, &mut queue);
            self.work(batch).await;
        }
        stop.cancel();
    }

    async fn work(&mut self, batch: Vec<Waiting>) {
        let mut answers = Vec::with_capacity(batch.len());
        let mut submissions = Vec::with_capacity(batch.len());
        for waiting in batch {
            answers.push(waiting.answer);
            submissions.push(waiting.submission);
        }
        histogram!("umbra_commit_submissions").record(submissions.len() as f64);
        let submissions = Arc::new(submissions);
        match self.attempt(&submissions).await {
            Ok(settled) => self.publish(settled, answers),
            Err(failure) => {
                tracing::warn!(%failure, submissions = submissions.len(), "a commit failed");
                self.one_by_one(&submissions, answers).await;
            }
        }
    }

    /// Does again what failed together, each on its own: one of them may be the
    /// cause, and must not harm the others. Where the first attempt was committed
    /// after all, its changes are found to be there.
    async fn one_by_one(
        &mut self,
        submissions: &[Submission],
        answers: Vec<oneshot::Sender<Reply>>,
    ) {
        for (submission, answer) in submissions.iter().zip(answers) {
            let alone = Arc::new(vec![submission.clone()]);
            match self.attempt(&alone).await {
                Ok(settled) => self.publish(settled, vec![answer]),
                Err(failure) => {
                    tracing::error!(%failure, user = %submission.by.user, "a submission failed");
                    counter!("umbra_submissions_failed_total").increment(1);
                    let _ = answer.send(failed(submission, &failure));
                }
            }
        }
    }

    async fn attempt(&mut self, submissions: &Arc<Vec<Submission>>) -> Result<Settled, Failure> {
        let begun = Instant::now();
        let mut needs = Needs::of(submissions);
        let mut homes = self.shelf.homes(needs.docs.keys());
        let mut tx = self.store.begin().await?;
        homes.extend(
            tx.homes(needs.docs.keys().filter(|doc| !homes.contains_key(doc)).copied()).await?,
        );
        needs.locate(&homes);
        let facts = tx.facts(&needs, self.store.meta().restored_at).await?;
        let (open, cold) = self.gather_docs(&mut tx, &needs, &facts).await?;
        let mut decision = self.judge(Arc::clone(submissions), facts, open, cold).await?;
        mend(&mut tx, &mut decision).await?;
        let looked = tx.write(&decision).await?;
        tx.commit().await?;
        histogram!("umbra_commit_seconds").record(begun.elapsed());
        let heavy = |it: &DocWrite| it.row.unfolded_bytes >= HEAVY_BYTES;
        if decision.docs().values().any(heavy) {
            self.wake_keeper.notify_one();
        }
        Ok(decision.settle(&looked))
    }

    /// The documents that are to be changed: those on the shelf, and what the others
    /// hold.
    async fn gather_docs(
        &mut self,
        tx: &mut Tx,
        needs: &Needs,
        facts: &Facts,
    ) -> Result<(Open, BTreeMap<DocId, Cold>), StoreError> {
        let mut open = Open::new();
        let mut cold = Vec::new();
        for doc in &needs.open {
            let Some(row) = facts.docs.get(doc).filter(|row| row.purged_at.is_none()) else {
                continue;
            };
            match self.shelf.take(*doc, row.last_seq) {
                Some(gate) => drop(open.insert(*doc, gate)),
                None => cold.push((row.space, *doc)),
            }
        }
        if cold.is_empty() {
            return Ok((open, BTreeMap::new()));
        }
        let contents = tx.contents(&cold).await?.into_iter().filter_map(|(doc, content)| {
            facts.docs.get(&doc).map(|row| (doc, Cold { kind: row.kind, content }))
        });
        Ok((open, contents.collect()))
    }

    /// Judging is work for a processor, so it is done beside the threads that answer
    /// everybody else.
    async fn judge(
        &self,
        submissions: Arc<Vec<Submission>>,
        facts: Facts,
        mut open: Open,
        cold: BTreeMap<DocId, Cold>,
    ) -> Result<Decision, JoinError> {
        let (seal, now) = (Arc::clone(&self.seal), store::now());
        tokio::task::spawn_blocking(move || {
            open_cold(&mut open, cold);
            decide(&submissions, facts, open, &seal, now)
        })
        .await
    }

    /// Answers come before the news, so that a connection knows what it has by its
    /// own push before it hears of what lies behind it.
    fn publish(&mut self, settled: Settled, answers: Vec<oneshot::Sender<Reply>>) {
        for (reply, answer) in settled.replies.into_iter().zip(answers) {
            count(&reply);
            let _ = answer.send(reply);
        }
        for committed in settled.committed {
            self.bus.committed(&committed);
            self.fanout.committed(committed);
        }
        for kept in settled.open {
            self.shelf.put(kept);
        }
        gauge!("umbra_open_documents_bytes").set(self.shelf.bytes() as f64);
    }
}

/// Opens anew what broke while it was judged, so that the read models are of what
/// was accepted.
async fn mend(tx: &mut Tx, decision: &mut Decision) -> Result<(), StoreError> {
    for (space, doc) in decision.broken() {
        tracing::error!(%doc, "the library failed on a document; it is opened anew");
        counter!("umbra_documents_mended_total").increment(1);
        let mut content = tx.contents(&[(space, doc)]).await?.remove(&doc).unwrap_or_default();
        content.chunks.extend(decision.chunks_of(doc).map(<[u8]>::to_vec));
        let Some(kind) = decision.kind_of(doc) else { continue };
        let gate = content.open(kind).map_err(|it| StoreError::Corrupt(it.to_string()))?;
        decision.mend(doc, gate);
    }
    Ok(())
}

/// A document that isn't on the shelf.
struct Cold {
    kind: Kind,
    content: Content,
}

/// Opens documents, as many as may be in memory at once. What can't be opened is
/// left out, and so is refused for the moment.
fn open_cold(open: &mut Open, cold: BTreeMap<DocId, Cold>) {
    let mut bytes: usize = open.values().map(|gate| gate.memory_bytes()).sum();
    for (doc, cold) in cold {
        if bytes > limits::BATCH_OPEN_BYTES_MAX {
            break;
        }
        match cold.content.open(cold.kind) {
            Ok(gate) => {
                bytes += gate.memory_bytes();
                open.insert(doc, Box::new(gate));
            }
            Err(broken) => tracing::error!(%doc, %broken, "a stored document can't be opened"),
        }
    }
}

/// What waits now, as much as one commit takes.
fn gather(first: Waiting, queue: &mut mpsc::Receiver<Waiting>) -> Vec<Waiting> {
    let mut bytes = first.bytes();
    let mut batch = vec![first];
    while batch.len() < limits::BATCH_SUBMISSIONS_MAX && bytes < limits::BATCH_BYTES_MAX {
        let Ok(next) = queue.try_recv() else { break };
        bytes += next.bytes();
        batch.push(next);
    }
    batch
}

/// The answer to a submission that failed on its own. What makes us panic would do
/// so again, so it is refused for good; all else may pass.
fn failed(submission: &Submission, failure: &Failure) -> Reply {
    let code = match failure {
        Failure::Store(_) => Code::Busy,
        Failure::Panicked(_) => Code::ApplyFailed,
    };
    match &submission.request {
        Request::Push(push) => Reply::Pushed(refused(push.id, chunks_of(push), code)),
        _ => Reply::Done(Err(Rejection::Busy)),
    }
}

fn count(reply: &Reply) {
    let Reply::Pushed(pushed) = reply else { return };
    let mut accepted = 0;
    for verdict in &pushed.verdicts.verdicts {
        match verdict {
            Verdict::Accepted { .. } => accepted += 1,
            Verdict::Refused { code, .. } => {
                counter!("umbra_changes_refused_total", "code" => code.clone()).increment(1);
            }
        }
    }
    counter!("umbra_changes_accepted_total").increment(accepted);
}
