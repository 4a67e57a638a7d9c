//! What is yet to happen, in the order of a virtual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use umbra_model::SpaceId;
use umbra_server::sequencer::ConnectionId;
use umbra_sync_protocol::session::{Load, Opened, Page};

/// Something that happens at a moment.
pub enum Event {
    Up(ConnectionId),
    Down(ConnectionId),
    /// The server notices that the client is gone.
    Gone(ConnectionId),
    /// The client notices that the server is gone.
    Closed(ConnectionId),
    Commit(usize),
    Open(ConnectionId),
    Opened(ConnectionId, Box<Opened>),
    Load(ConnectionId, Load),
    Page(ConnectionId, Box<Page>),
    News(ConnectionId),
    Hint(usize, SpaceId),
    Connect(usize),
    /// The client ends its connection.
    Leave(usize),
    Tick(usize),
}

/// The queue's order: time, then the order in which events were put there.
struct Timed(Reverse<(i64, u64)>, Event);

impl PartialEq for Timed {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Timed {}

impl PartialOrd for Timed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

/// More than any history needs: beyond it, something goes round in circles.
const EVENTS_MAX: u64 = 400_000;

/// All that is yet to happen.
#[derive(Default)]
pub struct Queue {
    heap: BinaryHeap<Timed>,
    events: u64,
}

impl Queue {
    pub fn put(&mut self, at: i64, event: Event) {
        self.events += 1;
        self.heap.push(Timed(Reverse((at, self.events)), event));
    }

    /// What happens next, and when.
    pub fn next(&mut self) -> Option<(i64, Event)> {
        assert!(self.events < EVENTS_MAX, "it never comes to rest");
        self.heap.pop().map(|Timed(Reverse((at, _)), event)| (at, event))
    }

    /// The same, if it happens by then.
    pub fn next_until(&mut self, until: i64) -> Option<(i64, Event)> {
        let is_due = self.heap.peek().is_some_and(|Timed(Reverse((at, _)), _)| *at <= until);
        if is_due { self.next() } else { None }
    }
}
