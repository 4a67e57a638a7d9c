//! Accounts and passwords as they are chosen.

use umbra_model::UserId;

use super::fresh_id::fresh_id;
use super::hasher::{Hasher, HashersBusy};
use super::name::{BadName, LoginName};
use super::password::{BadPassword, Password, TypedPassword};
use super::short_text::{BadText, short};
use crate::http::{Problem, ProblemCode};
use crate::store::{Account, now};

/// Why an account can't be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CannotCreate {
    /// The name can't be one.
    #[error(transparent)]
    Name(#[from] BadName),
    /// The password can't be one.
    #[error(transparent)]
    Password(#[from] BadPassword),
    /// Another text is too long, empty, or holds a control code.
    #[error(transparent)]
    Text(#[from] BadText),
    /// Too many passwords wait to be hashed.
    #[error(transparent)]
    Busy(#[from] HashersBusy),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

/// An account to be made, its password hashed.
///
/// # Errors
/// What is wrong with the name or the password, or that the server is busy.
pub async fn prepare_account(
    hasher: &Hasher,
    name: &str,
    password: TypedPassword,
    display_name: Option<String>,
    admin: bool,
) -> Result<Account, CannotCreate> {
    let name = LoginName::parse(name)?;
    let display_name = match display_name {
        Some(text) => short(text, "display_name")?,
        None => name.to_string(),
    };
    let hash = choose_password(hasher, password, &[name.as_str(), &display_name]).await?;
    Ok(Account {
        user: UserId(fresh_id(now()).map_err(|_| CannotCreate::NoRandomness)?),
        name: name.as_str().to_owned(),
        display_name,
        password_hash: Some(hash),
        admin,
        disabled_at: None,
    })
}

/// The hash of a password that somebody with these names chose.
///
/// # Errors
/// What is wrong with the password, or that the server is busy.
pub async fn choose_password(
    hasher: &Hasher,
    password: TypedPassword,
    names: &[&str],
) -> Result<String, CannotCreate> {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    // Judging it keeps a processor busy for a while.
    let judged = tokio::task::spawn_blocking(move || {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        Password::chosen(password.0, &names)
    });
    let password = judged.await.map_err(|_| HashersBusy)??;
    Ok(hasher.hash(password).await?)
}

impl From<HashersBusy> for Problem {
    fn from(_: HashersBusy) -> Self {
        Self::from(ProblemCode::Busy).retry_after(2)
    }
}

impl From<BadPassword> for Problem {
    fn from(bad: BadPassword) -> Self {
        let code = match bad {
            BadPassword::Weak(_) => ProblemCode::PasswordWeak,
            BadPassword::TooShort | BadPassword::TooLong | BadPassword::HoldsNul => {
                ProblemCode::PasswordInvalid
            }
        };
        Self::from(code).detail(bad.to_string())
    }
}

impl From<CannotCreate> for Problem {
    fn from(error: CannotCreate) -> Self {
        match error {
            CannotCreate::Name(bad) => Self::from(ProblemCode::NameInvalid).detail(bad.to_string()),
            CannotCreate::Password(bad) => bad.into(),
            CannotCreate::Text(bad) => bad.into(),
            CannotCreate::Busy(busy) => busy.into(),
            error @ CannotCreate::NoRandomness => Self::internal(&error),
        }
    }
}
