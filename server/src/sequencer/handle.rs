//! The handle by which the rest of the server reaches the sequencer.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use umbra_model::{DocId, SpaceId};
use umbra_sync_protocol::gate::Code;
use umbra_sync_protocol::wire::{Command, Push, Verdict, Verdicts};

use super::bus::Bus;
use super::keeper::keep;
use super::queue::{Queue, answer, chunks_of, done};
use super::seal::Seal;
use super::shelf::Shelf;
use super::shell::Shell;
use super::{Fanout, Governance, Pushed, Rejection, Reply, Request, Revocation, Submitter, limits};
use crate::store::Store;

/// Gives everything that changes a space its place in the space's log. Cheap to
/// clone.
#[derive(Clone)]
pub struct Sequencer {
    queue: Queue,
    fanout: Arc<dyn Fanout>,
    bus: Bus,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Sequencer {
    /// Starts it over this database, with the job that keeps house; on PostgreSQL also
    /// the word to and from other nodes. It ends when the last handle is dropped, or
    /// by [`close`](Self::close).
    pub fn start(store: Store, fanout: Arc<dyn Fanout>) -> Self {
        let (queue, waiting) = Queue::new();
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let bus = Bus::start(&store, &fanout, &stop, &tasks);
        let wake_keeper = Arc::new(Notify::new());
        let keeper = keep(store.clone(), queue.downgrade(), Arc::clone(&wake_keeper));
        tasks.spawn(stop.clone().run_until_cancelled_owned(keeper));
        let shell = Shell {
            seal: Arc::new(Seal::new(&store.meta().receipt_key)),
            store,
            fanout: Arc::clone(&fanout),
            bus: bus.clone(),
            shelf: Shelf::new(limits::SHELF_BYTES_MAX),
            wake_keeper,
        };
        tasks.spawn(shell.run(waiting, stop.clone()));
        tasks.close();
        Self { queue, fanout, bus, stop, tasks }
    }

    /// Has changes judged. The verdicts come when those accepted are durable; where
    /// too much waits already, all are refused as `busy` at once.
    ///
    /// The call itself takes the place in the queue: what is called first is judged
    /// first, whichever answer is awaited first. So it is for all that follow.
    pub fn push(&self, by: Submitter, push: Push) -> impl Future<Output = Pushed> + Send + use<> {
        let (id, chunks) = (push.id, chunks_of(&push));
        let answered = self.queue.submit(by, Request::Push(push));
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

    /// Where submissions wait.
    #[cfg(test)]
    pub(super) fn queue(&self) -> Queue {
        self.queue.clone()
    }

    fn done(&self, by: Submitter, request: Request) -> impl Done + use<> {
        done(self.queue.submit(by, request))
    }
}

/// What a command or the like comes to.
pub trait Done: Future<Output = Result<(), Rejection>> + Send + 'static {}

impl<F: Future<Output = Result<(), Rejection>> + Send + 'static> Done for F {}

/// The same refusal for each change of a push.
pub(crate) fn refused(id: u32, chunks: usize, code: Code) -> Pushed {
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
