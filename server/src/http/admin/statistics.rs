//! How much there is.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use umbra_server_macros::operation;

use crate::app::App;
use crate::http::problem::Problem;
use crate::identity::Admin;
use crate::store::Engine;

/// How much there is. It says nothing of anybody.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct StatisticsBody {
    /// The server's version.
    version: &'static str,
    /// For how many seconds this node has been running.
    uptime_seconds: u64,
    /// The live connections of this node.
    sockets: usize,
    /// `sqlite` or `postgres`.
    engine: &'static str,
    /// Bytes that the database takes.
    database_bytes: u64,
    /// Accounts.
    users: u64,
    /// Those that can sign in.
    active_users: u64,
    /// Administrators that can.
    admins: u64,
    /// Devices that aren't revoked.
    devices: u64,
    /// Sessions.
    sessions: u64,
    /// Spaces.
    spaces: u64,
    /// Documents in them.
    documents: u64,
    /// Bytes of those documents.
    document_bytes: u64,
    /// Entries of their logs.
    log_entries: u64,
    /// Entries of the audit log.
    audit_entries: u64,
}

/// Counts what there is.
#[operation()]
pub(in crate::http) async fn show(
    _: Admin,
    State(app): State<App>,
) -> Result<Json<StatisticsBody>, Problem> {
    let there = app.store.statistics().await?;
    Ok(Json(StatisticsBody {
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: app.started.elapsed().as_secs(),
        sockets: app.hub.len(),
        engine: match app.store.engine() {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        },
        database_bytes: there.database_bytes,
        users: there.users,
        active_users: there.active_users,
        admins: there.admins,
        devices: there.devices,
        sessions: there.sessions,
        spaces: there.spaces,
        documents: there.documents,
        document_bytes: there.document_bytes,
        log_entries: there.log_entries,
        audit_entries: there.audit_entries,
    }))
}
