//! Sessions: who is signed in where. Only hashes of tokens are kept.

use umbra_model::{ActorPrefix, DeviceId, Millis, UserId};
use uuid::Uuid;

use super::meta::exactly;
use super::{Store, StoreError, db};

/// How a session's token is carried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionKind {
    /// By a browser, in a cookie.
    Cookie,
    /// By another client, in the `Authorization` header.
    Bearer,
}

impl SessionKind {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Bearer => "bearer",
        }
    }

    pub(super) fn named(name: &str) -> Result<Self, StoreError> {
        match name {
            "cookie" => Ok(Self::Cookie),
            "bearer" => Ok(Self::Bearer),
            other => Err(StoreError::Corrupt(format!("sessions.kind is {other}"))),
        }
    }
}

/// A session to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: Uuid,
    /// The hash of its token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub user: UserId,
    /// On which device.
    pub device: DeviceId,
    /// How the token is carried.
    pub kind: SessionKind,
    /// Its absolute end.
    pub expires_at: Option<Millis>,
    /// From which address it begins.
    pub address: Option<String>,
    /// With what program, as far as that can be told.
    pub agent: Option<String>,
}

/// A session, and whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Its id.
    pub id: Uuid,
    /// How its token is carried.
    pub kind: SessionKind,
    /// The account.
    pub user: UserId,
    /// The account's sign-in name.
    pub user_name: String,
    /// What the account is called.
    pub display_name: String,
    /// Whether the account governs accounts and the system.
    pub admin: bool,
    /// The device.
    pub device: DeviceId,
    /// What its owner calls it.
    pub device_name: String,
    /// What it runs.
    pub platform: String,
    /// With what its actor ids begin.
    pub prefix: ActorPrefix,
    /// When it was last used, within a minute.
    pub seen_at: Millis,
    /// When the person last proved who they are.
    pub fresh_at: Millis,
    /// Its absolute end.
    pub expires_at: Option<Millis>,
    /// Whether the device was ordered to remove everything. Its token then opens the
    /// socket, to hear that, and nothing else.
    pub purging: bool,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: Uuid,
    kind: String,
    user_id: Uuid,
    user_name: String,
    display_name: String,
    is_admin: bool,
    device_id: Uuid,
    device_name: String,
    platform: String,
    prefix: Vec<u8>,
    seen_at: i64,
    fresh_at: i64,
    expires_at: Option<i64>,
    purge_at: Option<i64>,
}

/// How a session stands, for a socket that hangs on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Foothold {
    /// Its device was ordered to remove everything, and is let in only for that.
    pub purging: bool,
}

impl Store {
    /// Begins a session. Where the account has more than so many then, those unused
    /// for longest end; their ids are given back, since sockets may hang on them.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account any more.
    pub async fn begin_session(
        &self,
        session: &NewSession,
        most: i64,
        now: Millis,
    ) -> Result<Vec<Uuid>, StoreError> {
        let mut tx = self.begin().await?;
        tx.lock_account(session.user).await?;
        db!(tx tx, exec
            "INSERT INTO sessions (id, token_hash, user_id, device_id, kind, created_at, seen_at, fresh_at, expires_at, address, agent)
             VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7, $8, $9)",
            session.id, session.token_hash.to_vec(), session.user.0, session.device.0,
            session.kind.as_str(), now.0, session.expires_at.map(|at| at.0),
            &session.address, &session.agent)?;
        let ended = db!(tx tx, all (Uuid,),
            "DELETE FROM sessions WHERE user_id = $1 AND id NOT IN
                 (SELECT id FROM sessions WHERE user_id = $1 ORDER BY seen_at DESC, id DESC LIMIT $2)
             RETURNING id", session.user.0, most)?;
        tx.commit().await?;
        Ok(ended.into_iter().map(|(id,)| id).collect())
    }

    /// The session of a token, if its account and device are in order. Whether its
    /// time is up is for the caller to see.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn session(&self, token_hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
        let row = db!(self, opt SessionRow,
            "SELECT s.id, s.kind, s.user_id, u.name AS user_name, u.display_name, u.is_admin,
                    s.device_id, d.name AS device_name, d.platform, d.prefix, s.seen_at, s.fresh_at, s.expires_at, d.purge_at
             FROM sessions s JOIN users u ON u.id = s.user_id JOIN devices d ON d.id = s.device_id
             WHERE s.token_hash = $1 AND u.disabled_at IS NULL AND d.revoked_at IS NULL",
            token_hash.to_vec())?;
        row.map(read).transpose()
    }

    /// How a session stands; none where it has ended, or its account or device isn't
    /// in order.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn standing(&self, id: Uuid) -> Result<Option<Foothold>, StoreError> {
        let row = db!(self, opt (Option<i64>,),
            "SELECT d.purge_at FROM sessions s JOIN users u ON u.id = s.user_id JOIN devices d ON d.id = s.device_id
             WHERE s.id = $1 AND u.disabled_at IS NULL AND d.revoked_at IS NULL", id)?;
        Ok(row.map(|(purge_at,)| Foothold { purging: purge_at.is_some() }))
    }

    /// Gives a session another token, when the person at it has just proved who they
    /// are. The one before opens nothing from here on.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the session has ended.
    pub async fn renew_session(
        &self,
        id: Uuid,
        token_hash: &[u8; 32],
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let renewed = db!(tx tx, exec
            "UPDATE sessions SET token_hash = $2, fresh_at = $3 WHERE id = $1",
            id, token_hash.to_vec(), now.0)?;
        if renewed == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }

    /// Notes that a session and its device were in use, if that isn't known yet.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn touch_session(
        &self,
        session: Uuid,
        device: DeviceId,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2", session, now.0)?;
        db!(tx tx, exec "UPDATE devices SET seen_at = $2 WHERE id = $1 AND seen_at < $2", device.0, now.0)?;
        tx.commit().await
    }

    /// Notes that the person at a session has just proved again who they are.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the session has ended.
    pub async fn refresh_session(&self, session: Uuid, now: Millis) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let renewed =
            db!(tx tx, exec "UPDATE sessions SET fresh_at = $2 WHERE id = $1", session, now.0)?;
        if renewed == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_session(&self, id: Uuid) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec "DELETE FROM sessions WHERE id = $1", id)?;
        tx.commit().await
    }
}

fn read(row: SessionRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.id,
        kind: SessionKind::named(&row.kind)?,
        user: UserId(row.user_id),
        user_name: row.user_name,
        display_name: row.display_name,
        admin: row.is_admin,
        device: DeviceId(row.device_id),
        device_name: row.device_name,
        platform: row.platform,
        prefix: ActorPrefix(exactly(row.prefix, "devices.prefix")?),
        seen_at: Millis(row.seen_at),
        fresh_at: Millis(row.fresh_at),
        expires_at: row.expires_at.map(Millis),
        purging: row.purge_at.is_some(),
    })
}
