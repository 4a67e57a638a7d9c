//! Signing in and out.

use super::AtWork;
use crate::error::{Error, Result};
use crate::link::{Address, DeviceClaim, DeviceCodes, Rest, SignedIn, Told};
use crate::replica::{Account, Replica};
use crate::store::{AccountRow, Tx};

impl Replica {
    /// Who is signed in; nobody before the first sign-in and after signing out.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn account(&self) -> Result<Option<Account>> {
        let account = self.read().await?.tx.meta().await?.account;
        Ok(account.filter(|account| account.token.is_some()).map(Account::from))
    }

    /// Makes the first account of a new server, its administrator, and signs this
    /// device in. `setup_token`: needed from another machine than the server's; the
    /// server's log shows it.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the server has been set up already, or the replica
    /// belongs to another account.
    pub async fn setup(
        &self,
        server: &str,
        name: &str,
        password: &str,
        device: &str,
        setup_token: Option<&str>,
    ) -> Result<Account> {
        self.must_be_empty().await?;
        let address: Address = server.parse()?;
        let rest = Rest::new(address.clone(), None)?;
        let signed_in = rest.setup(name, password, claim(device), setup_token).await?;
        self.begin_session(&address, signed_in).await
    }

    /// Makes an account, where the server lets people do so, and signs this device in.
    ///
    /// # Errors
    /// [`Error::Refused`] where it doesn't, [`Error::Conflict`] where the name is
    /// taken, or the replica belongs to another account.
    pub async fn register(
        &self,
        server: &str,
        name: &str,
        password: &str,
        device: &str,
    ) -> Result<Account> {
        self.must_be_empty().await?;
        let address: Address = server.parse()?;
        let rest = Rest::new(address.clone(), None)?;
        let signed_in = rest.register(name, password, claim(device)).await?;
        self.begin_session(&address, signed_in).await
    }

    /// Signs this device in. `device` is how the person calls it, such as `laptop`.
    /// Signing in again as the same account keeps everything that is here.
    ///
    /// # Errors
    /// [`Error::NeedsSignIn`] where name and password don't match,
    /// [`Error::Conflict`] where the replica belongs to another account.
    pub async fn sign_in(
        &self,
        server: &str,
        name: &str,
        password: &str,
        device: &str,
    ) -> Result<Account> {
        let address: Address = server.parse()?;
        let known = self.known_at(&address).await?;
        let rest = Rest::new(address.clone(), None)?;
        // The device stays the one that it was: its unsynced edits carry its prefix.
        let id = known.as_ref().map(|known| known.device);
        let again = DeviceClaim { id, ..claim(device) };
        let signed_in = match rest.login(name, password, again).await {
            // Somebody else's sign-in, or a device that is no more.
            Err(Error::Refused(_) | Error::Conflict(_)) if id.is_some() => {
                rest.login(name, password, claim(device)).await?
            }
            other => other?,
        };
        self.go_on_as(&address, known, signed_in).await
    }

    /// Signs this device in by a code that the person types in a browser, where they
    /// approve it; `show` is told what to type and where. Waits until they have.
    ///
    /// # Errors
    /// [`Error::Refused`] where somebody denied it, [`Error::NeedsSignIn`] where nobody
    /// approved it in time, [`Error::Conflict`] where the replica belongs to another account.
    pub async fn sign_in_by_browser(
        &self,
        server: &str,
        device: &str,
        show: impl FnOnce(&DeviceCodes),
    ) -> Result<Account> {
        let address: Address = server.parse()?;
        let known = self.known_at(&address).await?;
        let rest = Rest::new(address.clone(), None)?;
        let id = known.as_ref().map(|known| known.device);
        let codes = rest.device_codes(DeviceClaim { id, ..claim(device) }).await?;
        show(&codes);
        let signed_in = approved(&rest, &codes).await?;
        self.go_on_as(&address, known, signed_in).await
    }

    /// Whose replica this is, if it is anybody's; at this server it has to be.
    async fn known_at(&self, address: &Address) -> Result<Option<AccountRow>> {
        let known = self.read().await?.tx.meta().await?.account;
        match known {
            Some(known) if known.server != address.to_string() => Err(belongs(&known)),
            other => Ok(other),
        }
    }

    /// Begins the session, unless the replica is somebody else's.
    async fn go_on_as(
        &self,
        address: &Address,
        known: Option<AccountRow>,
        signed_in: SignedIn,
    ) -> Result<Account> {
        if let Some(known) = &known
            && known.user != signed_in.user
        {
            let token = Some(signed_in.token);
            // The session that was made by mistake isn't left behind.
            let _ = Rest::new(address.clone(), token)?.logout().await;
            return Err(belongs(known));
        }
        self.begin_session(address, signed_in).await
    }

    /// Signs this device out. What is here stays, and can be read and edited; a
    /// sync needs a new sign-in. With no network the sign-in ends here, and the
    /// answer says that the server doesn't know (`false`).
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn sign_out(&self) -> Result<bool> {
        let Ok(rest) = self.rest().await else { return Ok(true) };
        let is_told = match rest.logout().await {
            Ok(()) | Err(Error::NeedsSignIn(_)) => true,
            Err(_) => false,
        };
        let mut engine = self.write().await?;
        let mut meta = engine.tx.meta().await?;
        if let Some(account) = &mut meta.account {
            account.token = None;
        }
        engine.tx.put_meta(&meta).await?;
        engine.tx.commit().await?;
        Ok(is_told)
    }

    /// The account and the token that a connection needs.
    pub(super) async fn credential(&self) -> Result<(Address, String)> {
        let account = self.read().await?.tx.meta().await?.account;
        let nobody = || Error::NeedsSignIn("this device isn't signed in".to_owned());
        let account = account.ok_or_else(nobody)?;
        let token = account.token.ok_or_else(nobody)?;
        Ok((account.server.parse()?, token))
    }

    /// The server's REST interface, as the user.
    pub(super) async fn rest(&self) -> Result<Rest> {
        let (address, token) = self.credential().await?;
        Rest::new(address, Some(token))
    }

    async fn must_be_empty(&self) -> Result<()> {
        match self.read().await?.tx.meta().await?.account {
            Some(account) => Err(belongs(&account)),
            None => Ok(()),
        }
    }

    async fn begin_session(&self, address: &Address, signed_in: SignedIn) -> Result<Account> {
        let mut engine: AtWork = self.write().await?;
        let mut meta = engine.tx.meta().await?;
        let account = AccountRow {
            server: address.to_string(),
            user: signed_in.user,
            name: signed_in.name,
            device: signed_in.device,
            prefix: signed_in.prefix,
            token: Some(signed_in.token),
        };
        meta.account = Some(account.clone());
        engine.tx.put_meta(&meta).await?;
        engine.tx.commit().await?;
        Ok(account.into())
    }
}

/// Waits until somebody has let the device in, for as long as its codes are good. That
/// the network is gone for a moment doesn't matter.
async fn approved(rest: &Rest, codes: &DeviceCodes) -> Result<SignedIn> {
    let waiting = async {
        let mut pause = codes.pause();
        loop {
            tokio::time::sleep(pause).await;
            match rest.ask_device_token(codes).await {
                Ok(Told::SignedIn(signed_in)) => return Ok(*signed_in),
                Ok(Told::SlowDown) => pause = DeviceCodes::longer(pause),
                Ok(Told::Pending) | Err(Error::Offline { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    };
    let in_vain = |_| Error::NeedsSignIn("nobody approved this device in time".to_owned());
    tokio::time::timeout(codes.life(), waiting).await.map_err(in_vain)?
}

fn claim(device: &str) -> DeviceClaim {
    let platform = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    DeviceClaim { id: None, name: device.to_owned(), platform }
}

fn belongs(account: &AccountRow) -> Error {
    let AccountRow { name, server, .. } = account;
    Error::Conflict(format!(
        "this replica belongs to {name} at {server}; use another directory for another account"
    ))
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let AccountRow { server, user, name, device, .. } = row;
        Self { server, user, name, device }
    }
}
