//! Testing passwords, and what a right one leads to.

use umbra_model::UserId;

use super::attempts::begin_attempt;
use super::ceremony::Begun;
use super::hasher::Verified;
use super::name::LoginName;
use super::password::{Password, TypedPassword};
use super::proof::{Proven, Way};
use super::refused::Refused;
use super::second_factor::{self, Purpose};
use crate::app::App;
use crate::http::{Problem, ProblemCode};
use crate::store::Account;

/// An account whose password was right; which is not enough for all.
#[derive(Debug)]
pub struct RightPassword {
    account: Account,
    key: [u8; 32],
}

/// What a right password leads to.
#[derive(Debug)]
pub enum AfterPassword<P> {
    /// It is enough, and what it was for goes on.
    Proven(Proven, P),
    /// A second factor is to follow.
    SecondFactorNeeded(UserId, Begun),
}

/// The account of this name, if this is its password. What is done, and how long it
/// takes, is the same whether there is such an account or not.
///
/// # Errors
/// That it is wrong, locked or disabled, or that the server is busy; and against whom.
pub async fn test_password(
    app: &App,
    name: &str,
    password: TypedPassword,
) -> Result<RightPassword, Refused> {
    // A name that no account can have is one that no account has.
    let name = LoginName::parse(name).map_or_else(|_| name.to_owned(), |it| it.to_string());
    let key = app.store.lookup_key_of(&name);
    let account = app.store.account_named(&name).await?;
    let user = account.as_ref().map(|account| account.user);
    let refused = |problem: Problem| Refused { user, problem };
    let account = test_password_of(app, &key, account, password).await.map_err(refused)?;
    if account.disabled_at.is_some() {
        app.store.clear_failures(&key).await?;
        return Err(refused(ProblemCode::AccountDisabled.into()));
    }
    Ok(RightPassword { account, key })
}

/// This account, if this is its password. The attempt is counted under the key, and
/// stays so until the caller says otherwise: the password may not be all there is to
/// prove.
///
/// # Errors
/// That it is wrong or locked, or that the server is busy.
pub(super) async fn test_password_of(
    app: &App,
    key: &[u8; 32],
    account: Option<Account>,
    password: TypedPassword,
) -> Result<Account, Problem> {
    let password = Password::typed(password.0)?;
    begin_attempt(app, key).await?;
    let stored = account.as_ref().and_then(|account| account.password_hash.clone());
    let verified = match app.hasher.verify(password.clone(), stored).await {
        Ok(verified) => verified,
        Err(busy) => {
            app.store.take_back_attempt(key).await?;
            return Err(busy.into());
        }
    };
    match (account, verified) {
        (Some(account), Verified::Right { outdated: false }) => Ok(account),
        (Some(account), Verified::Right { outdated: true }) => {
            Ok(rehash(app, account, password).await?)
        }
        (Some(_) | None, Verified::Wrong) | (None, Verified::Right { .. }) => {
            Err(ProblemCode::BadCredentials.into())
        }
    }
}

impl RightPassword {
    /// Goes on with what it was for, or to the second factor. Only a whole proof forgets the
    /// failures before it: else whoever knows the password could try codes for ever.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn go_on<P: Purpose>(
        self,
        app: &App,
        purpose: P,
    ) -> Result<AfterPassword<P>, Problem> {
        let Self { account, key } = self;
        if app.store.factors(account.user).await?.has_totp {
            app.store.take_back_attempt(&key).await?;
            let begun = second_factor::ask(app, &account, purpose).await?;
            return Ok(AfterPassword::SecondFactorNeeded(account.user, begun));
        }
        app.store.clear_failures(&key).await?;
        Ok(AfterPassword::Proven(Proven::by(account, Way::Password), purpose))
    }

    /// It was all that was asked for, of somebody who is signed in already. The failures
    /// before it are forgotten where the account asks for nothing else.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn suffices(self, app: &App) -> Result<(), Problem> {
        if app.store.factors(self.account.user).await?.has_totp {
            Ok(app.store.take_back_attempt(&self.key).await?)
        } else {
            Ok(app.store.clear_failures(&self.key).await?)
        }
    }
}

/// A cheaper hash than new ones is replaced while the password is at hand. If the
/// hashers are busy, that has time until the next sign-in.
async fn rehash(app: &App, mut account: Account, password: Password) -> Result<Account, Problem> {
    if let (Some(old), Ok(new)) = (&account.password_hash, app.hasher.hash(password).await) {
        app.store.rehash_password(account.user, old, &new).await?;
        account.password_hash = Some(new);
    }
    Ok(account)
}
