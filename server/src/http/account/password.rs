//! New passwords.

use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;
use umbra_server_macros::operation;

use super::note;
use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::body::Body;
use crate::http::problem::{Problem, ProblemCode};
use crate::identity::{
    Anyone, Refused, SignedIn, Token, TokenKind, TypedPassword, choose_password, is_fresh,
    test_password,
};
use crate::sequencer::Revocation;
use crate::store::{AuditEvent, StoreError, now};

/// A password in place of another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ChangeBody {
    /// The password so far; not needed where one has proved lately who one is.
    current: Option<TypedPassword>,
    /// The password from now on.
    new: TypedPassword,
}

/// Changes the password, and signs out everywhere else. It needs the password so far, or
/// a fresh proof. The answer to an easily guessed one says why, and what would help.
#[operation(
    FreshAuthenticationNeeded,
    BadCredentials,
    SignInLocked,
    AccountDisabled,
    PasswordInvalid,
    PasswordWeak,
    PasswordlessOn,
    Busy
)]
pub(in crate::http) async fn change(
    who: SignedIn,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<ChangeBody>,
) -> Result<NoContent, Problem> {
    app.throttle.credential_test(&address)?;
    match body.current {
        Some(current) => match test_password(&app, &who.user_name, current).await {
            Ok(right) => right.suffices(&app).await?,
            Err(Refused { problem, .. }) => {
                note(&app, &who, &address, "password_change", problem.code.as_str()).await?;
                return Err(problem);
            }
        },
        None if is_fresh(&who, now()) => {}
        None => return Err(ProblemCode::FreshAuthenticationNeeded.into()),
    }
    if app.store.factors(who.user).await?.passwordless {
        return Err(ProblemCode::PasswordlessOn.into());
    }
    let names = [who.user_name.as_str(), who.display_name.as_str()];
    let hash = choose_password(&app.hasher, body.new, &names).await?;
    for ended in app.store.set_password(who.user, &hash, who.id).await? {
        app.revoke(Revocation::Session(ended)).await;
    }
    note(&app, &who, &address, "password_change", "ok").await?;
    Ok(NoContent)
}

/// A password to be set by a link.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ResetBody {
    /// The link's token.
    token: String,
    /// The password from now on.
    password: TypedPassword,
}

/// Sets a password by a link that an administrator gave, once, and signs the account out
/// everywhere. Second factors stay; password sign-in, where it was off, is on again. It
/// signs nobody in.
#[operation(LinkInvalid, PasswordInvalid, PasswordWeak, Busy)]
pub(in crate::http) async fn reset(
    _: Anyone,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<ResetBody>,
) -> Result<NoContent, Problem> {
    app.throttle.credential_test(&address)?;
    let invalid = |error| match error {
        StoreError::Missing => ProblemCode::LinkInvalid.into(),
        other => Problem::from(other),
    };
    let token = Token::parse(TokenKind::Reset, &body.token).ok_or(ProblemCode::LinkInvalid)?;
    let of = app.store.reset_of(&token.hash(), now()).await.map_err(invalid)?;
    let names = [of.name.as_str(), of.display_name.as_str()];
    let hash = choose_password(&app.hasher, body.password, &names).await?;
    let user = app.store.finish_reset(&token.hash(), &hash, now()).await.map_err(invalid)?;
    app.store.clear_failures(&app.store.lookup_key_of(&of.name)).await?;
    app.revoke(Revocation::User(user)).await;
    let event = AuditEvent {
        actor: Some(user),
        subject: Some(user),
        address: Some(address.ip.to_string()),
        ..AuditEvent::new("password_reset", "ok")
    };
    app.store.audit(&event, now()).await?;
    Ok(NoContent)
}
