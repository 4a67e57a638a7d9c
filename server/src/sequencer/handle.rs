//! The handle by which the rest of the server reaches the sequencer.

use std::sync::Arc;

use metrics::counter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use umbra_model::{DocId, Millis, SpaceId};
use umbra_sync_protocol::gate::Code;
use umbra_sync_protocol::wire::{Command, Push, Verdict, Verdicts};

use super::bus::Bus;
use super::seal::Seal;
use super::shelf::Shelf;
use super::shell::Shell;
use super::{
    Fanout, Governance, Pushed, Rejection, Reply, Request, Revocation, Submission, Submitter,
    limits,
};
use crate::store::Store;

/// Gives everything that changes a space its place in the space's log. Cheap to
/// clone.
#[derive(Clone)]
pub struct Sequencer {
    queue: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
    fanout: Arc<dyn Fanout>,
    bus: Bus,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// A submission that waits, and where its answer goes.
pub(super) struct Waiting {
    pub(super) submission: Submission,
    pub(super) answer: oneshot::Sender<Reply>,
    room: OwnedSemaphorePermit,
}

impl Waiting {
    /// About how many bytes it has.
    pub(super) fn bytes(&self) -> usize {
        self.room.num_permits()
    }
}

impl Sequencer {
    /// Starts it over this database; on PostgreSQL also the word to and from other
    /// nodes. It ends when the last handle is dropped, or by [`close`](Self::close).
    pub fn start(store: Store, fanout: Arc<dyn Fanout>) -> Self {
        let (queue, waiting) = mpsc::channel(limits::QUEUE_SUBMISSIONS_MAX);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let bus = Bus::start(&store, &fanout, &stop, &tasks);
        let shell = Shell {
            seal: Arc::new(Seal::new(&store.meta().receipt_key)),
            store,
            fanout: Arc::clone(&fanout),
            bus: bus.clone(),
            shelf: Shelf::new(limits::SHELF_BYTES_MAX),
        };
        tasks.spawn(shell.run(waiting, stop.clone()));
        tasks.close();
        let room = Arc::new(Semaphore::new(limits::QUEUE_BYTES_MAX));
        Self { queue, room, fanout, bus, stop, tasks }
    }

    /// Has changes judged. The verdicts come when those accepted are durable; where
    /// too much waits already, all are refused as `busy` at once.
    pub async fn push(&self, by: Submitter, push: Push) -> Pushed {
        let (id, chunks) = (push.id, chunks_of(&push));
        match self.submit(by, Request::Push(push)).await {
            Some(Reply::Pushed(pushed)) => pushed,
            Some(Reply::Done(_)) | None => refused(id, chunks, Code::Busy),
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

    /// Removes a document, and the comments on it, for good.
    ///
    /// # Errors
    /// [`Rejection`] says why not.
    pub async fn purge_doc(&self, by: Submitter, doc: DocId) -> Result<(), Rejection> {
        self.done(by, Request::PurgeDoc(doc)).await
    }

    /// The same by the server itself, in the name of the space's owner, where the
    /// document has been in the trash since before this moment.
    ///
    /// # Errors
    /// [`Rejection`] says why not.
    pub(crate) async fn expire_doc(
        &self,
        by: Submitter,
        doc: DocId,
        before: Millis,
    ) -> Result<(), Rejection> {
        self.done(by, Request::ExpireDoc(doc, before)).await
    }

    /// Notes that a device has a cursor beyond the end of the space's log, though the
    /// epoch is the same. If it is the owner's, the space is recovering from here on.
    ///
    /// # Errors
    /// [`Rejection`] says why not.
    pub async fn behind(&self, by: Submitter, space: SpaceId, seq: u64) -> Result<(), Rejection> {
        self.done(by, Request::Behind(space, seq)).await
    }

    /// Ends on every node what an account, device or session has open. To be called
    /// when the revocation itself is durable.
    pub fn revoke(&self, revocation: Revocation) {
        self.bus.revoked(revocation);
        self.fanout.revoked(revocation);
    }

    /// Writes what waits, then ends. What is submitted later is refused as busy.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }

    async fn done(&self, by: Submitter, request: Request) -> Result<(), Rejection> {
        match self.submit(by, request).await {
            Some(Reply::Done(done)) => done,
            Some(Reply::Pushed(_)) | None => Err(Rejection::Busy),
        }
    }

    async fn submit(&self, by: Submitter, request: Request) -> Option<Reply> {
        let room = u32::try_from(size(&request)).ok();
        let room = room.and_then(|it| Arc::clone(&self.room).try_acquire_many_owned(it).ok());
        let (answer, answered) = oneshot::channel();
        let sent = room.is_some_and(|room| {
            let submission = Submission { by, request };
            self.queue.try_send(Waiting { submission, answer, room }).is_ok()
        });
        if !sent {
            counter!("umbra_submissions_busy_total").increment(1);
            return None;
        }
        answered.await.ok()
    }
}

/// About how many bytes a request has.
fn size(request: &Request) -> usize {
    const OVERHEAD: usize = 256;
    let Request::Push(push) = request else { return OVERHEAD };
    let chunks = push.items.iter().flat_map(|item| &item.chunks);
    OVERHEAD * (1 + push.items.len()) + chunks.map(|chunk| chunk.len()).sum::<usize>()
}

/// How many changes a push has.
pub(super) fn chunks_of(push: &Push) -> usize {
    push.items.iter().map(|item| item.chunks.len()).sum()
}

/// The same refusal for each change of a push.
pub(super) fn refused(id: u32, chunks: usize, code: Code) -> Pushed {
    let verdict = Verdict::Refused {
        hash: None,
        code: code.as_str().to_owned(),
        path: None,
        rule: None,
        permanent: code.permanent(),
    };
    let verdicts = Verdicts { id, verdicts: vec![verdict; chunks], covers: Vec::new() };
    Pushed { verdicts, equivocated: false }
}
