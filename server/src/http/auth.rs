//! Setting up, registering, signing in and out.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use umbra_model::UserId;
use umbra_server_macros::operation;
use uuid::Uuid;

use super::address::ClientAddress;
use super::body::Body;
use super::journal;
use super::openapi::{Answers, Asks, DisplayName, SignInName, Sketch};
use super::problem::{Problem, ProblemCode};
use super::welcome::{Newcomer, SignedInBody, SignedOut, Welcome, signed_in_body, welcome};
use crate::app::App;
use crate::identity::{
    AfterPassword, Anyone, Begun, Carrier, DeviceClaim, Entry, Principal, Proven, SignIn, SignedIn,
    Token, TokenKind, TypedPassword, clear_cookie, prepare_account, sign_in, test_password,
};
use crate::settings::Registration;
use crate::store::{AuditEvent, Factors, SessionKind, StoreError, now};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetupBody {
    #[schemars(with = "SignInName")]
    name: String,
    password: TypedPassword,
    #[schemars(with = "Option<DisplayName>")]
    display_name: Option<String>,
    /// Needed from another machine.
    token: Option<String>,
    device: DeviceClaim,
    #[serde(default)]
    credential: Carrier,
}

/// Makes the first account, an administrator. Once: of many who try, one succeeds.
#[operation(SetupDone, SetupTokenWrong, NameInvalid, PasswordInvalid, PasswordWeak)]
pub(super) async fn setup(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<SetupBody>,
) -> Result<Newcomer, Problem> {
    app.throttle.credential_test(&address)?;
    if app.store.is_set_up().await? {
        return Err(ProblemCode::SetupDone.into());
    }
    if !may_set_up(&app, &address, body.token.as_deref()) {
        return Err(ProblemCode::SetupTokenWrong.into());
    }
    let device = body.device.check_first()?;
    let new =
        prepare_account(&app.hasher, &body.name, body.password, body.display_name, true).await?;
    app.store.create_first_account(&new, now()).await.map_err(|error| match error {
        StoreError::Taken => ProblemCode::SetupDone.into(),
        other => Problem::from(other),
    })?;
    note(&app, "setup", "ok", Some(new.user), &address).await?;
    let signed_in =
        sign_in(&app, &Proven::just_made(new), device, body.credential, &address).await?;
    Ok(Newcomer(welcome(&app, signed_in)))
}

/// Whoever sits at the machine may; from elsewhere, whoever has read its log.
fn may_set_up(app: &App, address: &ClientAddress, token: Option<&str>) -> bool {
    let at_the_machine = address.local && app.config.public_origin.is_none();
    let token = token.and_then(|text| Token::parse(TokenKind::Setup, text));
    // Hashes are compared, so time tells nothing of the token.
    at_the_machine || token.is_some_and(|token| token.hash() == app.setup_token.hash())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterBody {
    #[schemars(with = "SignInName")]
    name: String,
    password: TypedPassword,
    #[schemars(with = "Option<DisplayName>")]
    display_name: Option<String>,
    /// An invitation's token, where registration is by invitation.
    invitation: Option<String>,
    device: DeviceClaim,
    #[serde(default)]
    credential: Carrier,
}

/// Makes an account, where registration is open or the caller was invited.
#[operation(
    RegistrationClosed,
    InvitationNeeded,
    LinkInvalid,
    NameInvalid,
    NameTaken,
    PasswordInvalid,
    PasswordWeak
)]
pub(super) async fn register(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<RegisterBody>,
) -> Result<Newcomer, Problem> {
    app.throttle.credential_test(&address)?;
    let registration = app.settings.current(&app.store).await?.registration;
    let invitation = match (registration, body.invitation) {
        (Registration::Closed, _) => return Err(ProblemCode::RegistrationClosed.into()),
        (Registration::Invite, None) => return Err(ProblemCode::InvitationNeeded.into()),
        (Registration::Open, None) => None,
        (Registration::Open | Registration::Invite, Some(text)) => Some(text),
    };
    let invitation = match invitation {
        Some(text) => Some(invited(&app, &text).await?.ok_or(ProblemCode::LinkInvalid)?),
        None => None,
    };
    let device = body.device.check_first()?;
    // Before the first account there is nobody who could have opened it.
    let new =
        prepare_account(&app.hasher, &body.name, body.password, body.display_name, false).await?;
    let made = match &invitation {
        Some(token) => app.store.create_invited(&new, &token.hash(), now()).await.map(Some),
        None => app.store.create_account(&new, now()).await.map(|()| None),
    };
    let by = made.map_err(|error| match error {
        StoreError::Taken => ProblemCode::NameTaken.into(),
        // Others came by it in the meantime.
        StoreError::Missing => ProblemCode::LinkInvalid.into(),
        other => Problem::from(other),
    })?;
    note_registration(&app, new.user, by, &address).await?;
    let signed_in =
        sign_in(&app, &Proven::just_made(new), device, body.credential, &address).await?;
    Ok(Newcomer(welcome(&app, signed_in)))
}

/// The token, if somebody may come by it.
async fn invited(app: &App, text: &str) -> Result<Option<Token>, Problem> {
    let Some(token) = Token::parse(TokenKind::Invitation, text) else { return Ok(None) };
    Ok(app.store.is_invited(&token.hash(), now()).await?.then_some(token))
}

/// Whether an invitation is good, and nothing else of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InvitationCheck")]
pub(super) struct InvitationBody {
    valid: bool,
}

/// An invitation's token; an empty text where there is none.
pub(super) struct InvitationHeader(String);

impl<S: Sync> FromRequestParts<S> for InvitationHeader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = parts.headers.get("x-invitation").and_then(|value| value.to_str().ok());
        Ok(Self(text.unwrap_or_default().to_owned()))
    }
}

impl Asks for InvitationHeader {
    fn asks(sketch: &mut Sketch<'_>) {
        sketch.parameter(json!({
            "name": "X-Invitation", "in": "header", "schema": { "type": "string" },
            "description": "The invitation's token.",
        }));
    }
}

/// Says whether somebody may make an account by the invitation whose token is in the
/// header `X-Invitation`: a token has no place in an address, which is logged.
#[operation()]
pub(super) async fn invitation(
    _: Anyone,
    address: ClientAddress,
    InvitationHeader(text): InvitationHeader,
    State(app): State<App>,
) -> Result<Json<InvitationBody>, Problem> {
    app.throttle.credential_test(&address)?;
    let closed = app.settings.current(&app.store).await?.registration == Registration::Closed;
    let valid = invited(&app, &text).await?.is_some() && !closed;
    Ok(Json(InvitationBody { valid }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginBody {
    name: String,
    password: TypedPassword,
    device: DeviceClaim,
    #[serde(default)]
    credential: Carrier,
}

/// What a right password is answered with where a second factor is to follow.
#[derive(Serialize, JsonSchema)]
pub(super) struct SecondFactorBody {
    second_factor_needed: SecondFactorNeeded,
}

/// How to go on.
#[derive(Serialize, JsonSchema)]
pub(super) struct SecondFactorNeeded {
    #[serde(flatten)]
    begun: Begun,
    /// By what: `totp`, `recovery_code`.
    factors: [&'static str; 2],
}

/// What a right password comes to.
pub(super) enum HalfWay {
    /// It was enough.
    Through(Box<Welcome>),
    /// A second factor is to follow.
    SecondFactor(SecondFactorBody),
}

impl IntoResponse for HalfWay {
    fn into_response(self) -> Response {
        match self {
            Self::Through(welcome) => welcome.into_response(),
            Self::SecondFactor(body) => (StatusCode::ACCEPTED, Json(body)).into_response(),
        }
    }
}

impl Answers for HalfWay {
    fn answers(sketch: &mut Sketch<'_>) {
        Welcome::answers(sketch);
        sketch
            .json::<SecondFactorBody>(202, "The password is right; a second factor is to follow.");
    }
}

/// Signs in by password. Where the account has a second factor, 202 and a ceremony are
/// the answer, which `/api/auth/login/totp` or `/recovery` finishes.
#[operation(BadCredentials, SignInLocked, AccountDisabled, PasswordInvalid)]
pub(super) async fn login(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<LoginBody>,
) -> Result<HalfWay, Problem> {
    app.throttle.credential_test(&address)?;
    let right = match test_password(&app, &body.name, body.password).await {
        Ok(right) => right,
        Err(refused) => {
            journal::note(&app, &address, journal::refused(&refused, "sign_in")).await?;
            return Err(refused.problem);
        }
    };
    let entry = Entry { device: body.device, carrier: body.credential };
    match right.go_on(&app, entry).await? {
        AfterPassword::Proven(proven, Entry { device, carrier }) => {
            let welcome = begin_session(&app, &address, &proven, device, carrier).await?;
            Ok(HalfWay::Through(Box::new(welcome)))
        }
        AfterPassword::SecondFactorNeeded(user, begun) => {
            note(&app, "sign_in", "second_factor_needed", Some(user), &address).await?;
            let factors = ["totp", "recovery_code"];
            let second_factor_needed = SecondFactorNeeded { begun, factors };
            Ok(HalfWay::SecondFactor(SecondFactorBody { second_factor_needed }))
        }
    }
}

/// Begins the session of whoever has proved who they are, and tells how they did.
pub(super) async fn begin_session(
    app: &App,
    address: &ClientAddress,
    proven: &Proven,
    device: DeviceClaim,
    carrier: Carrier,
) -> Result<Welcome, Problem> {
    let signed_in = sign_in(app, proven, device, carrier, address).await?;
    begun(app, address, proven, signed_in).await
}

/// Tells that a session has begun, and answers with it.
pub(super) async fn begun(
    app: &App,
    address: &ClientAddress,
    proven: &Proven,
    signed_in: SignIn,
) -> Result<Welcome, Problem> {
    let user = Some(proven.account().user);
    let event = AuditEvent {
        actor: user,
        subject: user,
        device: Some(signed_in.session.device),
        detail: Some(proven.way().as_str().to_owned()),
        ..AuditEvent::new("sign_in", "ok")
    };
    journal::note(app, address, event).await?;
    Ok(welcome(app, signed_in))
}

/// Ends the session, and with it its sockets. The device stays, to sign in again.
#[operation()]
pub(super) async fn logout(
    who: SignedIn,
    address: ClientAddress,
    State(app): State<App>,
) -> Result<SignedOut, Problem> {
    app.end_session(who.id).await?;
    note(&app, "sign_out", "ok", Some(who.user), &address).await?;
    let by_cookie = who.kind == SessionKind::Cookie;
    Ok(SignedOut(by_cookie.then(|| clear_cookie(app.config.public_origin.as_ref()))))
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Status")]
pub(super) struct StatusBody {
    setup_needed: bool,
    registration: Registration,
    /// Whether this server can have passkeys: it needs a host name for that.
    passkeys: bool,
    signed_in: Option<StatusSignedIn>,
}

/// Who is signed in, and with what they can prove it.
#[derive(Serialize, JsonSchema)]
struct StatusSignedIn {
    #[serde(flatten)]
    who: SignedInBody,
    /// One-time codes are asked for with the password.
    has_totp: bool,
    /// There is a passkey.
    has_passkeys: bool,
    /// Password sign-in is off.
    passwordless: bool,
}

/// Whether the caller is signed in, and what can be done if not.
#[operation()]
pub(super) async fn status(
    Principal(session): Principal,
    State(app): State<App>,
) -> Result<Json<StatusBody>, Problem> {
    // Whoever is signed in shows that there is an account.
    let setup_needed = session.is_none() && !app.store.is_set_up().await?;
    let registration = app.settings.current(&app.store).await?.registration;
    let signed_in = match session {
        Some(session) => {
            let Factors { has_totp, has_passkeys, passwordless } =
                app.store.factors(session.user).await?;
            let who = signed_in_body(&app, session, None);
            Some(StatusSignedIn { who, has_totp, has_passkeys, passwordless })
        }
        None => None,
    };
    let passkeys = app.passkeys.is_some();
    Ok(Json(StatusBody { setup_needed, registration, passkeys, signed_in }))
}

/// Notes that somebody made an account, and by which invitation.
async fn note_registration(
    app: &App,
    user: UserId,
    invitation: Option<Uuid>,
    address: &ClientAddress,
) -> Result<(), Problem> {
    let event = AuditEvent {
        actor: Some(user),
        subject: Some(user),
        address: Some(address.ip.to_string()),
        detail: invitation.map(|id| format!("invitation {id}")),
        ..AuditEvent::new("register", "ok")
    };
    tracing::info!(%user, "an account was made");
    Ok(app.store.audit(&event, now()).await?)
}

pub(super) async fn note(
    app: &App,
    action: &'static str,
    outcome: &'static str,
    who: Option<UserId>,
    address: &ClientAddress,
) -> Result<(), Problem> {
    let event = AuditEvent { actor: who, subject: who, ..AuditEvent::new(action, outcome) };
    journal::note(app, address, event).await
}
