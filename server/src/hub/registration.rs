//! A connection's place in the hub.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use umbra_model::SpaceId;

use super::Hub;
use super::line::Line;
use crate::sequencer::ConnectionId;
use crate::store::Session;

/// A connection's place in the hub, given back when it is dropped.
#[derive(Debug)]
pub struct Registration {
    hub: Arc<Hub>,
    line: Arc<Line>,
    follows: Mutex<BTreeSet<SpaceId>>,
}

/// The account has as many sockets as it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the account has as many live connections as it may")]
pub struct TooManySockets;

impl Hub {
    /// Takes a place for a connection of this session, before it is made.
    ///
    /// # Errors
    /// [`TooManySockets`] where the account has so many already.
    pub fn register(
        self: &Arc<Self>,
        session: &Session,
        most: usize,
    ) -> Result<Registration, TooManySockets> {
        let line = Line::new(self.next_id(), session.user, session.device, session.id);
        let line = Arc::new(line);
        let mut registry = self.write();
        if registry.sockets_of(session.user) >= most {
            return Err(TooManySockets);
        }
        registry.add(&line);
        metrics::gauge!("umbra_connections").set(registry.len() as f64);
        drop(registry);
        Ok(Registration { hub: Arc::clone(self), line, follows: Mutex::default() })
    }
}

impl Registration {
    /// The connection as the hub knows it.
    pub fn line(&self) -> &Arc<Line> {
        &self.line
    }

    /// Its number.
    pub fn id(&self) -> ConnectionId {
        self.line.id
    }

    /// The hub.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Follows exactly these spaces. Says whether some of them are new: what was
    /// committed there a moment before may not have been heard.
    pub fn follow(&self, spaces: BTreeSet<SpaceId>) -> bool {
        let mut follows = self.follows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut registry = self.hub.write();
        for gone in follows.difference(&spaces) {
            registry.unfollow(*gone, self.line.id);
        }
        let mut any_new = false;
        for new in spaces.difference(&follows) {
            registry.follow(*new, &self.line);
            any_new = true;
        }
        self.line.set_open();
        *follows = spaces;
        any_new
    }

    /// Follows one more space.
    pub fn follow_also(&self, space: SpaceId) {
        let mut follows = self.follows.lock().unwrap_or_else(PoisonError::into_inner);
        self.hub.write().follow(space, &self.line);
        follows.insert(space);
    }

    /// The spaces that it follows.
    pub fn followed(&self) -> BTreeSet<SpaceId> {
        self.follows.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let follows: Vec<_> = self.followed().into_iter().collect();
        let mut registry = self.hub.write();
        registry.remove(&self.line, &follows);
        metrics::gauge!("umbra_connections").set(registry.len() as f64);
        drop(registry);
        self.line.set_ended();
    }
}
