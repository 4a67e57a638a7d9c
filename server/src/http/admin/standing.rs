//! Who may sign in, and who governs.

use axum::extract::State;
use axum::response::NoContent;
use umbra_model::UserId;
use umbra_server_macros::operation;

use crate::app::App;
use crate::http::id::At;
use crate::http::problem::{Problem, ProblemCode};
use crate::identity::{FreshAdmin, unlock as unlock_name};
use crate::sequencer::Revocation;
use crate::store::{Standing, now};

/// Keeps an account from signing in, and ends its sessions and sockets, which is done
/// when this is answered. Its spaces stay as they are.
#[operation(LastAdmin)]
pub(in crate::http) async fn disable(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<NoContent, Problem> {
    let standing = app.store.disable(user, now()).await?;
    app.revoke(Revocation::User(user)).await;
    done(standing)
}

/// Lets a disabled account sign in again. Its devices have to do so anew.
#[operation()]
pub(in crate::http) async fn enable(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<NoContent, Problem> {
    done(app.store.enable(user).await?)
}

/// Makes an account an administrator.
#[operation()]
pub(in crate::http) async fn promote(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<NoContent, Problem> {
    done(app.store.promote(user).await?)
}

/// Makes an administrator an account like others, from their next request on.
#[operation(LastAdmin)]
pub(in crate::http) async fn demote(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<NoContent, Problem> {
    done(app.store.demote(user).await?)
}

/// Ends every session of an account, and its sockets, which is done when this is
/// answered.
#[operation()]
pub(in crate::http) async fn sign_out(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<NoContent, Problem> {
    app.store.sign_out_everywhere(user).await?;
    app.revoke(Revocation::User(user)).await;
    Ok(NoContent)
}

/// Lets an account sign in again at once that too many wrong passwords had locked.
#[operation()]
pub(in crate::http) async fn unlock(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<NoContent, Problem> {
    let entry = app.store.user(user).await?;
    unlock_name(&app, &entry.name).await?;
    Ok(NoContent)
}

fn done(standing: Standing) -> Result<NoContent, Problem> {
    match standing {
        Standing::Changed | Standing::Unchanged => Ok(NoContent),
        Standing::LastAdmin => Err(ProblemCode::LastAdmin.into()),
    }
}
