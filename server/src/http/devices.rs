//! An account's devices.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::DeviceId;
use umbra_server_macros::operation;

use super::address::ClientAddress;
use super::body::Body;
use super::id::At;
use super::openapi::{Accepted, DisplayName};
use super::problem::Problem;
use crate::app::App;
use crate::identity::{Fresh, SignedIn, short};
use crate::sequencer::Revocation;
use crate::store::{AuditEvent, Device, PurgeProgress, Session, now};

/// A device, as its owner sees it.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceBody {
    id: DeviceId,
    name: String,
    platform: String,
    created_at: i64,
    /// When it was last seen, within a minute.
    seen_at: i64,
    revoked_at: Option<i64>,
    /// Where it was ordered to remove everything: what came of that.
    purge: Option<PurgeBody>,
    /// Whether it is the one that asks.
    current: bool,
}

/// What came of the order to remove everything.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DevicePurge")]
pub(super) struct PurgeBody {
    ordered_at: i64,
    /// When it had confirmed all of it, and was signed out.
    done_at: Option<i64>,
    /// How many orders it was given, one for each space.
    orders: u64,
    /// How many of them it has confirmed.
    confirmed: u64,
}

/// What a device is to be called.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RenameBody {
    /// 1 to 64 characters.
    #[schemars(with = "DisplayName")]
    name: String,
}

/// The caller's devices, the one seen last first.
#[operation()]
pub(super) async fn list(
    who: SignedIn,
    State(app): State<App>,
) -> Result<Json<Vec<DeviceBody>>, Problem> {
    let devices = app.store.devices(who.user).await?;
    let progress = app.store.purge_progress(who.user).await?;
    let of = |device: Device| {
        let progress = progress.get(&device.device).copied();
        body(device, progress, who.device)
    };
    Ok(Json(devices.into_iter().map(of).collect()))
}

/// Gives one of the caller's devices another name.
#[operation()]
pub(super) async fn rename(
    who: SignedIn,
    State(app): State<App>,
    At(device): At<DeviceId>,
    Body(new): Body<RenameBody>,
) -> Result<NoContent, Problem> {
    let name = short(new.name, "name")?;
    app.store.rename_device(who.user, device, &name).await?;
    Ok(NoContent)
}

/// Signs a device out for good. Its sockets have ended when this is answered, and it
/// can't sign in again. What it holds stays on it: to remove that, order it to.
#[operation()]
pub(super) async fn revoke(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    At(device): At<DeviceId>,
) -> Result<NoContent, Problem> {
    app.store.revoke_device(who.user, device, now()).await?;
    app.revoke(Revocation::Device(device)).await;
    note(&app, "device_revoke", &who, device, &address).await?;
    Ok(NoContent)
}

/// Orders a device to remove everything that it holds of the account. From here on its
/// token opens nothing but the socket, to hear so; its live sockets have ended when this
/// is answered. When it has confirmed all of it, it is revoked. What it hadn't synced is
/// rescued there first, as with every such order.
#[operation()]
pub(super) async fn purge(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    At(device): At<DeviceId>,
) -> Result<Accepted, Problem> {
    app.store.order_device_purge(who.user, device, now()).await?;
    app.revoke(Revocation::Replica(device)).await;
    note(&app, "device_purge", &who, device, &address).await?;
    Ok(Accepted)
}

async fn note(
    app: &App,
    action: &'static str,
    who: &Session,
    device: DeviceId,
    address: &ClientAddress,
) -> Result<(), Problem> {
    let event = AuditEvent {
        actor: Some(who.user),
        subject: Some(who.user),
        device: Some(device),
        address: Some(address.ip.to_string()),
        ..AuditEvent::new(action, "ok")
    };
    Ok(app.store.audit(&event, now()).await?)
}

fn body(device: Device, progress: Option<PurgeProgress>, current: DeviceId) -> DeviceBody {
    let progress = progress.unwrap_or(PurgeProgress { orders: 0, confirmed: 0 });
    let purge = device.purge_at.map(|ordered_at| PurgeBody {
        ordered_at: ordered_at.0,
        done_at: device.purged_at.map(|at| at.0),
        orders: progress.orders,
        confirmed: progress.confirmed,
    });
    DeviceBody {
        id: device.device,
        name: device.name,
        platform: device.platform,
        created_at: device.created_at.0,
        seen_at: device.seen_at.0,
        revoked_at: device.revoked_at.map(|at| at.0),
        purge,
        current: device.device == current,
    }
}
