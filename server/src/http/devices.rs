//! An account's devices.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Serialize;
use umbra_model::DeviceId;
use umbra_server_macros::operation;

use super::id::At;
use super::problem::Problem;
use crate::app::App;
use crate::identity::SignedIn;
use crate::sequencer::Revocation;
use crate::store::{AuditEvent, Device, now};

/// A device, as its owner sees it.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceBody {
    id: DeviceId,
    name: String,
    platform: String,
    created_at: i64,
    seen_at: i64,
    revoked_at: Option<i64>,
    current: bool,
}

/// The caller's devices, the one seen last first.
#[operation()]
pub(super) async fn list(
    who: SignedIn,
    State(app): State<App>,
) -> Result<Json<Vec<DeviceBody>>, Problem> {
    let devices = app.store.devices(who.user).await?;
    Ok(Json(devices.into_iter().map(|device| body(device, who.device)).collect()))
}

/// Signs a device out for good. Its sockets have ended when this is answered.
#[operation()]
pub(super) async fn revoke(
    who: SignedIn,
    State(app): State<App>,
    At(device): At<DeviceId>,
) -> Result<NoContent, Problem> {
    app.store.revoke_device(who.user, device, now()).await?;
    app.revoke(Revocation::Device(device)).await;
    let event = AuditEvent {
        actor: Some(who.user),
        subject: Some(who.user),
        device: Some(device),
        ..AuditEvent::new("device_revoke", "ok")
    };
    app.store.audit(&event, now()).await?;
    Ok(NoContent)
}

fn body(device: Device, current: DeviceId) -> DeviceBody {
    DeviceBody {
        id: device.device,
        name: device.name,
        platform: device.platform,
        created_at: device.created_at.0,
        seen_at: device.seen_at.0,
        revoked_at: device.revoked_at.map(|at| at.0),
        current: device.device == current,
    }
}
