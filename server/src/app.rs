//! What every handler and every connection has at hand.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use umbra_model::UserId;
use uuid::Uuid;

use crate::config::Config;
use crate::http::{Problem, Throttle};
use crate::hub::Hub;
use crate::identity::{Hasher, KeyRing, Passkeys, Token};
use crate::sequencer::{Revocation, Sequencer};
use crate::settings::Settings;
use crate::store::Store;

/// What every handler and every connection has at hand. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of a running server.
pub struct Parts {
    /// What the operator decided.
    pub config: Config,
    /// The one door to storage.
    pub store: Store,
    /// Where everything that changes a space gets its place in the log.
    pub sequencer: Sequencer,
    /// The live connections.
    pub hub: Arc<Hub>,
    /// Password hashes.
    pub hasher: Hasher,
    /// The keys that encrypt secrets in the database.
    pub keys: KeyRing,
    /// Passkeys; none where the server's origin can't have any.
    pub passkeys: Option<Passkeys>,
    /// Request rates.
    pub throttle: Throttle,
    /// What administrators set.
    pub settings: Settings,
    /// The right to make the first account from another machine.
    pub setup_token: Token,
    /// Exports that may still begin.
    pub exports: Arc<Semaphore>,
    /// When the server started.
    pub started: Instant,
    /// Cancelled when the server stops.
    pub stop: CancellationToken,
    /// Every task that shutting down waits for.
    pub tasks: TaskTracker,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Ends a session, and with it the sockets that hang on it, here and on other
    /// nodes.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_session(&self, id: Uuid) -> Result<(), Problem> {
        self.store.end_session(id).await?;
        self.revoke(Revocation::Session(id)).await;
        Ok(())
    }

    /// Ends every session of an account but this one, and the sockets that hang on
    /// them. Says how many they were.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_sessions(&self, user: UserId, but: Option<Uuid>) -> Result<usize, Problem> {
        let ended = self.store.end_sessions(user, but).await?;
        let ended: Vec<_> = ended.into_iter().map(Revocation::Session).collect();
        ended.iter().for_each(|it| self.sequencer.revoke(*it));
        self.hub.revoke_all(&ended).await;
        Ok(ended.len())
    }

    /// Ends the sockets of what opens nothing any more. Returns when those of this
    /// node have ended.
    pub async fn revoke(&self, revocation: Revocation) {
        self.sequencer.revoke(revocation);
        self.hub.revoke(revocation).await;
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
