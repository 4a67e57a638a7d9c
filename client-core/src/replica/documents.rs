//! Documents: making, reading, editing.

use umbra_model::{DocId, Kind, Privacy, SpaceId};

use super::fresh_id;
use crate::edit::Edit;
use crate::engine::NewDocument;
use crate::error::{BadInput, Result};
use crate::outbox::GROUP_ITEMS_MAX;
use crate::replica::{Document, Filter, Replica};
use crate::store::{Documents, Tx};

/// A document and what shall change in it.
#[derive(Clone, Debug)]
pub enum Step {
    /// A new document.
    Create {
        /// Its id, from [`Replica::new_id`].
        doc: DocId,
        /// The space it shall live in.
        space: SpaceId,
        /// What it is.
        kind: Kind,
        /// Who may see it.
        privacy: Privacy,
        /// What it says.
        edits: Vec<Edit>,
    },
    /// Edits of one that is there.
    Edit {
        /// The document.
        doc: DocId,
        /// What shall change.
        edits: Vec<Edit>,
    },
}

impl Replica {
    /// A fresh id for a document.
    pub fn new_id(&self) -> DocId {
        DocId(fresh_id())
    }

    /// Makes a document and returns its id. `createdAt` and other fields that the
    /// machine fills are filled where the kind has them and the edits don't.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the role doesn't reach,
    /// [`crate::Error::Input`] where a field doesn't take its value.
    pub async fn create(&self, space: SpaceId, kind: Kind, edits: Vec<Edit>) -> Result<DocId> {
        let doc = self.new_id();
        let mut engine = self.write().await?;
        let part = engine.step(false).await?;
        let privacy = Privacy::Default;
        engine.create(part, NewDocument { doc, space, kind, privacy, edits }).await?;
        engine.tx.commit().await?;
        Ok(doc)
    }

    /// Makes several edits of one document as one change. `false` where it was
    /// all so already.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the role doesn't reach,
    /// [`crate::Error::Input`] where a field doesn't take its value.
    pub async fn edit(&self, doc: DocId, edits: &[Edit]) -> Result<bool> {
        let mut engine = self.write().await?;
        let part = engine.step(false).await?;
        let is_made = engine.edit(part, doc, edits).await?;
        if is_made {
            engine.tx.commit().await?;
        }
        Ok(is_made)
    }

    /// Edits several documents so that the server accepts all or none of it, such
    /// as when a series is split in two. Undo takes it back as one.
    ///
    /// # Errors
    /// As [`Replica::edit`]; nothing is changed then.
    pub async fn together(&self, steps: Vec<Step>) -> Result<()> {
        if steps.len() > GROUP_ITEMS_MAX {
            let text = format!("at most {GROUP_ITEMS_MAX} documents can be edited as one");
            return Err(BadInput::Other(text).into());
        }
        let mut engine = self.write().await?;
        let part = engine.step(true).await?;
        for step in steps {
            match step {
                Step::Create { doc, space, kind, privacy, edits } => {
                    engine.create(part, NewDocument { doc, space, kind, privacy, edits }).await?;
                }
                Step::Edit { doc, edits } => {
                    engine.edit(part, doc, &edits).await?;
                }
            }
        }
        engine.tx.commit().await
    }

    /// Puts a document into the trash. `false` where it is there already.
    ///
    /// # Errors
    /// As [`Replica::edit`].
    pub async fn trash(&self, doc: DocId) -> Result<bool> {
        self.set_trashed(doc, true).await
    }

    /// Takes a document out of the trash. `false` where it isn't in it.
    ///
    /// # Errors
    /// As [`Replica::edit`].
    pub async fn restore(&self, doc: DocId) -> Result<bool> {
        self.set_trashed(doc, false).await
    }

    async fn set_trashed(&self, doc: DocId, trashed: bool) -> Result<bool> {
        let mut engine = self.write().await?;
        let part = engine.step(false).await?;
        let is_made = engine.set_trashed(part, doc, trashed).await?;
        if is_made {
            engine.tx.commit().await?;
        }
        Ok(is_made)
    }

    /// Changes who may see a document. What the server knows of already, it
    /// changes with the next sync.
    ///
    /// # Errors
    /// As [`Replica::edit`].
    pub async fn set_privacy(&self, doc: DocId, privacy: Privacy) -> Result<()> {
        let mut engine = self.write().await?;
        engine.set_privacy(doc, privacy).await?;
        engine.tx.commit().await
    }

    /// One document.
    ///
    /// # Errors
    /// [`BadInput::NoDocument`] where it isn't here.
    pub async fn get(&self, doc: DocId) -> Result<Document> {
        let row = self.read().await?.tx.row(doc).await?.ok_or(BadInput::NoDocument(doc))?;
        Document::new(row, &self.zone)
    }

    /// Writes a comment on a todo or an event.
    ///
    /// # Errors
    /// As [`Replica::create`].
    pub async fn comment(&self, subject: DocId, body: &str) -> Result<DocId> {
        let space = self.get(subject).await?.space;
        let edits = vec![Edit::set("subject", subject.to_string()), Edit::text("body", body)];
        self.create(space, Kind::Comment, edits).await
    }

    /// The comments on a document, the oldest first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn comments(&self, subject: DocId) -> Result<Vec<Document>> {
        self.list(&Filter { subject: Some(subject), ..Filter::default() }).await
    }
}
