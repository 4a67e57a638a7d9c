//! Who may open a socket. Nobody who isn't signed in gets as far as an upgrade.

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use umbra_sync_protocol::limits::FRAME_BYTES_MAX;
use umbra_sync_protocol::wire::SUBPROTOCOL;

use super::connection::Connection;
use crate::app::App;
use crate::config::Origin;
use crate::http::{Problem, ProblemCode};
use crate::identity::authenticate;
use crate::store::{Session, SessionKind};

/// The read buffer of a socket. It is there for as long as the socket is, so it is
/// small; a larger frame takes what it needs while it is read.
const READ_BUFFER_BYTES: usize = 4 << 10;

/// A message beyond this can't be answered any more: the connection ends in a
/// reset. Up to it, a client that sends too large a frame is told so.
const MESSAGE_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX;

/// Small frames are sent together; from here on they leave at once.
const WRITE_BUFFER_BYTES: usize = 16 << 10;

/// Somebody who may open a socket.
pub(crate) struct Socketeer(Session);

impl FromRequestParts<App> for Socketeer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = authenticate(&parts.headers, app).await?;
        let session = session.ok_or(ProblemCode::NotSignedIn)?;
        // Browsers send cookies along with sockets opened by any site's page.
        if session.kind == SessionKind::Cookie
            && !is_own_origin(&parts.headers, app.config.public_origin.as_ref())
        {
            return Err(ProblemCode::CrossSite.into());
        }
        Ok(Self(session))
    }
}

/// Whether the page that opened it is ours. Without an `Origin` it is no browser,
/// and has no business with a cookie.
fn is_own_origin(headers: &HeaderMap, own: Option<&Origin>) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    match (own, text(header::HOST)) {
        (Some(own), _) => origin == own.as_str(),
        (None, Some(host)) => origin.strip_prefix("http://") == Some(host),
        (None, None) => false,
    }
}

/// Upgrades a request to a socket.
pub(crate) async fn upgrade(
    Socketeer(session): Socketeer,
    State(app): State<App>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|_| ProblemCode::UpgradeExpected)?.protocols([SUBPROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        return Err(ProblemCode::UpgradeExpected.into());
    }
    if app.stop.is_cancelled() {
        return Err(Problem::from(ProblemCode::Busy).retry_after(2));
    }
    let place = app
        .hub
        .register(&session, app.config.abuse.sockets_per_user)
        .map_err(|_| Problem::from(ProblemCode::TooManySockets).retry_after(60))?;
    let place = Arc::new(place);
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX);
    let working = app.tasks.token();
    Ok(upgrade.on_upgrade(move |socket| async move {
        Connection::new(app, session, place, socket).run().await;
        drop(working);
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_counts_from_our_own_pages_only() {
        let own = Origin::parse("https://umbra.example.org").unwrap();
        let with = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "localhost:8000".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            headers
        };
        for (origin, own, expected) in [
            (Some("https://umbra.example.org"), Some(&own), true),
            (Some("https://umbra.example.org.evil.example"), Some(&own), false),
            (Some("http://umbra.example.org"), Some(&own), false),
            (Some("null"), Some(&own), false),
            (None, Some(&own), false),
            (Some("http://localhost:8000"), None, true),
            (Some("http://localhost:8001"), None, false),
            (Some("https://localhost:8000"), None, false),
            (None, None, false),
        ] {
            assert_eq!(is_own_origin(&with(origin), own), expected, "{origin:?}");
        }
    }
}
