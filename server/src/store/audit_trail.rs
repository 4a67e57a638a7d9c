//! The audit log, read back, and shortened as far as it may be.

use umbra_model::{DeviceId, Millis, UserId};
use uuid::Uuid;

use super::{Store, StoreError, db, limits};

/// Something that happened, as it was noted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEntry {
    /// Its number: what happened later has a greater one.
    pub id: i64,
    /// When.
    pub at: Millis,
    /// Who did it.
    pub actor: Option<UserId>,
    /// Their sign-in name, where the account is still there.
    pub actor_name: Option<String>,
    /// Whom it is about.
    pub subject: Option<UserId>,
    /// Their sign-in name, where the account is still there.
    pub subject_name: Option<String>,
    /// With which device, or about which.
    pub device: Option<DeviceId>,
    /// What.
    pub action: String,
    /// What came of it.
    pub outcome: String,
    /// From which address.
    pub address: Option<String>,
    /// More of it.
    pub detail: Option<String>,
}

/// Which of what happened is looked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFilter {
    /// Done by this account.
    pub actor: Option<UserId>,
    /// About this account.
    pub subject: Option<UserId>,
    /// Done by or about this account.
    pub concerns: Option<UserId>,
    /// This was done.
    pub action: Option<String>,
    /// This came of it.
    pub outcome: Option<String>,
    /// Not earlier.
    pub from: Option<Millis>,
    /// Earlier than this.
    pub to: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: i64,
    at: i64,
    actor_id: Option<Uuid>,
    actor_name: Option<String>,
    subject_id: Option<Uuid>,
    subject_name: Option<String>,
    device_id: Option<Uuid>,
    action: String,
    outcome: String,
    address: Option<String>,
    detail: Option<String>,
}

impl Store {
    /// What happened, the latest first, before this number, so many entries at most.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn audit_trail(
        &self,
        filter: &AuditFilter,
        before: i64,
        most: i64,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = db!(self, all EntryRow,
            "SELECT e.id, e.at, e.actor_id, a.name AS actor_name, e.subject_id, s.name AS subject_name,
                    e.device_id, e.action, e.outcome, e.address, e.detail
             FROM audit_log e
             LEFT JOIN users a ON a.id = e.actor_id AND a.deleted_at IS NULL
             LEFT JOIN users s ON s.id = e.subject_id AND s.deleted_at IS NULL
             WHERE e.id < $1
             AND ($2 IS NULL OR e.actor_id = $2) AND ($3 IS NULL OR e.subject_id = $3)
             AND ($4 IS NULL OR e.actor_id = $4 OR e.subject_id = $4)
             AND ($5 IS NULL OR e.action = $5) AND ($6 IS NULL OR e.outcome = $6)
             AND ($7 IS NULL OR e.at >= $7) AND ($8 IS NULL OR e.at < $8)
             ORDER BY e.id DESC LIMIT $9",
            before, filter.actor.map(|it| it.0), filter.subject.map(|it| it.0),
            filter.concerns.map(|it| it.0), &filter.action, &filter.outcome,
            filter.from.map(|at| at.0), filter.to.map(|at| at.0), most)?;
        Ok(rows.into_iter().map(entry).collect())
    }

    /// Forgets some of what happened before this moment. Says whether there may be
    /// more. What is younger than thirty days the database itself keeps.
    pub(crate) async fn forget_some(&self, before: Millis) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let forgotten = db!(tx tx, exec
            "DELETE FROM audit_log WHERE id IN (SELECT e.id FROM audit_log e WHERE e.at < $1 ORDER BY e.at LIMIT $2)",
            before.0, limits::ERASE_ROUND)?;
        tx.commit().await?;
        Ok(i64::try_from(forgotten).is_ok_and(|it| it >= limits::ERASE_ROUND))
    }
}

fn entry(row: EntryRow) -> AuditEntry {
    AuditEntry {
        id: row.id,
        at: Millis(row.at),
        actor: row.actor_id.map(UserId),
        actor_name: row.actor_name,
        subject: row.subject_id.map(UserId),
        subject_name: row.subject_name,
        device: row.device_id.map(DeviceId),
        action: row.action,
        outcome: row.outcome,
        address: row.address,
        detail: row.detail,
    }
}
