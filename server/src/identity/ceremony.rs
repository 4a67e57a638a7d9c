//! Ceremonies as their handlers see them: begun with a state, finished with a token.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use umbra_model::{Millis, UserId};

use super::token::{Token, TokenKind};
use crate::app::App;
use crate::http::{Problem, ProblemCode};
use crate::limits::{CEREMONIES_OF_NOBODY_MAX, CEREMONIES_PER_USER_MAX, CEREMONY_LIFE};
use crate::store::{Celebrant, CeremonyKind, NewCeremony, Session, now};

/// A ceremony that has begun.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Begun {
    /// What finishes it: once, by whom it was begun for.
    pub ceremony: String,
    /// When it is over.
    pub expires_at: i64,
}

/// The token of a ceremony in a request. It doesn't show itself.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(description = "What the beginning of the ceremony answered.")]
pub struct CeremonyToken(String);

impl CeremonyToken {
    /// What was typed, for a form that is shown again.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database holds of it; `None` where it is none.
    pub fn hash(&self) -> Option<[u8; 32]> {
        Token::parse(TokenKind::Ceremony, &self.0).map(|token| token.hash())
    }
}

impl fmt::Debug for CeremonyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CeremonyToken(…)")
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl From<&Session> for Celebrant {
    fn from(session: &Session) -> Self {
        Self { user: Some(session.user), session: Some(session.id) }
    }
}

/// Begins a ceremony.
///
/// # Errors
/// Where the database fails, or the system gives no random bytes.
pub async fn begin<S: Serialize>(
    app: &App,
    kind: CeremonyKind,
    whose: Celebrant,
    state: &S,
) -> Result<Begun, Problem> {
    let token = Token::draw(TokenKind::Ceremony)?;
    let now = now();
    let expires_at = Millis(now.0 + millis(CEREMONY_LIFE));
    let state = serde_json::to_vec(state).map_err(|error| Problem::internal(&error))?;
    let new = NewCeremony { token_hash: token.hash(), kind, whose, state, expires_at };
    let most = match whose.user {
        Some(_) => CEREMONIES_PER_USER_MAX,
        None => CEREMONIES_OF_NOBODY_MAX,
    };
    app.store.begin_ceremony(&new, most, now).await?;
    Ok(Begun { ceremony: token.expose(), expires_at: expires_at.0 })
}

/// Takes a ceremony out to finish it. Whatever comes of it, it is over.
///
/// # Errors
/// [`ProblemCode::CeremonyOver`] where it is over already, or somebody else's.
pub async fn take<S: DeserializeOwned>(
    app: &App,
    kind: CeremonyKind,
    whose: Celebrant,
    token: &CeremonyToken,
) -> Result<S, Problem> {
    let hash = token.hash().ok_or(ProblemCode::CeremonyOver)?;
    let state = app.store.take_ceremony(&hash, kind, whose, now()).await?;
    read(&state.ok_or(ProblemCode::CeremonyOver)?)
}

/// Looks at a ceremony that may be tried several times, and counts the attempt.
///
/// # Errors
/// [`ProblemCode::CeremonyOver`] where it is over, or was tried too often.
pub async fn attempt<S: DeserializeOwned>(
    app: &App,
    kind: CeremonyKind,
    token: &[u8; 32],
    most: i64,
) -> Result<(UserId, S), Problem> {
    let found = app.store.try_ceremony(token, kind, most, now()).await?;
    let (user, state) = found.ok_or(ProblemCode::CeremonyOver)?;
    Ok((user, read(&state)?))
}

fn read<S: DeserializeOwned>(state: &[u8]) -> Result<S, Problem> {
    // Another build wrote it, before an upgrade that fell into the ceremony.
    serde_json::from_slice(state).map_err(|error| {
        tracing::warn!(%error, "the state of a ceremony is of another form");
        ProblemCode::CeremonyOver.into()
    })
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
