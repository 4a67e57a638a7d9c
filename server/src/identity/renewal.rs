//! Another token for a session, at each moment from which it is trusted with more: so
//! a token that was had before is worth nothing afterwards.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponseParts, ResponseParts};

use umbra_model::Millis;

use super::cookie::session_cookie;
use super::token::{Token, TokenKind};
use crate::app::App;
use crate::http::{Problem, ProblemCode};
use crate::store::{Session, SessionKind, StoreError, now};

/// The new token of a session, on its way to whoever asked. As a part of the answer it
/// sets the cookie of a browser; for others, [`text`](Self::text) goes into the body.
#[derive(Debug)]
pub struct Renewed {
    token: Token,
    cookie: Option<HeaderValue>,
}

/// Notes that the person at a session has just proved who they are, and gives the
/// session another token. The one before opens nothing from here on; sockets stay.
///
/// To be called where somebody confirms that it's them, changes a password or a
/// factor: by the handler that does so, before it answers.
///
/// # Errors
/// `not_signed_in` where the session has ended meanwhile.
pub async fn renew(app: &App, session: &Session) -> Result<Renewed, Problem> {
    let kind = match session.kind {
        SessionKind::Cookie => TokenKind::Session,
        SessionKind::Bearer => TokenKind::Device,
    };
    let (token, now) = (Token::draw(kind)?, now());
    let renewed = app.store.renew_session(session.id, &token.hash(), now).await;
    renewed.map_err(|error| match error {
        StoreError::Missing => ProblemCode::NotSignedIn.into(),
        other => Problem::from(other),
    })?;
    let cookie = match session.kind {
        SessionKind::Bearer => None,
        SessionKind::Cookie => {
            let origin = app.config.public_origin.as_ref();
            Some(session_cookie(&token, life_of(app, session, now).await?, origin))
        }
    };
    Ok(Renewed { token, cookie })
}

/// How long a cookie still has: it ends with its session.
async fn life_of(app: &App, session: &Session, now: Millis) -> Result<Duration, Problem> {
    Ok(match session.expires_at {
        Some(end) => Duration::from_millis(u64::try_from(end.0.saturating_sub(now.0)).unwrap_or(0)),
        None => app.settings.current(&app.store).await?.session_life(),
    })
}

impl Renewed {
    /// The token's text, where it isn't carried by a cookie. To be handed out once.
    pub fn text(&self) -> Option<String> {
        self.cookie.is_none().then(|| self.token.expose())
    }
}

impl IntoResponseParts for Renewed {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Some(cookie) = self.cookie {
            parts.headers_mut().insert(SET_COOKIE, cookie);
        }
        Ok(parts)
    }
}
