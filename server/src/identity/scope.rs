//! Who may read or write what an account has: somebody who is signed in, or a program
//! with an API token, as far as its scope reaches. A handler that takes [`Writes`]
//! can't be called by a token that only reads; one that takes
//! [`SignedIn`](super::SignedIn) can't be called by a token at all.

use std::collections::BTreeSet;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use umbra_model::{SpaceKind, UserId};

use super::principal::{SignedIn, bearer, before};
use super::token::{Token, TokenKind};
use crate::app::App;
use crate::http::{Problem, ProblemCode};
use crate::limits::SEEN_GRAIN;
use crate::sequencer::Submitter;
use crate::store::{ApiToken, TokenAccess, now};

/// What an account has, as far as the caller reaches.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The account.
    pub user: UserId,
    by: Submitter,
    kinds: Option<BTreeSet<SpaceKind>>,
}

/// Somebody who may read.
#[derive(Clone, Debug)]
pub struct Reads(pub Reach);

/// Somebody who may read and write.
#[derive(Clone, Debug)]
pub struct Writes(pub Reach);

impl Reach {
    /// Whether it goes as far as spaces of this kind.
    pub fn reaches(&self, kind: SpaceKind) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }

    /// The same as a condition of what a handler is about to do.
    ///
    /// # Errors
    /// `scope_too_narrow` where it doesn't.
    pub fn must_reach(&self, kind: SpaceKind) -> Result<(), Problem> {
        if self.reaches(kind) { Ok(()) } else { Err(ProblemCode::ScopeTooNarrow.into()) }
    }

    /// As the sequencer wants to know who submits. A program has no device.
    pub fn submitter(&self) -> Submitter {
        self.by
    }

    fn of_token(token: ApiToken) -> Self {
        let by = Submitter::unattended(token.user);
        Self { user: token.user, by, kinds: Some(token.scope.kinds) }
    }

    fn of_session(who: &SignedIn) -> Self {
        Self { user: who.user, by: who.submitter(), kinds: None }
    }
}

impl FromRequestParts<App> for Reads {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match presented_api_token(&parts.headers) {
            Some(token) => Ok(Self(Reach::of_token(live(token, app).await?))),
            None => {
                let who = SignedIn::from_request_parts(parts, app).await?;
                Ok(Self(Reach::of_session(&who)))
            }
        }
    }
}

impl FromRequestParts<App> for Writes {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(token) = presented_api_token(&parts.headers) else {
            let who = SignedIn::from_request_parts(parts, app).await?;
            return Ok(Self(Reach::of_session(&who)));
        };
        let token = live(token, app).await?;
        match token.scope.access {
            TokenAccess::Write => Ok(Self(Reach::of_token(token))),
            TokenAccess::Read => Err(ProblemCode::ScopeTooNarrow.into()),
        }
    }
}

/// The text of a credential that claims to be an API token.
pub(super) fn presented_api_token(headers: &HeaderMap) -> Option<&str> {
    bearer(headers).filter(|text| text.starts_with(TokenKind::Api.prefix()))
}

/// The token of this text, if it is one, hasn't ended, and its account is in order.
pub(super) async fn authenticate_token(text: &str, app: &App) -> Result<Option<ApiToken>, Problem> {
    let Some(token) = Token::parse(TokenKind::Api, text) else { return Ok(None) };
    let now = now();
    let token = app.store.api_token(&token.hash(), now).await?;
    if let Some(token) = &token
        && token.seen_at.is_none_or(|seen| before(now, SEEN_GRAIN) > seen)
    {
        app.store.touch_api_token(token.id, now).await?;
    }
    Ok(token)
}

async fn live(text: &str, app: &App) -> Result<ApiToken, Problem> {
    authenticate_token(text, app).await?.ok_or_else(|| ProblemCode::NotSignedIn.into())
}
