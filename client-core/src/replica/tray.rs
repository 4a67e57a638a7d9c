//! Refused edits, and undo.

use umbra_model::DocId;

use crate::engine::TakenBack;
use crate::error::{BadInput, Error, Result};
use crate::replica::{RefusedEdit, Replica, Undone};
use crate::store::{Stack, Tray, TrayRow, Tx};

impl Replica {
    /// The refused tray, the oldest first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn refused(&self) -> Result<Vec<RefusedEdit>> {
        let mut engine = self.read().await?;
        let mut refused = Vec::new();
        for row in engine.tx.tray().await? {
            let retriable = engine.is_retriable(&row).await?;
            refused.push(RefusedEdit::new(row, retriable));
        }
        Ok(refused)
    }

    /// One entry of the tray.
    ///
    /// # Errors
    /// [`BadInput::NoRefused`] where there is none of this number.
    pub async fn refused_edit(&self, id: u64) -> Result<RefusedEdit> {
        let refused = self.refused().await?;
        let found = refused.into_iter().find(|refused| refused.id == id);
        Ok(found.ok_or(BadInput::NoRefused(id))?)
    }

    /// Makes a refused edit again, as a fresh edit of the document as it is now;
    /// where it was all or nothing, with all that belongs to it. It leaves the tray;
    /// if it is refused again, it comes back.
    ///
    /// # Errors
    /// [`Error::Refused`] where the role still doesn't reach; it stays in the tray
    /// then. [`Error::Conflict`] where the document is gone.
    pub async fn retry(&self, id: u64) -> Result<DocId> {
        let mut engine = self.write().await?;
        let doc = engine.retry(id).await?;
        engine.tx.commit().await?;
        Ok(doc)
    }

    /// Throws a refused edit away, for good.
    ///
    /// # Errors
    /// [`BadInput::NoRefused`] where there is none of this number.
    pub async fn dismiss(&self, id: u64) -> Result<()> {
        let mut engine = self.write().await?;
        engine.dismiss(id).await?;
        engine.tx.commit().await
    }

    /// Takes back the user's last edit that isn't taken back yet. It is an edit
    /// like any other and may be refused.
    ///
    /// # Errors
    /// [`BadInput::NothingTo`] where there is none,
    /// [`Error::Conflict`] where others have changed all that it touched.
    pub async fn undo(&self) -> Result<Undone> {
        self.take_back(Stack::Undo).await
    }

    /// Makes the edit that was last taken back again.
    ///
    /// # Errors
    /// As [`Replica::undo`].
    pub async fn redo(&self) -> Result<Undone> {
        self.take_back(Stack::Redo).await
    }

    async fn take_back(&self, stack: Stack) -> Result<Undone> {
        let mut engine = self.write().await?;
        let TakenBack { label, documents, skipped } = engine.take_back(stack).await?;
        // Also where nothing was left of it: the step is done with.
        engine.tx.commit().await?;
        if documents.is_empty() {
            let text =
                format!("somebody has changed it since; nothing is left to take back of: {label}");
            return Err(Error::Conflict(text));
        }
        Ok(Undone { label, documents, skipped })
    }
}

impl RefusedEdit {
    fn new(row: TrayRow, retriable: bool) -> Self {
        let edits = row.intents.iter().flat_map(|intent| intent.edits(row.creates)).collect();
        Self {
            id: row.id,
            doc: row.facts.doc,
            space: row.facts.space,
            kind: row.facts.kind,
            title: row.title,
            label: row.label,
            made: row.made,
            refused: row.refused,
            code: row.reason.code,
            path: row.reason.path,
            rule: row.reason.rule,
            reason: row.reason.message,
            edits,
            retriable,
        }
    }
}
