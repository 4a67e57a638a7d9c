//! How much there is.

use super::spaces::unsigned;
use super::{Store, StoreError, db};

/// How much there is in the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    /// Accounts.
    pub users: u64,
    /// Those that can sign in.
    pub active_users: u64,
    /// Administrators that can.
    pub admins: u64,
    /// Devices that aren't revoked.
    pub devices: u64,
    /// Sessions.
    pub sessions: u64,
    /// Spaces that aren't deleted.
    pub spaces: u64,
    /// Documents in them.
    pub documents: u64,
    /// Bytes of those documents.
    pub document_bytes: u64,
    /// Entries of their logs.
    pub log_entries: u64,
    /// Entries of the audit log.
    pub audit_entries: u64,
    /// Bytes that the database takes.
    pub database_bytes: u64,
}

impl Store {
    /// Counts what there is.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn statistics(&self) -> Result<Statistics, StoreError> {
        let mut tx = self.snapshot().await?;
        let (users, active, admins) = db!(tx tx, one (i64, i64, i64),
            "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN disabled_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT),
                    CAST(COALESCE(SUM(CASE WHEN is_admin AND disabled_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT)
             FROM users WHERE deleted_at IS NULL")?;
        let (devices, sessions, audit) = db!(tx tx, one (i64, i64, i64),
            "SELECT (SELECT COUNT(*) FROM devices WHERE revoked_at IS NULL), (SELECT COUNT(*) FROM sessions),
                    (SELECT COUNT(*) FROM audit_log)")?;
        let (spaces, log) = db!(tx tx, one (i64, i64),
            "SELECT COUNT(*), CAST(COALESCE(SUM(head), 0) AS BIGINT) FROM spaces WHERE deleted_at IS NULL")?;
        let (documents, bytes) = db!(tx tx, one (i64, i64),
            "SELECT COUNT(*), CAST(COALESCE(SUM(d.saved_bytes + d.unfolded_bytes), 0) AS BIGINT)
             FROM documents d JOIN spaces s ON s.space = d.space
             WHERE d.purged_at IS NULL AND s.deleted_at IS NULL")?;
        let database = db!(tx tx, val i64,
            pg "SELECT pg_database_size(current_database())",
            lite "SELECT c.page_count * s.page_size FROM pragma_page_count() c, pragma_page_size() s")?;
        Ok(Statistics {
            users: unsigned(users)?,
            active_users: unsigned(active)?,
            admins: unsigned(admins)?,
            devices: unsigned(devices)?,
            sessions: unsigned(sessions)?,
            spaces: unsigned(spaces)?,
            documents: unsigned(documents)?,
            document_bytes: unsigned(bytes)?,
            log_entries: unsigned(log)?,
            audit_entries: unsigned(audit)?,
            database_bytes: unsigned(database)?,
        })
    }
}
