//! Much at once: import and export.

#![expect(clippy::todo, reason = "the signatures land first; others build on them")]

use crate::error::Result;
use crate::replica::{Import, Imported, Progress, Replica};

impl Replica {
    /// Makes or updates many documents in one transaction: all of them or, on an
    /// error, none. Importing the same again changes nothing. It is one step for
    /// undo.
    ///
    /// # Errors
    /// As [`Replica::create`].
    pub async fn import(
        &self,
        label: &str,
        batch: Vec<Import>,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<Imported> {
        let _ = (label, batch, progress);
        todo!()
    }

    /// Everything here in plain JSON: account, spaces with members, documents with
    /// all their fields, and the refused tray.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn export(&self) -> Result<serde_json::Value> {
        todo!()
    }
}
