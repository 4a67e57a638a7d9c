//! What happened around accounts: who did it, to whom, from where, and what came
//! of it. Rows are only ever added. They never hold a secret.

use umbra_model::{DeviceId, Millis, UserId};

use super::{Store, StoreError, db};

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEvent {
    /// Who did it, if that is known.
    pub actor: Option<UserId>,
    /// Whom it is about, if there is such an account.
    pub subject: Option<UserId>,
    /// With which device.
    pub device: Option<DeviceId>,
    /// What, in one word, such as `sign_in`.
    pub action: &'static str,
    /// What came of it: `ok`, or why not.
    pub outcome: &'static str,
    /// From which address.
    pub address: Option<String>,
    /// More of it, where there is more.
    pub detail: Option<String>,
}

impl AuditEvent {
    /// An event of which no more is known than what was tried and what came of it.
    pub const fn new(action: &'static str, outcome: &'static str) -> Self {
        Self {
            actor: None,
            subject: None,
            device: None,
            action,
            outcome,
            address: None,
            detail: None,
        }
    }
}

impl Store {
    /// Notes it.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn audit(&self, event: &AuditEvent, now: Millis) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec
            "INSERT INTO audit_log (at, actor_id, subject_id, device_id, action, outcome, address, detail)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            now.0, event.actor.map(|it| it.0), event.subject.map(|it| it.0),
            event.device.map(|it| it.0), event.action, event.outcome, &event.address,
            &event.detail)?;
        tx.commit().await
    }
}
