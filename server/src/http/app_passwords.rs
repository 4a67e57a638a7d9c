//! App passwords: what calendar programs sign in with.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_server_macros::operation;
use uuid::Uuid;

use super::address::ClientAddress;
use super::auth::note;
use super::body::Body;
use super::id::At;
use super::openapi::{Created, DisplayName};
use super::problem::{Problem, ProblemCode};
use crate::app::App;
use crate::identity::{Fresh, SignedIn, draw_app_password, fresh_id, short};
use crate::limits::APP_PASSWORDS_PER_USER_MAX;
use crate::store::{AppPassword, StoreError, now};

/// An app password to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAppPasswordBody {
    /// What it is for: 1 to 64 characters.
    #[schemars(with = "DisplayName")]
    name: String,
}

/// An app password, without itself.
#[derive(Serialize, JsonSchema)]
pub(super) struct AppPasswordBody {
    id: Uuid,
    name: String,
    created_at: i64,
    /// When it was last used, within a minute.
    seen_at: Option<i64>,
}

/// An app password that was just made.
#[derive(Serialize, JsonSchema)]
pub(super) struct MadeAppPasswordBody {
    /// The password. It is never shown again; hyphens and case don't matter.
    password: String,
    #[serde(flatten)]
    about: AppPasswordBody,
}

/// The caller's app passwords, the newest first.
#[operation()]
pub(super) async fn list(
    who: SignedIn,
    State(app): State<App>,
) -> Result<Json<Vec<AppPasswordBody>>, Problem> {
    let passwords = app.store.app_passwords(who.user).await?;
    Ok(Json(passwords.into_iter().map(body).collect()))
}

/// Makes an app password, and shows it this once. It opens calendars and todos by
/// CalDAV, and nothing else.
#[operation(TooMany)]
pub(super) async fn create(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    Body(new): Body<NewAppPasswordBody>,
) -> Result<Created<MadeAppPasswordBody>, Problem> {
    let (name, now) = (short(new.name, "name")?, now());
    let (password, hash) = draw_app_password()?;
    let made = AppPassword { id: fresh_id(now)?, name, created_at: now, seen_at: None };
    let kept =
        app.store.create_app_password(who.user, &made, &hash, APP_PASSWORDS_PER_USER_MAX).await;
    kept.map_err(|error| match error {
        StoreError::Taken => {
            Problem::from(ProblemCode::TooMany).detail("revoke passwords that you don't use")
        }
        other => other.into(),
    })?;
    note(&app, "app_password_create", "ok", Some(who.user), &address).await?;
    Ok(Created(MadeAppPasswordBody { password, about: body(made) }))
}

/// Ends one of the caller's app passwords: it opens nothing from here on.
#[operation()]
pub(super) async fn revoke(
    who: SignedIn,
    address: ClientAddress,
    State(app): State<App>,
    At(password): At<Uuid>,
) -> Result<NoContent, Problem> {
    app.store.revoke_app_password(who.user, password).await?;
    note(&app, "app_password_revoke", "ok", Some(who.user), &address).await?;
    Ok(NoContent)
}

fn body(password: AppPassword) -> AppPasswordBody {
    AppPasswordBody {
        id: password.id,
        name: password.name,
        created_at: password.created_at.0,
        seen_at: password.seen_at.map(|at| at.0),
    }
}
