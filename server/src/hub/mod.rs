//! The live connections of this node, and how word reaches them.
//!
//! The sequencer tells the hub what it committed; the hub puts it into the
//! mailbox of every connection that follows the space and returns. A mailbox is
//! bounded: one that is full only notes which spaces are behind, and its
//! connection catches up from the log. Word from another node is the same note.

mod fanout;
mod line;
mod presence;
mod registration;
mod registry;

pub use line::{Doom, Line, Mail};
pub use registration::{Registration, TooManySockets};

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::time::timeout;
use umbra_model::{SpaceId, UserId};

use crate::limits::CLOSE_TIMEOUT;
use crate::sequencer::{ConnectionId, Revocation};
use registry::Registry;

/// The live connections of this node.
#[derive(Debug, Default)]
pub struct Hub {
    registry: RwLock<Registry>,
    next: AtomicU64,
}

impl Hub {
    /// One without connections.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the sockets of what opens nothing any more. Returns when they have ended.
    pub async fn revoke(&self, revocation: Revocation) {
        self.end(self.doomed_by(revocation)).await;
    }

    /// The same for several at once.
    pub async fn revoke_all(&self, revocations: &[Revocation]) {
        let lines = revocations.iter().flat_map(|it| self.doomed_by(*it)).collect();
        self.end(lines).await;
    }

    /// Ends the connections of an account that has lost a space. Returns when they
    /// have ended.
    pub async fn lost(&self, space: SpaceId, user: UserId) {
        let lines =
            self.doom(|line| (line.user == user && line.is_open()).then_some(Doom::Lost(space)));
        self.end(lines).await;
    }

    /// The same for everyone who follows a space that is no more.
    pub async fn lost_by_all(&self, space: SpaceId) {
        let lines = self.read().audience(space);
        for line in &lines {
            line.doom(Doom::Lost(space));
        }
        self.end(lines).await;
    }

    /// Ends every connection: the server stops.
    pub async fn close(&self) {
        let lines = self.doom(|_| Some(Doom::GoingAway));
        self.end(lines).await;
    }

    /// How many connections there are.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn doomed_by(&self, revocation: Revocation) -> Vec<Arc<Line>> {
        self.doom(|line| {
            let (meant, doom) = match revocation {
                Revocation::User(user) => (line.user == user, Doom::Revoked),
                Revocation::Device(device) => (line.device == device, Doom::Revoked),
                Revocation::Session(session) => (line.session == session, Doom::Revoked),
                // One that hasn't begun to follow its spaces looks before it does.
                Revocation::Replica(device) => {
                    (line.device == device && line.is_open() && !line.is_purging(), Doom::Purge)
                }
            };
            meant.then_some(doom)
        })
    }

    fn doom(&self, why: impl Fn(&Line) -> Option<Doom>) -> Vec<Arc<Line>> {
        let mut lines = self.read().lines();
        lines.retain(|line| match why(line) {
            Some(doom) => {
                line.doom(doom);
                true
            }
            None => false,
        });
        lines
    }

    /// Waits until these have ended; cuts off those that don't.
    async fn end(&self, lines: Vec<Arc<Line>>) {
        let all = async {
            for line in &lines {
                line.ended().await;
            }
        };
        // Each of them takes at most `CLOSE_TIMEOUT` for its last words.
        if timeout(CLOSE_TIMEOUT + Duration::from_millis(500), all).await.is_err() {
            for line in &lines {
                line.cut();
            }
        }
    }

    fn next_id(&self) -> ConnectionId {
        ConnectionId(self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn read(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Registry> {
        self.registry.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
