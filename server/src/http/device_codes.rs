//! Letting a device in by a code (RFC 8628): the device shows a short code, somebody who
//! is signed in elsewhere types it and approves, the device hears so.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::Millis;
use umbra_server_macros::operation;

use super::address::ClientAddress;
use super::auth::{begun, note};
use super::body::Body;
use super::openapi::{Asks, Sketch};
use super::problem::{Problem, ProblemCode};
use super::query::Asked;
use super::welcome::Welcome;
use crate::app::App;
use crate::config::Origin;
use crate::identity::{
    Anyone, Carrier, DeviceClaim, Fresh, Proven, SignIn, Token, TokenKind, UserCode, fresh_id,
    sign_in,
};
use crate::limits::{DEVICE_CODE_LIFE, DEVICE_POLL_EVERY};
use crate::store::{CodeShown, Decision, NewDeviceCode, Polled, StoreError, now};

/// A device that asks to be let in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeBody {
    device: DeviceClaim,
}

/// The codes, and what to do with them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeviceCodes")]
pub(super) struct CodesBody {
    /// For the device alone: by it, it asks whether it was let in.
    device_code: String,
    /// To be typed by a person.
    user_code: String,
    /// Where.
    verification_uri: String,
    /// In so many seconds the codes end.
    expires_in: u64,
    /// So many seconds to wait before each question.
    interval: u64,
}

/// A device that asks whether it was let in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PollBody {
    device_code: String,
}

/// A code that somebody typed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TypedQuery {
    user_code: String,
}

/// What somebody decided.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecideBody {
    user_code: String,
    /// Whether the device is let in.
    approve: bool,
}

/// A device that waits, as it is shown to whoever decides.
#[derive(Serialize, JsonSchema)]
pub(super) struct WaitingBody {
    /// What it calls itself.
    name: String,
    platform: String,
    /// From which address it asked.
    address: String,
    created_at: i64,
    expires_at: i64,
}

/// Begins: draws the codes for a device. For anybody.
#[operation(Busy)]
pub(super) async fn begin(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
    Here(here): Here,
    Body(body): Body<CodeBody>,
) -> Result<Json<CodesBody>, Problem> {
    app.throttle.device_code(&address)?;
    let claim = body.device.check()?;
    let (device_code, user_code, now) =
        (Token::draw(TokenKind::Waiting)?, UserCode::draw()?, now());
    let new = NewDeviceCode {
        id: fresh_id(now)?,
        device_hash: device_code.hash(),
        user_hash: hash_of(&app, &user_code),
        device: claim.id,
        name: claim.name,
        platform: claim.platform,
        address: address.ip.to_string(),
        expires_at: Millis(now.0 + millis(DEVICE_CODE_LIFE)),
        pause: millis(DEVICE_POLL_EVERY),
    };
    app.store.create_device_code(&new, now).await.map_err(|error| match error {
        StoreError::Taken => Problem::from(ProblemCode::Busy).retry_after(60),
        other => other.into(),
    })?;
    Ok(Json(CodesBody {
        device_code: device_code.expose(),
        user_code: user_code.expose(),
        verification_uri: format!("{here}/device"),
        expires_in: DEVICE_CODE_LIFE.as_secs(),
        interval: DEVICE_POLL_EVERY.as_secs(),
    }))
}

/// Tells a device whether it was let in. Where it was, it is signed in, and the codes
/// are used up.
#[operation(AuthorizationPending, SlowDown, ExpiredToken, AccessDenied, AccountDisabled)]
pub(super) async fn poll(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<PollBody>,
) -> Result<Welcome, Problem> {
    let token = Token::parse(TokenKind::Waiting, &body.device_code);
    let Some(token) = token else { return Err(ProblemCode::ExpiredToken.into()) };
    match app.store.poll_device_code(&token.hash(), now()).await? {
        Polled::Pending => Err(ProblemCode::AuthorizationPending.into()),
        Polled::TooSoon(pause) => {
            let seconds = u64::try_from(pause / 1_000).unwrap_or(1);
            Err(Problem::from(ProblemCode::SlowDown).retry_after(seconds))
        }
        Polled::Denied => Err(ProblemCode::AccessDenied.into()),
        Polled::Unknown => Err(ProblemCode::ExpiredToken.into()),
        Polled::Approved { user, device, name, platform } => {
            let account = app.store.account(user).await?.ok_or(ProblemCode::ExpiredToken)?;
            if account.disabled_at.is_some() {
                return Err(ProblemCode::AccountDisabled.into());
            }
            let claim = DeviceClaim { id: device, name, platform };
            let proven = Proven::let_in(account);
            let signed_in = let_in(&app, &proven, claim, &address).await?;
            begun(&app, &address, &proven, signed_in).await
        }
    }
}

/// Signs the device in as itself; as a new one where it wasn't this account's, or may
/// not be any more.
async fn let_in(
    app: &App,
    proven: &Proven,
    claim: DeviceClaim,
    address: &ClientAddress,
) -> Result<SignIn, Problem> {
    let as_new = DeviceClaim { id: None, ..claim.clone() };
    let again = claim.id.is_some();
    match sign_in(app, proven, claim, Carrier::Bearer, address).await {
        Err(problem)
            if again
                && matches!(problem.code, ProblemCode::NotFound | ProblemCode::DeviceRevoked) =>
        {
            sign_in(app, proven, as_new, Carrier::Bearer, address).await
        }
        other => other,
    }
}

/// The device that waits under a typed code, to be shown before anything is decided.
#[operation(NotFound)]
pub(super) async fn show(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    Asked(query): Asked<TypedQuery>,
) -> Result<Json<WaitingBody>, Problem> {
    may_guess(&app, &address, &who.user_name)?;
    let shown = app.store.device_code(&typed(&app, &query.user_code)?, now()).await?;
    Ok(Json(waiting(shown)))
}

/// Lets the device in that waits under a typed code, or doesn't. Once.
#[operation(NotFound)]
pub(super) async fn decide(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<DecideBody>,
) -> Result<NoContent, Problem> {
    may_guess(&app, &address, &who.user_name)?;
    let hash = typed(&app, &body.user_code)?;
    let (decision, action) = match body.approve {
        true => (Decision::Approved, "device_approve"),
        false => (Decision::Denied, "device_deny"),
    };
    app.store.decide_device_code(&hash, who.user, decision, now()).await?;
    note(&app, action, "ok", Some(who.user), &address).await?;
    Ok(NoContent)
}

/// Codes are short: each that is typed counts as a test of a credential, for the address
/// and for the account.
pub(super) fn may_guess(app: &App, address: &ClientAddress, name: &str) -> Result<(), Problem> {
    app.throttle.credential_test(address)?;
    app.throttle.account_test(app.store.lookup_key_of(name))
}

/// The hash of a typed code.
///
/// # Errors
/// `not_found` where the text can't be one.
pub(super) fn typed(app: &App, text: &str) -> Result<[u8; 32], Problem> {
    let code = UserCode::parse(text).ok_or(ProblemCode::NotFound)?;
    Ok(hash_of(app, &code))
}

/// Codes are looked up by a keyed hash, apart from names: no name has a colon.
fn hash_of(app: &App, code: &UserCode) -> [u8; 32] {
    app.store.lookup_key_of(&format!("device-code:{}", code.letters()))
}

/// Where people reach the server, as far as it can tell.
pub(super) struct Here(String);

impl FromRequestParts<App> for Here {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(origin) = &app.config.public_origin {
            return Ok(Self(Origin::as_str(origin).to_owned()));
        }
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.filter(|host| host.parse::<Authority>().is_ok()).unwrap_or("localhost");
        Ok(Self(format!("http://{host}")))
    }
}

impl Asks for Here {
    fn asks(_: &mut Sketch<'_>) {}
}

fn waiting(shown: CodeShown) -> WaitingBody {
    WaitingBody {
        name: shown.name,
        platform: shown.platform,
        address: shown.address,
        created_at: shown.created_at.0,
        expires_at: shown.expires_at.0,
    }
}

fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
