//! What happened, told to the audit log, the log and the counters.

use super::address::ClientAddress;
use super::problem::Problem;
use crate::app::App;
use crate::identity::Refused;
use crate::store::{AuditEvent, Session, now};

/// Notes what happened, and from where. Nothing in it may be a secret.
///
/// # Errors
/// Where the database fails: what can't be noted isn't done.
pub(super) async fn note(
    app: &App,
    address: &ClientAddress,
    event: AuditEvent,
) -> Result<(), Problem> {
    let event = AuditEvent { address: Some(address.ip.to_string()), ..event };
    let (action, outcome) = (event.action, event.outcome);
    tracing::info!(action, outcome, user = ?event.subject, address = ?event.address, "identity");
    metrics::counter!("umbra_identity_total", "action" => action, "outcome" => outcome)
        .increment(1);
    Ok(app.store.audit(&event, now()).await?)
}

/// What somebody who is signed in did to their own account.
pub(super) fn own(who: &Session, action: &'static str, outcome: &'static str) -> AuditEvent {
    AuditEvent {
        actor: Some(who.user),
        subject: Some(who.user),
        device: Some(who.device),
        ..AuditEvent::new(action, outcome)
    }
}

/// That somebody wasn't let in: the owner of the account sees so, whoever it was.
pub(super) fn refused(refused: &Refused, action: &'static str) -> AuditEvent {
    let outcome = refused.problem.code.as_str();
    AuditEvent { subject: refused.user, ..AuditEvent::new(action, outcome) }
}
