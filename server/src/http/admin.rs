//! What administrators set.

use axum::Json;
use axum::extract::State;

use super::body::Body;
use super::problem::{Problem, ProblemCode};
use crate::app::App;
use crate::identity::Admin;
use crate::settings::{BadSetting, SystemSettings};
use crate::store::{AuditEvent, now};

/// What is set.
pub(super) async fn settings(
    _: Admin,
    State(app): State<App>,
) -> Result<Json<SystemSettings>, Problem> {
    Ok(Json(app.settings.current(&app.store).await?))
}

/// Sets all of it: what is left out has its default from then on. Other nodes notice
/// within seconds. A number out of its range is answered `body_invalid`.
pub(super) async fn set_settings(
    Admin(who): Admin,
    State(app): State<App>,
    Body(settings): Body<SystemSettings>,
) -> Result<Json<SystemSettings>, Problem> {
    settings.check()?;
    app.settings.set(&app.store, settings, now()).await?;
    let event = AuditEvent {
        actor: Some(who.user),
        device: Some(who.device),
        detail: serde_json::to_string(&settings).ok(),
        ..AuditEvent::new("settings_change", "ok")
    };
    app.store.audit(&event, now()).await?;
    Ok(Json(settings))
}

impl From<BadSetting> for Problem {
    fn from(bad: BadSetting) -> Self {
        Self::from(ProblemCode::BodyInvalid).detail(bad.to_string())
    }
}
