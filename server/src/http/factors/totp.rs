//! Setting one-time codes up, and doing away with them.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_server_macros::operation;

use super::recovery::CodesBody;
use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::body::Body;
use crate::http::journal;
use crate::http::problem::{Problem, ProblemCode};
use crate::identity::{
    Begun, CeremonyToken, Fresh, RecoveryCode, TotpSecret, TypedCode, begin_ceremony, context_of,
    qr_svg, take_ceremony,
};
use crate::store::{CeremonyKind, KeyId, SealedTotp, StoreError, now};

/// A secret for an authenticator app, and the ceremony that a code of it finishes.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct EnrolmentBody {
    #[serde(flatten)]
    begun: Begun,
    /// To type into an app.
    secret: String,
    /// The same as a link.
    uri: String,
    /// The same as a QR code, an SVG image.
    qr_svg: String,
}

/// Begins to set one-time codes up. Nothing changes until a code of the new secret has
/// come back. Asks for fresh authentication.
#[operation(TotpEnrolled)]
pub(in crate::http) async fn begin(
    who: Fresh,
    State(app): State<App>,
) -> Result<Json<EnrolmentBody>, Problem> {
    if app.store.factors(who.user).await?.has_totp {
        return Err(ProblemCode::TotpEnrolled.into());
    }
    let internal = |error: &dyn std::error::Error| Problem::internal(error);
    let secret = TotpSecret::draw()?;
    let uri = secret.to_uri(&who.user_name).map_err(|error| internal(&error))?;
    let qr_svg = qr_svg(&uri).map_err(|error| internal(&error))?;
    let sealed = app.keys.seal(secret.expose(), &context_of(who.user));
    let state: (Vec<u8>, KeyId) = sealed.map_err(|error| internal(&error))?;
    let kind = CeremonyKind::TotpEnrolment;
    let begun = begin_ceremony(&app, kind, (&*who).into(), &state).await?;
    Ok(Json(EnrolmentBody { begun, secret: secret.to_base32(), uri, qr_svg }))
}

/// A code of the new secret.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct FinishBody {
    ceremony: CeremonyToken,
    code: TypedCode,
}

/// Sets one-time codes up, and answers with recovery codes, shown this once. A wrong
/// code ends the ceremony. Asks for fresh authentication.
#[operation(CeremonyOver, CodeWrong, TotpEnrolled)]
pub(in crate::http) async fn finish(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<FinishBody>,
) -> Result<Json<CodesBody>, Problem> {
    app.throttle.credential_test(&address)?;
    let enrolled = enrol(&app, &who, &body).await;
    let outcome = enrolled.as_ref().map_or_else(|problem| problem.code.as_str(), |_| "ok");
    journal::note(&app, &address, journal::own(&who, "totp_enrol", outcome)).await?;
    Ok(Json(CodesBody::of(&enrolled?)))
}

async fn enrol(app: &App, who: &Fresh, body: &FinishBody) -> Result<Vec<RecoveryCode>, Problem> {
    let kind = CeremonyKind::TotpEnrolment;
    let (secret, key): (Vec<u8>, KeyId) =
        take_ceremony(app, kind, (&**who).into(), &body.ceremony).await?;
    let opened = app.keys.open_sealed(&secret, &context_of(who.user));
    let Ok(bytes) = opened else {
        // The key was replaced twice meanwhile.
        return Err(ProblemCode::CeremonyOver.into());
    };
    let plain = TotpSecret::of(&bytes).map_err(|error| Problem::internal(&error))?;
    let step = plain.step_of(body.code.expose(), now()).ok_or(ProblemCode::CodeWrong)?;
    let codes = RecoveryCode::draw_set()?;
    let hashes: Vec<_> = codes.iter().map(RecoveryCode::hash).collect();
    let sealed = SealedTotp { user: who.user, secret };
    let enrolled = app.store.enrol_totp(&sealed, key, step, &hashes, now()).await;
    enrolled.map_err(|error| match error {
        StoreError::Taken => ProblemCode::TotpEnrolled.into(),
        other => Problem::from(other),
    })?;
    Ok(codes)
}

/// Does away with one-time codes and, unless the account does without a password, with
/// its recovery codes. Asks for fresh authentication.
#[operation(TotpNotEnrolled)]
pub(in crate::http) async fn remove(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
) -> Result<NoContent, Problem> {
    app.store.remove_totp(who.user).await.map_err(|error| match error {
        StoreError::Missing => ProblemCode::TotpNotEnrolled.into(),
        other => Problem::from(other),
    })?;
    journal::note(&app, &address, journal::own(&who, "totp_remove", "ok")).await?;
    Ok(NoContent)
}
