//! Who may open a socket. Nobody who isn't signed in gets as far as an upgrade.

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;
use umbra_sync_protocol::limits::FRAME_BYTES_MAX;
use umbra_sync_protocol::wire::SUBPROTOCOL;

use super::connection::Connection;
use crate::app::App;
use crate::http::{Problem, ProblemCode};
use crate::identity::{authenticate_device, is_own_origin};
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
        let session = authenticate_device(parts, app).await?;
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
