//! What an account has to prove who its owner is.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use umbra_server_macros::operation;

use super::passkeys::PasskeyBody;
use crate::app::App;
use crate::http::problem::Problem;
use crate::identity::SignedIn;

/// With what the account can be signed in to.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct SummaryBody {
    /// Whether it has a password.
    has_password: bool,
    /// Whether password sign-in is off.
    passwordless: bool,
    /// When one-time codes were set up; null where they aren't.
    totp_enrolled_at: Option<i64>,
    /// Recovery codes that weren't used yet.
    recovery_codes_left: i64,
    /// Its passkeys, the oldest first.
    passkeys: Vec<PasskeyBody>,
    /// Until when sensitive actions don't ask again who one is; past where they do.
    fresh_until: i64,
}

/// What the caller's account has to prove who its owner is.
#[operation()]
pub(in crate::http) async fn summary(
    who: SignedIn,
    State(app): State<App>,
) -> Result<Json<SummaryBody>, Problem> {
    let summary = app.store.security_summary(who.user).await?;
    let passkeys = app.store.passkeys(who.user).await?;
    let fresh_for = i64::try_from(crate::limits::FRESH_FOR.as_millis()).unwrap_or(i64::MAX);
    Ok(Json(SummaryBody {
        has_password: summary.has_password,
        passwordless: summary.passwordless,
        totp_enrolled_at: summary.totp_enrolled_at,
        recovery_codes_left: summary.recovery_codes_left,
        passkeys: passkeys.into_iter().map(PasskeyBody::from).collect(),
        fresh_until: who.fresh_at.0.saturating_add(fresh_for),
    }))
}
