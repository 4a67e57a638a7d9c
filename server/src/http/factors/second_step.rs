//! The second step of signing in.

use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;
use umbra_server_macros::operation;

use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::auth::begin_session;
use crate::http::body::Body;
use crate::http::journal;
use crate::http::problem::Problem;
use crate::http::welcome::Welcome;
use crate::identity::{Anyone, CeremonyToken, Entry, TypedCode, TypedFactor, resume};
use crate::store::AuditEvent;

/// A code that finishes a sign-in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct CodeBody {
    /// As the password was answered with it.
    ceremony: CeremonyToken,
    /// What the app shows, or one of the recovery codes.
    code: TypedCode,
}

/// Finishes a sign-in by a code of an authenticator app.
#[operation(CodeWrong, CeremonyOver, SignInLocked, AccountDisabled)]
pub(in crate::http) async fn totp(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<CodeBody>,
) -> Result<Welcome, Problem> {
    go_on(&app, &address, &body.ceremony, TypedFactor::Totp(body.code)).await
}

/// Finishes a sign-in by a recovery code, which is used up thereby.
#[operation(CodeWrong, CeremonyOver, SignInLocked, AccountDisabled)]
pub(in crate::http) async fn recovery(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<CodeBody>,
) -> Result<Welcome, Problem> {
    go_on(&app, &address, &body.ceremony, TypedFactor::RecoveryCode(body.code)).await
}

async fn go_on(
    app: &App,
    address: &ClientAddress,
    ceremony: &CeremonyToken,
    factor: TypedFactor,
) -> Result<Welcome, Problem> {
    app.throttle.credential_test(address)?;
    let action = match factor {
        TypedFactor::Totp(_) => "totp_use",
        TypedFactor::RecoveryCode(_) => "recovery_code_use",
    };
    match resume(app, ceremony, &factor).await {
        Ok((proven, Entry { device, carrier })) => {
            let user = Some(proven.account().user);
            let event = AuditEvent { actor: user, subject: user, ..AuditEvent::new(action, "ok") };
            journal::note(app, address, event).await?;
            begin_session(app, address, &proven, device, carrier).await
        }
        Err(refused) => {
            journal::note(app, address, journal::refused(&refused, action)).await?;
            Err(refused.problem)
        }
    }
}

/// A ceremony to give up.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct CancelBody {
    ceremony: CeremonyToken,
}

/// Gives a ceremony of any kind up, by who has its token: all stays as it was. Whether
/// there was one isn't told.
#[operation()]
pub(in crate::http) async fn cancel(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<CancelBody>,
) -> Result<NoContent, Problem> {
    app.throttle.credential_test(&address)?;
    if let Some(hash) = body.ceremony.hash() {
        app.store.cancel_ceremony(&hash).await?;
    }
    Ok(NoContent)
}
