//! What waits for the next commit, within a bound of number and bytes.

use std::sync::Arc;

use metrics::counter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use umbra_sync_protocol::wire::Push;

use super::{Rejection, Reply, Request, Submission, Submitter, limits};

/// Where submissions wait. Cheap to clone; the last one closes the queue.
#[derive(Clone)]
pub(super) struct Queue {
    sender: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
}

/// The same, that doesn't keep it open.
pub(super) struct WeakQueue {
    sender: mpsc::WeakSender<Waiting>,
    room: Arc<Semaphore>,
}

/// A submission that waits, and where its answer goes.
pub(super) struct Waiting {
    pub(super) submission: Submission,
    pub(super) answer: oneshot::Sender<Reply>,
    room: OwnedSemaphorePermit,
}

/// An answer that is to come; none where there was no room.
pub(super) type Awaited = Option<oneshot::Receiver<Reply>>;

impl Queue {
    pub(super) fn new() -> (Self, mpsc::Receiver<Waiting>) {
        let (sender, waiting) = mpsc::channel(limits::QUEUE_SUBMISSIONS_MAX);
        (Self { sender, room: Arc::new(Semaphore::new(limits::QUEUE_BYTES_MAX)) }, waiting)
    }

    pub(super) fn downgrade(&self) -> WeakQueue {
        WeakQueue { sender: self.sender.downgrade(), room: Arc::clone(&self.room) }
    }

    /// Takes a place in the queue, if there is one, now.
    pub(super) fn submit(&self, by: Submitter, request: Request) -> Awaited {
        let room = u32::try_from(size(&request)).ok();
        let room = room.and_then(|it| Arc::clone(&self.room).try_acquire_many_owned(it).ok());
        let (answer, answered) = oneshot::channel();
        let sent = room.is_some_and(|room| {
            let submission = Submission { by, request };
            self.sender.try_send(Waiting { submission, answer, room }).is_ok()
        });
        if !sent {
            counter!("umbra_submissions_busy_total").increment(1);
        }
        sent.then_some(answered)
    }
}

impl WeakQueue {
    pub(super) fn upgrade(&self) -> Option<Queue> {
        Some(Queue { sender: self.sender.upgrade()?, room: Arc::clone(&self.room) })
    }
}

impl Waiting {
    /// About how many bytes it has.
    pub(super) fn bytes(&self) -> usize {
        self.room.num_permits()
    }
}

/// Waits for the answer to anything but a push.
pub(super) async fn done(awaited: Awaited) -> Result<(), Rejection> {
    match answer(awaited).await {
        Some(Reply::Done(done)) => done,
        Some(Reply::Pushed(_)) | None => Err(Rejection::Busy),
    }
}

/// Waits for the answer; none where there was no room, or the sequencer ended.
pub(super) async fn answer(awaited: Awaited) -> Option<Reply> {
    awaited?.await.ok()
}

/// How many changes a push has.
pub(crate) fn chunks_of(push: &Push) -> usize {
    push.items.iter().map(|item| item.chunks.len()).sum()
}

/// About how many bytes a request has.
fn size(request: &Request) -> usize {
    const OVERHEAD: usize = 256;
    let Request::Push(push) = request else { return OVERHEAD };
    let chunks = push.items.iter().flat_map(|item| &item.chunks);
    OVERHEAD * (1 + push.items.len()) + chunks.map(|chunk| chunk.len()).sum::<usize>()
}
