//! Whom a handler serves. A handler says so by its arguments: there is no other
//! way to learn who asks, so the check can't be forgotten.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use umbra_model::{DeviceId, Millis, UserId};

use super::cookie::cookie_of;
use super::scope::{authenticate_token, presented_api_token};
use super::token::{Token, TokenKind};
use crate::app::App;
use crate::http::{Problem, ProblemCode};
use crate::limits::{FRESH_FOR, SEEN_GRAIN};
use crate::sequencer::Submitter;
use crate::settings::SystemSettings;
use crate::store::{STALE, Session, SessionKind, now};

/// Anybody, signed in or not.
#[derive(Clone, Copy, Debug)]
pub struct Anyone;

/// Somebody who is signed in, or nobody.
#[derive(Clone, Debug)]
pub struct Principal(pub Option<Session>);

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Session);

/// An administrator who is signed in. A session from before they became one has to be
/// confirmed first, by which it gets another token.
#[derive(Clone, Debug)]
pub struct Admin(pub Session);

/// An administrator who has proved lately who they are: for whatever changes accounts
/// or the system.
#[derive(Clone, Debug)]
pub struct FreshAdmin(pub Session);

/// Where a request leaves word of whose it is, for what notes what administrators do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actor(Arc<OnceLock<(UserId, DeviceId)>>);

impl Actor {
    /// Whose request it was, if it was anybody's.
    pub(crate) fn get(&self) -> Option<(UserId, DeviceId)> {
        self.0.get().copied()
    }
}

/// Somebody who is signed in and has proved lately who they are: by signing in, or by
/// confirming it. What would let a thief of the session stay, or the owner be kept
/// out, asks for this.
#[derive(Clone, Debug)]
pub struct Fresh(pub Session);

impl SignedIn {
    /// The account and device as the sequencer wants to know them.
    pub fn submitter(&self) -> Submitter {
        Submitter { user: self.user, device: self.device, prefix: self.prefix, connection: None }
    }
}

impl Deref for SignedIn {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl Deref for Fresh {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl FromRequestParts<App> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, _: &App) -> Result<Self, Problem> {
        Ok(Self)
    }
}

impl FromRequestParts<App> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(token) = presented_api_token(&parts.headers) {
            // What a token reaches, it reaches by `Reads` and `Writes` only.
            return Err(match authenticate_token(token, app).await? {
                Some(_) => ProblemCode::ScopeTooNarrow.into(),
                None => ProblemCode::NotSignedIn.into(),
            });
        }
        let session = authenticate_device(parts, app).await?;
        // A device that has to remove everything is let in only to hear so.
        let Some(session) = session.filter(|session| !session.purging) else {
            return Ok(Self(None));
        };
        if session.kind == SessionKind::Cookie && !is_safe(&parts.method) {
            // Another site's page can't set it without the server's leave, which
            // is never given.
            if !parts.headers.contains_key("x-requested-with") {
                return Err(ProblemCode::HeaderMissing.into());
            }
        }
        Ok(Self(Some(session)))
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Principal(session) = Principal::from_request_parts(parts, app).await?;
        session.map(Self).ok_or_else(|| ProblemCode::NotSignedIn.into())
    }
}

impl FromRequestParts<App> for Fresh {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let SignedIn(session) = SignedIn::from_request_parts(parts, app).await?;
        if is_fresh(&session, now()) {
            Ok(Self(session))
        } else {
            Err(ProblemCode::FreshAuthenticationNeeded.into())
        }
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let SignedIn(session) = SignedIn::from_request_parts(parts, app).await?;
        if let Some(Actor(slot)) = parts.extensions.get() {
            // One request is one person's.
            let _ = slot.set((session.user, session.device));
        }
        if !session.admin {
            return Err(ProblemCode::AdminOnly.into());
        }
        if session.fresh_at == STALE {
            return Err(ProblemCode::FreshAuthenticationNeeded.into());
        }
        Ok(Self(session))
    }
}

impl FromRequestParts<App> for FreshAdmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Admin(session) = Admin::from_request_parts(parts, app).await?;
        if is_fresh(&session, now()) {
            Ok(Self(session))
        } else {
            Err(ProblemCode::FreshAuthenticationNeeded.into())
        }
    }
}

/// The session of a request's credential, also of a device that has to remove
/// everything. A bearer token goes before a cookie, which is then not looked at.
pub(crate) async fn authenticate_device(
    parts: &Parts,
    app: &App,
) -> Result<Option<Session>, Problem> {
    let headers = &parts.headers;
    let token = if headers.contains_key(header::AUTHORIZATION) {
        bearer(headers).and_then(|text| Token::parse(TokenKind::Device, text))
    } else {
        cookie_of(headers, app.config.public_origin.as_ref())
            .and_then(|text| Token::parse(TokenKind::Session, text))
    };
    let Some(token) = token else { return Ok(None) };
    let Some(session) = app.store.session(&token.hash()).await? else { return Ok(None) };
    let now = now();
    let settings = app.settings.current(&app.store).await?;
    if is_over(&session, &settings, now) {
        app.end_session(session.id).await?;
        return Ok(None);
    }
    if before(now, SEEN_GRAIN) > session.seen_at {
        app.store.touch_session(session.id, session.device, now).await?;
    }
    Ok(Some(session))
}

/// The text of a bearer token.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim)
}

/// Whether a session has been idle for too long, or has reached its end.
pub(crate) fn is_over(session: &Session, settings: &SystemSettings, now: Millis) -> bool {
    let idle = settings.idle(session.kind);
    before(now, idle) > session.seen_at || session.expires_at.is_some_and(|end| end <= now)
}

/// Whether the person at a session has proved lately who they are.
pub(crate) fn is_fresh(session: &Session, now: Millis) -> bool {
    before(now, FRESH_FOR) <= session.fresh_at
}

pub(super) fn before(now: Millis, by: Duration) -> Millis {
    Millis(now.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
}

pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    use umbra_model::ActorPrefix;
    use uuid::Uuid;

    use super::*;

    fn session(kind: SessionKind, seen_at: i64, expires_at: Option<i64>) -> Session {
        Session {
            id: Uuid::nil(),
            kind,
            user: UserId(Uuid::nil()),
            user_name: String::new(),
            display_name: String::new(),
            admin: false,
            device: DeviceId(Uuid::nil()),
            device_name: String::new(),
            platform: String::new(),
            prefix: ActorPrefix([1; 8]),
            seen_at: Millis(seen_at),
            fresh_at: Millis(seen_at),
            expires_at: expires_at.map(Millis),
            purging: false,
        }
    }

    #[test]
    fn a_session_ends_when_it_is_idle_or_at_its_end() {
        const DAY: i64 = 24 * 3600 * 1000;
        let now = 1_000 * DAY;
        for (kind, seen_at, expires_at, over) in [
            (SessionKind::Cookie, now - 14 * DAY, None, false),
            (SessionKind::Cookie, now - 14 * DAY - 1, None, true),
            (SessionKind::Cookie, now, Some(now + 1), false),
            (SessionKind::Cookie, now, Some(now), true),
            (SessionKind::Bearer, now - 15 * DAY, None, false),
            (SessionKind::Bearer, now - 400 * DAY, None, false),
            (SessionKind::Bearer, now - 400 * DAY - 1, None, true),
        ] {
            let session = session(kind, seen_at, expires_at);
            let settings = SystemSettings::default();
            assert_eq!(is_over(&session, &settings, Millis(now)), over, "{session:?}");
        }
    }

    #[test]
    fn a_proof_is_fresh_for_ten_minutes() {
        let session = session(SessionKind::Cookie, 1_000_000, None);
        for (now, fresh) in [(1_000_000, true), (1_600_000, true), (1_600_001, false)] {
            assert_eq!(is_fresh(&session, Millis(now)), fresh, "{now}");
        }
    }
}
