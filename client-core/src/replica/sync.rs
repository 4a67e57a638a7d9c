//! Syncing.

#![expect(clippy::todo, reason = "the signatures land first; others build on them")]

use crate::error::Result;
use crate::replica::{Progress, Replica, Status, SyncReport};

impl Replica {
    /// How things stand.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn status(&self) -> Result<Status> {
        todo!()
    }

    /// Syncs until everything is in step: every edit judged, every space current.
    ///
    /// # Errors
    /// [`crate::Error::Offline`], [`crate::Error::NeedsSignIn`], or
    /// [`crate::Error::Busy`] where another process is syncing.
    pub async fn sync(&self, progress: impl FnMut(Progress) + Send) -> Result<SyncReport> {
        let _ = progress;
        todo!()
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
        progress: impl FnMut(Progress) + Send,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<SyncReport> {
        let _ = (progress, stop);
        todo!()
    }
}
