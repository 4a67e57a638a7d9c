//! An account's sessions, for the person to look at and to end.

use umbra_model::{DeviceId, Millis, UserId};
use uuid::Uuid;

use super::{SessionKind, Store, StoreError, db};

/// When the person at a session proved who they are, where that is worth nothing any
/// more: their rights have grown since.
pub const STALE: Millis = Millis(0);

/// A session, as the person sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionEntry {
    /// Its id.
    pub id: Uuid,
    /// How its token is carried.
    pub kind: SessionKind,
    /// On which device.
    pub device: DeviceId,
    /// What its owner calls the device.
    pub device_name: String,
    /// What the device runs.
    pub platform: String,
    /// From which address it began.
    pub address: Option<String>,
    /// With what program, as far as that could be told.
    pub agent: Option<String>,
    /// When it began.
    pub created_at: Millis,
    /// When it was last used, within a minute.
    pub seen_at: Millis,
    /// Its absolute end.
    pub expires_at: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: Uuid,
    kind: String,
    device_id: Uuid,
    device_name: String,
    platform: String,
    address: Option<String>,
    agent: Option<String>,
    created_at: i64,
    seen_at: i64,
    expires_at: Option<i64>,
}

impl Store {
    /// The sessions of an account, the one used last first. An account has few.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<SessionEntry>, StoreError> {
        let rows = db!(self, all EntryRow,
            "SELECT s.id, s.kind, s.device_id, d.name AS device_name, d.platform, s.address, s.agent,
                    s.created_at, s.seen_at, s.expires_at
             FROM sessions s JOIN devices d ON d.id = s.device_id
             WHERE s.user_id = $1 AND d.revoked_at IS NULL AND d.purge_at IS NULL ORDER BY s.seen_at DESC, s.id", user.0)?;
        rows.into_iter().map(entry).collect()
    }

    /// Ends one session of an account.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the account has no such session.
    pub async fn end_session_of(&self, user: UserId, id: Uuid) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let ended = db!(tx tx, exec
            "DELETE FROM sessions WHERE id = $1 AND user_id = $2", id, user.0)?;
        if ended == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }

    /// Ends every session of an account but this one, by one statement, and says which
    /// they were: sockets may hang on them. A device that was ordered to remove
    /// everything keeps its own, by which it hears the order and nothing else.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_sessions(
        &self,
        user: UserId,
        but: Option<Uuid>,
    ) -> Result<Vec<Uuid>, StoreError> {
        let mut tx = self.begin().await?;
        // No session has the id of zeros.
        let ended = db!(tx tx, all (Uuid,),
            "DELETE FROM sessions WHERE user_id = $1 AND id <> $2
             AND device_id NOT IN (SELECT id FROM devices WHERE user_id = $1 AND purge_at IS NOT NULL)
             RETURNING id", user.0, but.unwrap_or(Uuid::nil()))?;
        tx.commit().await?;
        Ok(ended.into_iter().map(|(id,)| id).collect())
    }

    /// Takes the proof of who is there from every session of an account that has been
    /// given more rights: they are had by a token that was given afterwards. How many
    /// sessions there were is given back.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn stale_sessions(&self, user: UserId) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let stale = db!(tx tx, exec "UPDATE sessions SET fresh_at = $2 WHERE user_id = $1", user.0, STALE.0)?;
        tx.commit().await?;
        Ok(stale)
    }
}

fn entry(row: EntryRow) -> Result<SessionEntry, StoreError> {
    Ok(SessionEntry {
        id: row.id,
        kind: SessionKind::named(&row.kind)?,
        device: DeviceId(row.device_id),
        device_name: row.device_name,
        platform: row.platform,
        address: row.address,
        agent: row.agent,
        created_at: Millis(row.created_at),
        seen_at: Millis(row.seen_at),
        expires_at: row.expires_at.map(Millis),
    })
}
