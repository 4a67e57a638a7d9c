//! Recovery codes.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_server_macros::operation;

use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::auth::begin_session;
use crate::http::body::Body;
use crate::http::journal;
use crate::http::problem::Problem;
use crate::http::welcome::Welcome;
use crate::identity::{
    Anyone, Carrier, DeviceClaim, Fresh, RecoveryCode, TypedCode, prove_by_recovery_code,
};
use crate::store::{AuditEvent, now};

/// Recovery codes, shown this once.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct CodesBody {
    recovery_codes: Vec<String>,
}

impl CodesBody {
    pub(super) fn of(codes: &[RecoveryCode]) -> Self {
        Self { recovery_codes: codes.iter().map(RecoveryCode::expose).collect() }
    }
}

/// Draws new recovery codes; those before open nothing any more. Asks for fresh
/// authentication.
#[operation()]
pub(in crate::http) async fn renew(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
) -> Result<Json<CodesBody>, Problem> {
    let codes = RecoveryCode::draw_set()?;
    let hashes: Vec<_> = codes.iter().map(RecoveryCode::hash).collect();
    app.store.replace_recovery_codes(who.user, &hashes, now()).await?;
    journal::note(&app, &address, journal::own(&who, "recovery_codes_renew", "ok")).await?;
    Ok(Json(CodesBody::of(&codes)))
}

/// A recovery code in place of a passkey that was lost.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct RecoverBody {
    name: String,
    code: TypedCode,
    device: DeviceClaim,
    #[serde(default)]
    credential: Carrier,
}

/// Signs in by a recovery code alone, where password sign-in is off. The code is used
/// up. An account with a password gives its codes after the password instead.
#[operation(BadCredentials, SignInLocked, AccountDisabled)]
pub(in crate::http) async fn recover(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<RecoverBody>,
) -> Result<Welcome, Problem> {
    app.throttle.credential_test(&address)?;
    match prove_by_recovery_code(&app, &body.name, &body.code).await {
        Ok(proven) => {
            let user = Some(proven.account().user);
            let event = AuditEvent {
                actor: user,
                subject: user,
                ..AuditEvent::new("recovery_code_use", "ok")
            };
            journal::note(&app, &address, event).await?;
            begin_session(&app, &address, &proven, body.device, body.credential).await
        }
        Err(refused) => {
            journal::note(&app, &address, journal::refused(&refused, "recovery_code_use")).await?;
            Err(refused.problem)
        }
    }
}
