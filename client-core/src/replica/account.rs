//! Signing in and out.

#![expect(clippy::todo, reason = "the signatures land first; others build on them")]

use crate::error::Result;
use crate::replica::{Account, Replica};

impl Replica {
    /// Who is signed in; nobody before the first sign-in.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn account(&self) -> Result<Option<Account>> {
        todo!()
    }

    /// Makes the first account of a new server, its administrator.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] where the server has been set up already.
    pub async fn setup(server: &str, name: &str, password: &str) -> Result<()> {
        let _ = (server, name, password);
        todo!()
    }

    /// Makes an account, where the server lets people do so.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where it doesn't, [`crate::Error::Conflict`] where
    /// the name is taken.
    pub async fn register(server: &str, name: &str, password: &str) -> Result<()> {
        let _ = (server, name, password);
        todo!()
    }

    /// Signs this device in. `device` is how the person calls it, such as `laptop`.
    /// Signing in again as the same account keeps everything that is here.
    ///
    /// # Errors
    /// [`crate::Error::NeedsSignIn`] where name and password don't match,
    /// [`crate::Error::Conflict`] where the replica belongs to another account.
    pub async fn sign_in(
        &self,
        server: &str,
        name: &str,
        password: &str,
        device: &str,
    ) -> Result<Account> {
        let _ = (server, name, password, device);
        todo!()
    }

    /// Signs this device out. What is here stays, and can be read and edited; a
    /// sync needs a new sign-in. With no network the sign-in ends here, and the
    /// answer says that the server doesn't know (`false`).
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn sign_out(&self) -> Result<bool> {
        todo!()
    }
}
