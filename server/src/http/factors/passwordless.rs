//! Doing without a password, and going back to one. Both ways end with an answer of a
//! passkey; until then, and where it is given up, all stays as it was.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;
use umbra_server_macros::operation;
use webauthn_rs::prelude::PublicKeyCredential;

use super::ChallengeBody;
use super::confirm::AnswerBody;
use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::body::Body;
use crate::http::journal;
use crate::http::openapi::Anything;
use crate::http::problem::{Problem, ProblemCode};
use crate::identity::{CeremonyToken, Fresh, TypedPassword, answer, challenge, choose_password};
use crate::store::{CeremonyKind, Session, StoreError};

/// Begins to turn password sign-in off. Asks for fresh authentication, and for two
/// passkeys, or one and recovery codes.
#[operation(PasswordlessOn, CredentialsTooFew, NoPasskey, PasskeysUnavailable)]
pub(in crate::http) async fn begin(
    who: Fresh,
    State(app): State<App>,
) -> Result<Json<ChallengeBody>, Problem> {
    if app.store.factors(who.user).await?.passwordless {
        return Err(ProblemCode::PasswordlessOn.into());
    }
    if !app.store.could_be_passwordless(who.user).await? {
        return Err(ProblemCode::CredentialsTooFew.into());
    }
    Ok(Json(challenge(&app, &who, CeremonyKind::PasswordlessEntry).await?.into()))
}

/// Turns password sign-in off, by a passkey that shows that it works, and forgets the
/// password. Asks for fresh authentication.
#[operation(CeremonyOver, PasskeyRefused, PasskeysUnavailable, PasswordlessOn, CredentialsTooFew)]
pub(in crate::http) async fn finish(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<AnswerBody>,
) -> Result<NoContent, Problem> {
    let entered = enter(&app, &who, &body).await;
    told(&app, &who, &address, "passwordless_on", entered).await
}

async fn enter(app: &App, who: &Session, body: &AnswerBody) -> Result<(), Problem> {
    let kind = CeremonyKind::PasswordlessEntry;
    answer(app, who, kind, &body.ceremony, &body.passkey).await?;
    match app.store.enter_passwordless(who.user).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(ProblemCode::CredentialsTooFew.into()),
        Err(StoreError::Taken) => Err(ProblemCode::PasswordlessOn.into()),
        Err(other) => Err(other.into()),
    }
}

/// Begins to turn password sign-in on again. Asks for fresh authentication.
#[operation(PasswordlessOff, NoPasskey, PasskeysUnavailable)]
pub(in crate::http) async fn begin_leaving(
    who: Fresh,
    State(app): State<App>,
) -> Result<Json<ChallengeBody>, Problem> {
    if !app.store.factors(who.user).await?.passwordless {
        return Err(ProblemCode::PasswordlessOff.into());
    }
    Ok(Json(challenge(&app, &who, CeremonyKind::PasswordlessExit).await?.into()))
}

/// What an authenticator answered, and the new password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct LeaveBody {
    ceremony: CeremonyToken,
    /// As the browser gives it, in JSON.
    #[schemars(with = "Anything")]
    passkey: PublicKeyCredential,
    password: TypedPassword,
}

/// Turns password sign-in on again, with a new password and by a passkey. Asks for fresh
/// authentication.
#[operation(
    PasswordInvalid,
    PasswordWeak,
    CeremonyOver,
    PasskeyRefused,
    PasskeysUnavailable,
    PasswordlessOff,
    Busy
)]
pub(in crate::http) async fn finish_leaving(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<LeaveBody>,
) -> Result<NoContent, Problem> {
    let left = leave(&app, &who, body).await;
    told(&app, &who, &address, "passwordless_off", left).await
}

async fn leave(app: &App, who: &Session, body: LeaveBody) -> Result<(), Problem> {
    let names = [who.user_name.as_str(), who.display_name.as_str()];
    let hash = choose_password(&app.hasher, body.password, &names).await?;
    let kind = CeremonyKind::PasswordlessExit;
    answer(app, who, kind, &body.ceremony, &body.passkey).await?;
    app.store.leave_passwordless(who.user, &hash).await.map_err(|error| match error {
        StoreError::Missing => ProblemCode::PasswordlessOff.into(),
        other => Problem::from(other),
    })
}

async fn told(
    app: &App,
    who: &Session,
    address: &ClientAddress,
    action: &'static str,
    done: Result<(), Problem>,
) -> Result<NoContent, Problem> {
    let outcome = done.as_ref().map_or_else(|problem| problem.code.as_str(), |()| "ok");
    journal::note(app, address, journal::own(who, action, outcome)).await?;
    done.map(|()| NoContent)
}
