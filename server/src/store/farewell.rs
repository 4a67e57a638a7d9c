//! The end of an account. What opened it goes, and its names; the row stays, since the
//! logs say of its id what it did, and so does the audit of them.

use umbra_model::{Millis, Role, SpaceId, SpaceKind, UserId};
use uuid::Uuid;

use super::spaces::parse;
use super::{Store, StoreError, Tx, db, limits};

/// A space that an account owns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OwnedSpace {
    /// The space.
    pub space: SpaceId,
    /// What it is for.
    pub kind: SpaceKind,
    /// Whether anybody else is in it.
    pub shared: bool,
}

/// A space in which a deleted account still is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Remains {
    pub(crate) user: UserId,
    pub(crate) space: SpaceId,
    pub(crate) role: Role,
}

impl Store {
    /// The spaces that an account owns.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn owned_spaces(&self, user: UserId) -> Result<Vec<OwnedSpace>, StoreError> {
        let rows = db!(
            self,
            all(Uuid, String, bool),
            "SELECT s.space, s.kind,
                    EXISTS (SELECT 1 FROM members m WHERE m.space = s.space AND m.user_id <> $1)
             FROM spaces s WHERE s.owner_id = $1 AND s.deleted_at IS NULL ORDER BY s.space",
            user.0
        )?;
        rows.into_iter()
            .map(|(space, kind, shared)| {
                Ok(OwnedSpace { space: SpaceId(space), kind: parse(&kind)?, shared })
            })
            .collect()
    }

    /// Ends an account, unless nobody would be left to govern: it can't be signed in to
    /// any more, and its names are free. `name_key` is the key of its sign-in name.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account, or it is the last
    /// administrator's.
    pub async fn bury(&self, user: UserId, name_key: &[u8], now: Millis) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        // No sign-in name begins so.
        let tombstone = format!("~{user}");
        let buried = db!(tx tx, exec
            pg "WITH admins AS (SELECT id FROM users WHERE is_admin AND disabled_at IS NULL ORDER BY id FOR UPDATE)
                UPDATE users SET deleted_at = $2, disabled_at = COALESCE(disabled_at, $2), is_admin = $3, name = $4,
                    display_name = '', search = '', password_hash = NULL
                WHERE id = $1 AND deleted_at IS NULL
                AND (NOT is_admin OR disabled_at IS NOT NULL OR EXISTS (SELECT 1 FROM admins a WHERE a.id <> $1))",
            lite "UPDATE users SET deleted_at = $2, disabled_at = COALESCE(disabled_at, $2), is_admin = $3, name = $4,
                      display_name = '', search = '', password_hash = NULL
                  WHERE id = $1 AND deleted_at IS NULL
                  AND (NOT is_admin OR disabled_at IS NOT NULL OR EXISTS
                       (SELECT 1 FROM users a WHERE a.id <> $1 AND a.is_admin AND a.disabled_at IS NULL))",
            user.0, now.0, false, tombstone)?;
        if buried == 0 {
            return Err(StoreError::Missing);
        }
        db!(tx tx, exec "DELETE FROM login_failures WHERE key = $1", name_key)?;
        forget_credentials(&mut tx, user, now).await?;
        // Who was let in, and when, stays; under which name doesn't.
        db!(tx tx, exec "UPDATE log SET member_name = '' WHERE member_id = $1", user.0)?;
        tx.commit().await
    }

    /// Some of the spaces in which deleted accounts still are; of this account, or of
    /// any.
    pub(crate) async fn remains(&self, of: Option<UserId>) -> Result<Vec<Remains>, StoreError> {
        let rows = db!(self, all (Uuid, Uuid, String),
            "SELECT m.user_id, m.space, m.role FROM users u JOIN members m ON m.user_id = u.id
             WHERE u.deleted_at IS NOT NULL AND ($1 IS NULL OR u.id = $1) ORDER BY m.space LIMIT $2",
            of.map(|it| it.0), limits::REMAINS_ROUND)?;
        rows.into_iter()
            .map(|(user, space, role)| {
                Ok(Remains { user: UserId(user), space: SpaceId(space), role: parse(&role)? })
            })
            .collect()
    }
}

/// Everything by which somebody could sign in, and what devices were called. The
/// devices themselves are named in the logs.
async fn forget_credentials(tx: &mut Tx, user: UserId, now: Millis) -> Result<(), StoreError> {
    db!(tx tx, exec "DELETE FROM password_resets WHERE user_id = $1", user.0)?;
    db!(tx tx, exec "DELETE FROM totp WHERE user_id = $1", user.0)?;
    db!(tx tx, exec "DELETE FROM recovery_codes WHERE user_id = $1", user.0)?;
    db!(tx tx, exec "DELETE FROM passkeys WHERE user_id = $1", user.0)?;
    db!(tx tx, exec "DELETE FROM ceremonies WHERE user_id = $1", user.0)?;
    db!(tx tx, exec "DELETE FROM sessions WHERE user_id = $1", user.0)?;
    db!(tx tx, exec
        "UPDATE devices SET name = '', platform = '', revoked_at = COALESCE(revoked_at, $2) WHERE user_id = $1",
        user.0, now.0)?;
    Ok(())
}
