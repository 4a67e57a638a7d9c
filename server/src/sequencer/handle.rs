//! The handle by which the rest of the server reaches the sequencer.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use umbra_sync_protocol::gate::Code;
use umbra_sync_protocol::wire::{Command, Push, Verdict, Verdicts};

use super::{Fanout, Governance, Pushed, Rejection, Reply, Request, Submission, Submitter, limits};
use crate::store::Store;

/// Gives everything that changes a space its place in the space's log. Cheap to
/// clone.
#[derive(Clone)]
pub struct Sequencer {
    queue: mpsc::Sender<Waiting>,
}

/// A submission that waits, and where its answer goes.
#[expect(dead_code, reason = "the loop that reads them lands next")]
pub(super) struct Waiting {
    pub(super) submission: Submission,
    pub(super) answer: oneshot::Sender<Reply>,
}

impl Sequencer {
    /// Starts it over this database. It ends when the last handle is dropped and
    /// what waited is written.
    pub fn start(store: Store, fanout: Arc<dyn Fanout>) -> Self {
        let (queue, _waiting) = mpsc::channel(limits::QUEUE_SUBMISSIONS_MAX);
        let _ = (store, fanout);
        Self { queue }
    }

    /// Has changes judged. The verdicts come when those accepted are durable; where
    /// too much waits already, all are refused as `busy` at once.
    pub async fn push(&self, by: Submitter, push: Push) -> Pushed {
        let (id, chunks) = (push.id, push.items.iter().map(|item| item.chunks.len()).sum());
        match self.submit(by, Request::Push(push)).await {
            Some(Reply::Pushed(pushed)) => pushed,
            Some(Reply::Done(_)) | None => busy(id, chunks),
        }
    }

    /// Carries out a command from a client.
    ///
    /// # Errors
    /// [`Rejection`] says why not.
    pub async fn command(&self, by: Submitter, command: Command) -> Result<(), Rejection> {
        self.done(by, Request::Command(command)).await
    }

    /// Changes who is in a space, or ends it.
    ///
    /// # Errors
    /// [`Rejection`] says why not.
    pub async fn govern(&self, by: Submitter, what: Governance) -> Result<(), Rejection> {
        self.done(by, Request::Governance(what)).await
    }

    async fn done(&self, by: Submitter, request: Request) -> Result<(), Rejection> {
        match self.submit(by, request).await {
            Some(Reply::Done(done)) => done,
            Some(Reply::Pushed(_)) | None => Err(Rejection::Busy),
        }
    }

    async fn submit(&self, by: Submitter, request: Request) -> Option<Reply> {
        let (answer, answered) = oneshot::channel();
        let submission = Submission { by, request };
        self.queue.try_send(Waiting { submission, answer }).ok()?;
        answered.await.ok()
    }
}

fn busy(id: u32, chunks: usize) -> Pushed {
    let verdict = Verdict::Refused {
        hash: None,
        code: Code::Busy.as_str().to_owned(),
        path: None,
        rule: None,
        permanent: Code::Busy.permanent(),
    };
    let verdicts = Verdicts { id, verdicts: vec![verdict; chunks], covers: Vec::new() };
    Pushed { verdicts, equivocated: false }
}
