//! Who may sign in, and who governs.

use axum::extract::State;
use axum::http::StatusCode;
use umbra_model::UserId;

use crate::app::App;
use crate::http::id::At;
use crate::http::problem::{Problem, ProblemCode};
use crate::identity::FreshAdmin;
use crate::sequencer::Revocation;
use crate::store::{Standing, now};

/// Keeps an account from signing in, and ends its sessions and sockets, which is done
/// when this is answered. Its spaces stay as they are.
///
/// Answers `not_signed_in`, `admin_only`, `fresh_authentication_needed`, `not_found`, and
/// `last_admin` where nobody would be left to govern.
pub(in crate::http) async fn disable(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<StatusCode, Problem> {
    let standing = app.store.disable(user, now()).await?;
    app.revoke(Revocation::User(user)).await;
    done(standing)
}

/// Lets a disabled account sign in again. Its devices have to do so anew.
///
/// Answers `not_signed_in`, `admin_only`, `fresh_authentication_needed` and `not_found`.
pub(in crate::http) async fn enable(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<StatusCode, Problem> {
    done(app.store.enable(user).await?)
}

/// Makes an account an administrator.
///
/// Answers `not_signed_in`, `admin_only`, `fresh_authentication_needed` and `not_found`.
pub(in crate::http) async fn promote(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<StatusCode, Problem> {
    done(app.store.promote(user).await?)
}

/// Makes an administrator an account like others, from their next request on.
///
/// Answers `not_signed_in`, `admin_only`, `fresh_authentication_needed`, `not_found`, and
/// `last_admin` where nobody would be left to govern.
pub(in crate::http) async fn demote(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<StatusCode, Problem> {
    done(app.store.demote(user).await?)
}

/// Ends every session of an account, and its sockets, which is done when this is
/// answered.
///
/// Answers `not_signed_in`, `admin_only`, `fresh_authentication_needed` and `not_found`.
pub(in crate::http) async fn sign_out(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<StatusCode, Problem> {
    app.store.sign_out_everywhere(user).await?;
    app.revoke(Revocation::User(user)).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets an account sign in again at once that too many wrong passwords had locked.
///
/// Answers `not_signed_in`, `admin_only`, `fresh_authentication_needed` and `not_found`.
pub(in crate::http) async fn unlock(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<StatusCode, Problem> {
    let entry = app.store.user(user).await?;
    app.store.clear_failures(&app.store.lookup_key_of(&entry.name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn done(standing: Standing) -> Result<StatusCode, Problem> {
    match standing {
        Standing::Changed | Standing::Unchanged => Ok(StatusCode::NO_CONTENT),
        Standing::LastAdmin => Err(ProblemCode::LastAdmin.into()),
    }
}
