//! Where an account is signed in.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Serialize;
use umbra_model::DeviceId;
use umbra_server_macros::operation;
use uuid::Uuid;

use super::address::ClientAddress;
use super::auth::note;
use super::id::At;
use super::problem::Problem;
use crate::app::App;
use crate::identity::{Fresh, SignedIn};
use crate::sequencer::Revocation;
use crate::store::{SessionEntry, SessionKind};

/// A session, as the person sees it.
#[derive(Serialize, JsonSchema)]
pub(super) struct SessionBody {
    id: Uuid,
    /// How its token is carried: `cookie` or `bearer`.
    kind: &'static str,
    device: SessionDevice,
    /// From which address it began.
    address: Option<String>,
    /// With what program, as far as that could be told, such as `Firefox on Linux`.
    agent: Option<String>,
    created_at: i64,
    /// When it was last used, within a minute.
    seen_at: i64,
    /// Its absolute end.
    expires_at: Option<i64>,
    /// Whether it is the one that asks.
    current: bool,
}

/// The device of a session.
#[derive(Serialize, JsonSchema)]
struct SessionDevice {
    id: DeviceId,
    name: String,
    platform: String,
}

/// How many sessions were ended.
#[derive(Serialize, JsonSchema)]
pub(super) struct EndedBody {
    ended: usize,
}

/// The caller's sessions, the one used last first.
#[operation()]
pub(super) async fn list(
    who: SignedIn,
    State(app): State<App>,
) -> Result<Json<Vec<SessionBody>>, Problem> {
    let sessions = app.store.sessions_of(who.user).await?;
    Ok(Json(sessions.into_iter().map(|session| body(session, who.id)).collect()))
}

/// Ends one of the caller's sessions. Its sockets have ended when this is answered.
#[operation()]
pub(super) async fn end(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    At(session): At<Uuid>,
) -> Result<NoContent, Problem> {
    app.store.end_session_of(who.user, session).await?;
    app.revoke(Revocation::Session(session)).await;
    note(&app, "session_end", "ok", Some(who.user), &address).await?;
    Ok(NoContent)
}

/// Ends every session of the caller's but the one that asks, and says how many. Their
/// sockets have ended when this is answered.
#[operation()]
pub(super) async fn end_others(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
) -> Result<Json<EndedBody>, Problem> {
    let ended = app.end_sessions(who.user, Some(who.id)).await?;
    note(&app, "sessions_end", "ok", Some(who.user), &address).await?;
    Ok(Json(EndedBody { ended }))
}

fn body(session: SessionEntry, current: Uuid) -> SessionBody {
    SessionBody {
        id: session.id,
        kind: match session.kind {
            SessionKind::Cookie => "cookie",
            SessionKind::Bearer => "bearer",
        },
        device: SessionDevice {
            id: session.device,
            name: session.device_name,
            platform: session.platform,
        },
        address: session.address,
        agent: session.agent,
        created_at: session.created_at.0,
        seen_at: session.seen_at.0,
        expires_at: session.expires_at.map(|at| at.0),
        current: session.id == current,
    }
}
