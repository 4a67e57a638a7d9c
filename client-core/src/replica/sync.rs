//! Syncing.

use crate::error::Result;
use crate::link::{Goal, SyncLock, Syncing};
use crate::replica::{Account, Connection, Progress, Replica, Status, SyncReport};
use crate::session::Tally;
use crate::store::Tx;

impl Replica {
    /// How things stand.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn status(&self) -> Result<Status> {
        let mut engine = self.read().await?;
        let meta = engine.tx.meta().await?;
        let counts = engine.tx.counts().await?;
        let is_signed_out = meta.account.as_ref().is_none_or(|account| account.token.is_none());
        let connection = match SyncLock::look(&self.dir)? {
            _ if is_signed_out => Connection::NeedsSignIn,
            Some(connection) => connection,
            None => Connection::Offline,
        };
        Ok(Status {
            account: meta.account.map(Account::from),
            connection,
            pending: counts.pending,
            commands: counts.commands,
            refused: counts.refused,
            documents: counts.documents,
            spaces: counts.spaces,
            synced: meta.synced,
        })
    }

    /// Syncs until everything is in step: every space current, and every edit judged
    /// but those that must wait for others.
    ///
    /// # Errors
    /// [`crate::Error::Offline`], [`crate::Error::NeedsSignIn`], or
    /// [`crate::Error::Busy`] where another process is syncing.
    pub async fn sync(&self, mut progress: impl FnMut(Progress) + Send) -> Result<SyncReport> {
        let (address, token) = self.credential().await?;
        let lock = SyncLock::take(&self.dir)?;
        let mut teller = Teller::default();
        let mut syncing = Syncing::new(&self.store, address, lock, || self.env()).await?;
        let mut told = |connection, tally| teller.tell(connection, tally, &mut progress);
        syncing.run(&token, Goal::InStep, &mut told).await?;
        Ok(teller.report())
    }

    /// Syncs and stays connected until `stop` is ready: edits of any process on
    /// this replica go out, those of others come in, a lost connection is made
    /// again with growing pauses.
    ///
    /// # Errors
    /// [`crate::Error::NeedsSignIn`], or [`crate::Error::Busy`] where another
    /// process is syncing.
    pub async fn watch(
        &self,
        mut progress: impl FnMut(Progress) + Send,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<SyncReport> {
        let (address, token) = self.credential().await?;
        let lock = SyncLock::take(&self.dir)?;
        let mut teller = Teller::default();
        let mut syncing = Syncing::new(&self.store, address, lock, || self.env()).await?;
        let mut told = |connection, tally| teller.tell(connection, tally, &mut progress);
        tokio::select! {
            ended = syncing.run(&token, Goal::Stopped, &mut told) => ended?,
            // What was under way and not committed never happened.
            () = stop => {}
        }
        Ok(teller.report())
    }
}

/// Tells how far a sync has come, each thing once.
#[derive(Default)]
struct Teller {
    connection: Option<Connection>,
    tally: Tally,
}

impl Teller {
    fn tell(
        &mut self,
        connection: Connection,
        tally: Tally,
        progress: &mut (impl FnMut(Progress) + Send),
    ) {
        let before = std::mem::replace(&mut self.tally, tally);
        if self.connection.replace(connection) != Some(connection) {
            progress(Progress::State(connection));
        }
        let received = |tally: &Tally| tally.documents + tally.entries;
        if received(&tally) != received(&before) {
            let done = received(&tally);
            // How many documents a cold start brings, nobody knows before its end.
            let total = (!tally.is_cold).then_some(done + tally.expected);
            progress(Progress::Received { done, total });
        }
        let judged = |tally: &Tally| tally.accepted + tally.refused + tally.commands;
        if (judged(&tally), tally.waiting) != (judged(&before), before.waiting) {
            let done = judged(&tally);
            progress(Progress::Pushed { done, total: done + tally.waiting });
        }
    }

    fn report(&self) -> SyncReport {
        let Tally { documents, entries, accepted, refused, commands, purged, .. } = self.tally;
        SyncReport { documents, entries, accepted, refused, commands, purged }
    }
}
