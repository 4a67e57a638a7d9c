//! Proving anew who one is, for what asks for it.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;
use umbra_server_macros::operation;
use webauthn_rs::prelude::PublicKeyCredential;

use super::ChallengeBody;
use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::body::Body;
use crate::http::journal;
use crate::http::openapi::Anything;
use crate::http::problem::Problem;
use crate::identity::{
    CeremonyToken, SignedIn, TypedCode, TypedFactor, TypedPassword, answer, challenge,
    confirm_by_password,
};
use crate::store::{CeremonyKind, now};

/// A password, and a second factor where the account has one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct PasswordBody {
    password: TypedPassword,
    /// What the app shows.
    totp: Option<TypedCode>,
    /// In its place.
    recovery_code: Option<TypedCode>,
}

/// Confirms by password that it's you. For ten minutes, sensitive actions don't ask
/// again.
#[operation(BadCredentials, SecondFactorNeeded, CodeWrong, SignInLocked, PasswordInvalid, Busy)]
pub(in crate::http) async fn by_password(
    who: SignedIn,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<PasswordBody>,
) -> Result<NoContent, Problem> {
    app.throttle.credential_test(&address)?;
    let code = body.recovery_code.map(TypedFactor::RecoveryCode);
    let factor = body.totp.map(TypedFactor::Totp).or(code);
    let confirmed = confirm_by_password(&app, &who, body.password, factor).await;
    told(&app, &who, &address, confirmed).await
}

/// Begins to confirm by a passkey.
#[operation(NoPasskey, PasskeysUnavailable)]
pub(in crate::http) async fn begin_passkey(
    who: SignedIn,
    address: ClientAddress,
    State(app): State<App>,
) -> Result<Json<ChallengeBody>, Problem> {
    app.throttle.credential_test(&address)?;
    let challenge = challenge(&app, &who, CeremonyKind::PasskeyConfirmation).await?;
    Ok(Json(challenge.into()))
}

/// What an authenticator answered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct AnswerBody {
    pub(super) ceremony: CeremonyToken,
    /// As the browser gives it, in JSON.
    #[schemars(with = "Anything")]
    pub(super) passkey: PublicKeyCredential,
}

/// Confirms by a passkey that it's you.
#[operation(PasskeyRefused, CeremonyOver, PasskeysUnavailable)]
pub(in crate::http) async fn finish_passkey(
    who: SignedIn,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<AnswerBody>,
) -> Result<NoContent, Problem> {
    app.throttle.credential_test(&address)?;
    let kind = CeremonyKind::PasskeyConfirmation;
    let answered = answer(&app, &who, kind, &body.ceremony, &body.passkey).await;
    let confirmed = match answered {
        Ok(()) => app.store.refresh_session(who.id, now()).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    told(&app, &who, &address, confirmed).await
}

async fn told(
    app: &App,
    who: &SignedIn,
    address: &ClientAddress,
    confirmed: Result<(), Problem>,
) -> Result<NoContent, Problem> {
    let outcome = confirmed.as_ref().map_or_else(|problem| problem.code.as_str(), |()| "ok");
    journal::note(app, address, journal::own(who, "confirm", outcome)).await?;
    confirmed.map(|()| NoContent)
}
