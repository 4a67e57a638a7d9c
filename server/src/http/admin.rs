//! What administrators set.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::body::Body;
use super::problem::Problem;
use crate::app::App;
use crate::identity::Admin;
use crate::settings::Registration;
use crate::store::{AuditEvent, now};

/// The settings.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsBody {
    registration: Registration,
}

pub(super) async fn settings(
    _: Admin,
    State(app): State<App>,
) -> Result<Json<SettingsBody>, Problem> {
    let registration = app.settings.registration(&app.store).await?;
    Ok(Json(SettingsBody { registration }))
}

pub(super) async fn set_settings(
    Admin(who): Admin,
    State(app): State<App>,
    Body(body): Body<SettingsBody>,
) -> Result<Json<SettingsBody>, Problem> {
    app.settings.set_registration(&app.store, body.registration, now()).await?;
    let event = AuditEvent {
        actor: Some(who.user),
        device: Some(who.device),
        detail: Some(format!("registration {:?}", body.registration)),
        ..AuditEvent::new("settings_change", "ok")
    };
    app.store.audit(&event, now()).await?;
    Ok(Json(body))
}
