//! Documents: making, reading, editing, finding.

#![expect(clippy::todo, reason = "the signatures land first; others build on them")]

use umbra_model::{DocId, Kind, Millis, Privacy, SpaceId};

use crate::edit::Edit;
use crate::error::Result;
use crate::replica::{Document, Filter, Occurrence, Replica};

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
        todo!()
    }

    /// Makes a document and returns its id. `v`, `createdAt` and other fields that
    /// the machine fills are filled where the kind has them and the edits don't.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the role doesn't reach,
    /// [`crate::Error::Input`] where a field doesn't take its value.
    pub async fn create(&self, space: SpaceId, kind: Kind, edits: Vec<Edit>) -> Result<DocId> {
        let _ = (space, kind, edits);
        todo!()
    }

    /// Makes several edits of one document as one change. `false` where it was
    /// all so already.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the role doesn't reach,
    /// [`crate::Error::Input`] where a field doesn't take its value.
    pub async fn edit(&self, doc: DocId, edits: &[Edit]) -> Result<bool> {
        let _ = (doc, edits);
        todo!()
    }

    /// Edits several documents so that the server accepts all or none of it, such
    /// as when a series is split in two. `label` says what it is, in a few words.
    ///
    /// # Errors
    /// As [`Replica::edit`]; nothing is changed then.
    pub async fn together(&self, label: &str, steps: Vec<Step>) -> Result<()> {
        let _ = (label, steps);
        todo!()
    }

    /// Puts a document into the trash.
    ///
    /// # Errors
    /// As [`Replica::edit`].
    pub async fn trash(&self, doc: DocId) -> Result<bool> {
        let _ = doc;
        todo!()
    }

    /// Takes a document out of the trash.
    ///
    /// # Errors
    /// As [`Replica::edit`].
    pub async fn restore(&self, doc: DocId) -> Result<bool> {
        let _ = doc;
        todo!()
    }

    /// Changes who may see a document; goes to the server with the next sync.
    ///
    /// # Errors
    /// As [`Replica::edit`].
    pub async fn set_privacy(&self, doc: DocId, privacy: Privacy) -> Result<()> {
        let _ = (doc, privacy);
        todo!()
    }

    /// One document.
    ///
    /// # Errors
    /// [`crate::BadInput::NoDocument`] where it isn't here.
    pub async fn get(&self, doc: DocId) -> Result<Document> {
        let _ = doc;
        todo!()
    }

    /// The documents that a person may mean by this, among those of the filter: an
    /// id, the beginning of an id (4 characters or more), or words of the title.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn find(&self, text: &str, filter: &Filter) -> Result<Vec<Document>> {
        let _ = (text, filter);
        todo!()
    }

    /// The documents of a filter.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Document>> {
        let _ = filter;
        todo!()
    }

    /// Full-text search in titles and texts, the best first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn search(&self, text: &str, limit: u32) -> Result<Vec<Document>> {
        let _ = (text, limit);
        todo!()
    }

    /// Events, and todos that start or are due, between two instants, in the order
    /// of their starts. Floating times and whole days are taken in `zone`, an IANA
    /// name.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for an unknown zone.
    pub async fn agenda(&self, from: Millis, to: Millis, zone: &str) -> Result<Vec<Occurrence>> {
        let _ = (from, to, zone);
        todo!()
    }

    /// Writes a comment on a todo or an event.
    ///
    /// # Errors
    /// As [`Replica::create`].
    pub async fn comment(&self, subject: DocId, body: &str) -> Result<DocId> {
        let _ = (subject, body);
        todo!()
    }

    /// The comments on a document, the oldest first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn comments(&self, subject: DocId) -> Result<Vec<Document>> {
        self.list(&Filter { subject: Some(subject), ..Filter::default() }).await
    }
}
