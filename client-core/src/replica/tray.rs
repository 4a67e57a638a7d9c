//! Refused edits, and undo.

#![expect(clippy::todo, reason = "the signatures land first; others build on them")]

use umbra_model::DocId;

use crate::error::Result;
use crate::replica::{RefusedEdit, Replica, Undone};

impl Replica {
    /// The refused tray, the oldest first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn refused(&self) -> Result<Vec<RefusedEdit>> {
        todo!()
    }

    /// One entry of the tray.
    ///
    /// # Errors
    /// [`crate::BadInput::NoRefused`] where there is none of this number.
    pub async fn refused_edit(&self, id: u64) -> Result<RefusedEdit> {
        let _ = id;
        todo!()
    }

    /// Makes a refused edit again, as a fresh edit of the document as it is now.
    /// It leaves the tray; if it is refused again, it comes back.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the role still doesn't reach; it stays in
    /// the tray then.
    pub async fn retry(&self, id: u64) -> Result<DocId> {
        let _ = id;
        todo!()
    }

    /// Throws a refused edit away, for good.
    ///
    /// # Errors
    /// [`crate::BadInput::NoRefused`] where there is none of this number.
    pub async fn dismiss(&self, id: u64) -> Result<()> {
        let _ = id;
        todo!()
    }

    /// Takes back the user's last edit that isn't taken back yet. It is an edit
    /// like any other and may be refused.
    ///
    /// # Errors
    /// [`crate::BadInput::NothingTo`] where there is none,
    /// [`crate::Error::Conflict`] where others have changed all that it touched.
    pub async fn undo(&self) -> Result<Undone> {
        todo!()
    }

    /// Makes the edit that was last taken back again.
    ///
    /// # Errors
    /// As [`Replica::undo`].
    pub async fn redo(&self) -> Result<Undone> {
        todo!()
    }
}
