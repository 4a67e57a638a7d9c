//! Passkeys: making, listing, renaming and removing them, and signing in by one.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_server_macros::operation;
use uuid::Uuid;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::ChallengeBody;
use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::auth::begin_session;
use crate::http::body::Body;
use crate::http::id::At;
use crate::http::journal;
use crate::http::openapi::{Anything, Created, DisplayName};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::welcome::Welcome;
use crate::identity::{
    Anyone, Carrier, CeremonyToken, DeviceClaim, Fresh, Registration, SignedIn, begin_ceremony,
    challenge_anybody, fresh_id, new_passkey, passkeys_of, prove_by_passkey, short, take_ceremony,
};
use crate::limits::PASSKEYS_PER_USER_MAX;
use crate::store::{AuditEvent, CeremonyKind, Removal, StoredPasskey, now};

/// A passkey, as its owner sees it.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct PasskeyBody {
    id: Uuid,
    name: String,
    created_at: i64,
    used_at: Option<i64>,
    /// When it showed signs of a copy. It opens nothing from then on: remove it.
    suspect_at: Option<i64>,
}

impl From<StoredPasskey> for PasskeyBody {
    fn from(it: StoredPasskey) -> Self {
        Self {
            id: it.id,
            name: it.name,
            created_at: it.created_at.0,
            used_at: it.used_at.map(|at| at.0),
            suspect_at: it.suspect_at.map(|at| at.0),
        }
    }
}

/// The caller's passkeys, the oldest first.
#[operation()]
pub(in crate::http) async fn list(
    who: SignedIn,
    State(app): State<App>,
) -> Result<Json<Vec<PasskeyBody>>, Problem> {
    let passkeys = app.store.passkeys(who.user).await?;
    Ok(Json(passkeys.into_iter().map(PasskeyBody::from).collect()))
}

/// Begins to make a passkey. Asks for fresh authentication.
#[operation(PasskeysUnavailable, TooMany)]
pub(in crate::http) async fn begin(
    who: Fresh,
    State(app): State<App>,
) -> Result<Json<ChallengeBody>, Problem> {
    let existing = app.store.passkeys(who.user).await?;
    if i64::try_from(existing.len()).unwrap_or(i64::MAX) >= PASSKEYS_PER_USER_MAX {
        return Err(too_many());
    }
    let (options, state) = passkeys_of(&app)?.begin_registration(&who, &existing)?;
    let options = serde_json::to_value(&options).map_err(|error| Problem::internal(&error))?;
    let kind = CeremonyKind::PasskeyRegistration;
    let begun = begin_ceremony(&app, kind, (&*who).into(), &state).await?;
    Ok(Json(ChallengeBody { begun, options }))
}

/// What an authenticator made, and how its owner calls it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct FinishBody {
    ceremony: CeremonyToken,
    /// How its owner calls it.
    #[schemars(with = "DisplayName")]
    name: String,
    /// As the browser gives it, in JSON.
    #[schemars(with = "Anything")]
    passkey: RegisterPublicKeyCredential,
}

/// Adds the passkey that an authenticator made; 201. Asks for fresh authentication.
#[operation(CeremonyOver, PasskeyInvalid, PasskeysUnavailable, Taken, TooMany)]
pub(in crate::http) async fn finish(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<FinishBody>,
) -> Result<Created<PasskeyBody>, Problem> {
    let name = short(body.name, "name")?;
    let state: Registration =
        take_ceremony(&app, CeremonyKind::PasskeyRegistration, (&*who).into(), &body.ceremony)
            .await?;
    let made = passkeys_of(&app)?.finish_registration(&state, &body.passkey);
    let made = made.map_err(|error| {
        tracing::info!(%error, "a passkey was not made");
        Problem::from(ProblemCode::PasskeyInvalid)
    })?;
    let passkey = new_passkey(fresh_id(now())?, who.user, name, made, now());
    if !app.store.add_passkey(&passkey, PASSKEYS_PER_USER_MAX).await? {
        return Err(too_many());
    }
    note(&app, &address, &who, "passkey_add", &passkey.id).await?;
    Ok(Created(PasskeyBody::from(passkey)))
}

/// What a passkey is to be called.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NameBody {
    /// How its owner calls it.
    #[schemars(with = "DisplayName")]
    name: String,
}

/// Gives one of the caller's passkeys another name.
#[operation()]
pub(in crate::http) async fn rename(
    who: SignedIn,
    address: ClientAddress,
    State(app): State<App>,
    At(passkey): At<Uuid>,
    Body(body): Body<NameBody>,
) -> Result<NoContent, Problem> {
    app.store.rename_passkey(who.user, passkey, &short(body.name, "name")?).await?;
    note(&app, &address, &who, "passkey_rename", &passkey).await?;
    Ok(NoContent)
}

/// Removes one of the caller's passkeys. Asks for fresh authentication.
#[operation(CredentialNeeded)]
pub(in crate::http) async fn remove(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    At(passkey): At<Uuid>,
) -> Result<NoContent, Problem> {
    match app.store.remove_passkey(who.user, passkey).await? {
        Removal::Removed => {}
        Removal::Needed => return Err(ProblemCode::CredentialNeeded.into()),
    }
    note(&app, &address, &who, "passkey_remove", &passkey).await?;
    Ok(NoContent)
}

/// Begins to sign in by a passkey. Asks for no name and tells nothing: a page may ask
/// for it while it loads, for the browser to offer passkeys where the name is typed.
#[operation(PasskeysUnavailable)]
pub(in crate::http) async fn begin_sign_in(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
) -> Result<Json<ChallengeBody>, Problem> {
    app.throttle.credential_test(&address)?;
    Ok(Json(challenge_anybody(&app).await?.into()))
}

/// What an authenticator answered, and the device that signs in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct SignInBody {
    ceremony: CeremonyToken,
    /// As the browser gives it, in JSON.
    #[schemars(with = "Anything")]
    passkey: PublicKeyCredential,
    device: DeviceClaim,
    #[serde(default)]
    credential: Carrier,
}

/// Signs in by a passkey, which is both factors at once.
#[operation(PasskeyRefused, PasskeysUnavailable, CeremonyOver, AccountDisabled)]
pub(in crate::http) async fn finish_sign_in(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<SignInBody>,
) -> Result<Welcome, Problem> {
    app.throttle.credential_test(&address)?;
    match prove_by_passkey(&app, &body.ceremony, &body.passkey).await {
        Ok(proven) => begin_session(&app, &address, &proven, body.device, body.credential).await,
        Err(refused) => {
            journal::note(&app, &address, journal::refused(&refused, "passkey_use")).await?;
            Err(refused.problem)
        }
    }
}

fn too_many() -> Problem {
    Problem::from(ProblemCode::TooMany).detail("remove passkeys that you don't use")
}

async fn note(
    app: &App,
    address: &ClientAddress,
    who: &crate::store::Session,
    action: &'static str,
    passkey: &Uuid,
) -> Result<(), Problem> {
    let event = journal::own(who, action, "ok");
    journal::note(app, address, AuditEvent { detail: Some(passkey.to_string()), ..event }).await
}
