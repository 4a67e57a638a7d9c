//! Spaces: the units of sharing.

#![expect(clippy::todo, reason = "the signatures land first; others build on them")]

use umbra_model::{SpaceId, SpaceKind};

use crate::edit::Edit;
use crate::error::Result;
use crate::replica::{Replica, Space};

impl Replica {
    /// All spaces here, the personal one first, the archived last.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn spaces(&self) -> Result<Vec<Space>> {
        todo!()
    }

    /// One space.
    ///
    /// # Errors
    /// [`crate::BadInput::NoSpace`] where it isn't here.
    pub async fn space(&self, space: SpaceId) -> Result<Space> {
        let _ = space;
        todo!()
    }

    /// The spaces that a person may mean by this: an id, the beginning of an id
    /// (8 characters or more), a name, or the beginning of a name, without regard
    /// to case; an exact name wins over beginnings.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn find_spaces(&self, text: &str) -> Result<Vec<Space>> {
        let _ = text;
        todo!()
    }

    /// Brings a space into being, with or without a network.
    ///
    /// # Errors
    /// [`crate::Error::NeedsSignIn`] before the first sign-in.
    pub async fn create_space(&self, kind: SpaceKind, name: &str) -> Result<SpaceId> {
        let _ = (kind, name);
        todo!()
    }

    /// Gives a space another name.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the role doesn't reach.
    pub async fn rename_space(&self, space: SpaceId, name: &str) -> Result<()> {
        self.edit_space(space, &[Edit::set("name", name)]).await
    }

    /// Puts a space away, or takes it out again.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the role doesn't reach.
    pub async fn archive_space(&self, space: SpaceId, archived: bool) -> Result<()> {
        self.edit_space(space, &[Edit::set("archived", archived)]).await
    }

    /// Edits a space's settings: the fields of its `space` document.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the role doesn't reach.
    pub async fn edit_space(&self, space: SpaceId, edits: &[Edit]) -> Result<()> {
        self.edit(space.into(), edits).await.map(|_| ())
    }
}
