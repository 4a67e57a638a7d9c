//! Members and sharing. Who has which role is the server's to say: these
//! commands need the network, but for the list of members.

#![expect(clippy::todo, reason = "the signatures land first; others build on them")]

use umbra_model::{Role, SpaceId};

use crate::error::Result;
use crate::replica::{Member, Replica};

impl Replica {
    /// The members of a space, as last synced, from the greatest role down.
    ///
    /// # Errors
    /// [`crate::BadInput::NoSpace`] where it isn't here.
    pub async fn members(&self, space: SpaceId) -> Result<Vec<Member>> {
        let _ = space;
        todo!()
    }

    /// Lets an account into a space, or changes the role that it has there.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the user may not, [`crate::Error::Input`]
    /// where there is no such account.
    pub async fn share(&self, space: SpaceId, name: &str, role: Role) -> Result<()> {
        let _ = (space, name, role);
        todo!()
    }

    /// Removes a member. Their devices are ordered to purge the space.
    ///
    /// # Errors
    /// As [`Replica::share`].
    pub async fn unshare(&self, space: SpaceId, name: &str) -> Result<()> {
        let _ = (space, name);
        todo!()
    }

    /// Leaves a space.
    ///
    /// # Errors
    /// As [`Replica::share`].
    pub async fn leave(&self, space: SpaceId) -> Result<()> {
        let _ = space;
        todo!()
    }

    /// Deletes a space with all that is in it, for everybody.
    ///
    /// # Errors
    /// As [`Replica::share`].
    pub async fn delete_space(&self, space: SpaceId) -> Result<()> {
        let _ = space;
        todo!()
    }
}
