//! One's own account: its names, its password, what was done with it, everything in it
//! to take along, and its end.

pub(super) mod deletion;
pub(super) mod export;
mod package;
pub(super) mod password;
pub(super) mod profile;
pub(super) mod trail;

use super::address::ClientAddress;
use super::problem::Problem;
use crate::app::App;
use crate::store::{AuditEvent, Session, now};

/// Notes what somebody did with their own account.
async fn note(
    app: &App,
    who: &Session,
    address: &ClientAddress,
    action: &'static str,
    outcome: &'static str,
) -> Result<(), Problem> {
    let event = AuditEvent {
        actor: Some(who.user),
        subject: Some(who.user),
        device: Some(who.device),
        address: Some(address.ip.to_string()),
        ..AuditEvent::new(action, outcome)
    };
    tracing::info!(action, outcome, user = %who.user, "account");
    Ok(app.store.audit(&event, now()).await?)
}
