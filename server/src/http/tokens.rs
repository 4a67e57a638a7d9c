//! API tokens: the right of a program to read, or to read and write, within a scope.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::{Millis, SpaceKind};
use umbra_server_macros::operation;
use uuid::Uuid;

use super::address::ClientAddress;
use super::auth::note;
use super::body::Body;
use super::id::At;
use super::openapi::{Created, DisplayName};
use super::problem::{Problem, ProblemCode};
use crate::app::App;
use crate::identity::{Fresh, SignedIn, Token, TokenKind, fresh_id, short};
use crate::limits::{API_TOKEN_DAYS_MAX, API_TOKENS_PER_USER_MAX};
use crate::store::{ApiToken, NewApiToken, Scope, StoreError, TokenAccess, now};

/// A token to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTokenBody {
    /// What it is for: 1 to 64 characters.
    #[schemars(with = "DisplayName")]
    name: String,
    /// Whether it only reads.
    access: TokenAccess,
    /// Spaces of which kinds it reaches; all where left out.
    #[schemars(length(min = 1))]
    kinds: Option<BTreeSet<SpaceKind>>,
    /// For how many days it is good: 1 to 366.
    #[schemars(range(min = 1, max = API_TOKEN_DAYS_MAX))]
    days: u16,
}

/// A token, without what it is known by.
#[derive(Serialize, JsonSchema)]
pub(super) struct TokenBody {
    id: Uuid,
    name: String,
    access: TokenAccess,
    kinds: BTreeSet<SpaceKind>,
    created_at: i64,
    /// When it was last used, within a minute.
    seen_at: Option<i64>,
    expires_at: i64,
}

/// A token that was just made.
#[derive(Serialize, JsonSchema)]
pub(super) struct MadeTokenBody {
    /// The token. It is never shown again.
    token: String,
    #[serde(flatten)]
    about: TokenBody,
}

/// The caller's API tokens, the newest first; those that have ended among them.
#[operation()]
pub(super) async fn list(
    who: SignedIn,
    State(app): State<App>,
) -> Result<Json<Vec<TokenBody>>, Problem> {
    let tokens = app.store.api_tokens(who.user).await?;
    Ok(Json(tokens.into_iter().map(body).collect()))
}

/// Makes an API token, and shows it this once.
#[operation(TooMany)]
pub(super) async fn create(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    Body(new): Body<NewTokenBody>,
) -> Result<Created<MadeTokenBody>, Problem> {
    let invalid = |detail: String| Problem::from(ProblemCode::BodyInvalid).detail(detail);
    let name = short(new.name, "name")?;
    if !(1..=API_TOKEN_DAYS_MAX).contains(&new.days) {
        return Err(invalid(format!("a token is good for 1 to {API_TOKEN_DAYS_MAX} days")));
    }
    let kinds = new.kinds.unwrap_or_else(|| SpaceKind::ALL.iter().copied().collect());
    if kinds.is_empty() {
        return Err(invalid("a token that reaches no kind of spaces is of no use".to_owned()));
    }
    let (token, now) = (Token::draw(TokenKind::Api)?, now());
    let made = NewApiToken {
        id: fresh_id(now)?,
        token_hash: token.hash(),
        user: who.user,
        name,
        scope: Scope { access: new.access, kinds },
        expires_at: Millis(now.0 + i64::from(new.days) * 24 * 3_600_000),
    };
    let kept = app.store.create_api_token(&made, API_TOKENS_PER_USER_MAX, now).await;
    kept.map_err(|error| match error {
        StoreError::Taken => {
            Problem::from(ProblemCode::TooMany).detail("revoke tokens that you don't use")
        }
        other => other.into(),
    })?;
    note(&app, "token_create", "ok", Some(who.user), &address).await?;
    let NewApiToken { id, name, scope, expires_at, .. } = made;
    let about =
        ApiToken { id, user: who.user, name, scope, created_at: now, seen_at: None, expires_at };
    Ok(Created(MadeTokenBody { token: token.expose(), about: body(about) }))
}

/// Ends one of the caller's API tokens: it opens nothing from here on.
#[operation()]
pub(super) async fn revoke(
    who: SignedIn,
    address: ClientAddress,
    State(app): State<App>,
    At(token): At<Uuid>,
) -> Result<NoContent, Problem> {
    app.store.revoke_api_token(who.user, token).await?;
    note(&app, "token_revoke", "ok", Some(who.user), &address).await?;
    Ok(NoContent)
}

fn body(token: ApiToken) -> TokenBody {
    TokenBody {
        id: token.id,
        name: token.name,
        access: token.scope.access,
        kinds: token.scope.kinds,
        created_at: token.created_at.0,
        seen_at: token.seen_at.map(|at| at.0),
        expires_at: token.expires_at.0,
    }
}
