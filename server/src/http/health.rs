//! Whether the server lives, and whether it can serve.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::problem::{Problem, ProblemCode};
use crate::app::App;
use crate::identity::Anyone;

/// The process is alive.
pub(super) async fn health(_: Anyone) -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The database answers, and the server isn't stopping. Its schema was brought up
/// to date before anything was served.
pub(super) async fn ready(_: Anyone, State(app): State<App>) -> Result<Json<Value>, Problem> {
    if app.stop.is_cancelled() {
        return Err(Problem::from(ProblemCode::Busy).detail("the server is stopping"));
    }
    match app.store.ping().await {
        Ok(()) => Ok(Json(json!({ "status": "ready" }))),
        Err(error) => {
            tracing::warn!(%error, "the database doesn't answer");
            Err(Problem::from(ProblemCode::Busy).detail("the database doesn't answer"))
        }
    }
}
