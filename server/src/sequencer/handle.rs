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
    ///
    /// The call itself takes the place in the queue: what is called first is judged
    /// first, whichever answer is awaited first. So it is for all that follow.
    pub fn push(&self, by: Submitter, push: Push) -> impl Future<Output = Pushed> + Send + use<> {
        let (id, chunks) = (push.id, chunks_of(&push));
        let answered = self.submit(by, Request::Push(push));
        async move {
            match answer(answered).await {
                Some(Reply::Pushed(pushed)) => pushed,
                Some(Reply::Done(_)) | None => refused(id, chunks, Code::Busy),
            }
        }
    }

    /// Carries out a command from a client, or says why not.
    pub fn command(&self, by: Submitter, command: Command) -> impl Done + use<> {
        self.done(by, Request::Command(command))
    }

    /// Changes who is in a space, or ends it, or says why not.
    pub fn govern(&self, by: Submitter, what: Governance) -> impl Done + use<> {
        self.done(by, Request::Governance(what))
    }

    /// Removes a document, and the comments on it, for good, or says why not.
    pub fn purge_doc(&self, by: Submitter, doc: DocId) -> impl Done + use<> {
        self.done(by, Request::PurgeDoc(doc))
    }

    /// The same by the server itself, in the name of the space's owner, where the
    /// document has been in the trash since before this moment.
    pub(crate) fn expire_doc(
        &self,
        by: Submitter,
        doc: DocId,
        before: Millis,
    ) -> impl Done + use<> {
        self.done(by, Request::ExpireDoc(doc, before))
    }

    /// Notes that a device has a cursor beyond the end of the space's log, though the
    /// epoch is the same. If it is the owner's, the space is recovering from here on.
    pub fn behind(&self, by: Submitter, space: SpaceId, seq: u64) -> impl Done + use<> {
        self.done(by, Request::Behind(space, seq))
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

    fn done(&self, by: Submitter, request: Request) -> impl Done + use<> {
        let answered = self.submit(by, request);
        async move {
            match answer(answered).await {
                Some(Reply::Done(done)) => done,
                Some(Reply::Pushed(_)) | None => Err(Rejection::Busy),
            }
        }
    }

    /// Takes a place in the queue, if there is one.
    fn submit(&self, by: Submitter, request: Request) -> Option<oneshot::Receiver<Reply>> {
        let room = u32::try_from(size(&request)).ok();
        let room = room.and_then(|it| Arc::clone(&self.room).try_acquire_many_owned(it).ok());
        let (answer, answered) = oneshot::channel();
        let sent = room.is_some_and(|room| {
            let submission = Submission { by, request };
            self.queue.try_send(Waiting { submission, answer, room }).is_ok()
        });
        if !sent {
            counter!("umbra_submissions_busy_total").increment(1);
        }
        sent.then_some(answered)
    }
}

/// What a command or the like comes to.
pub trait Done: Future<Output = Result<(), Rejection>> + Send + 'static {}

impl<F: Future<Output = Result<(), Rejection>> + Send + 'static> Done for F {}

async fn answer(answered: Option<oneshot::Receiver<Reply>>) -> Option<Reply> {
    answered?.await.ok()
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
