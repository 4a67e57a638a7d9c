//! Who may sign in, and who governs: the changes by which the last administrator must
//! not be lost.
//!
//! Each is one conditional statement. On PostgreSQL it locks the administrators that
//! it counts on, lowest id first, so that of two changes at once that would leave
//! nobody, the second sees the first; on SQLite there is one writer.

use umbra_model::{Millis, UserId};
use uuid::Uuid;

use super::{Store, StoreError, Tx, db};

/// What a change of somebody's standing came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It is done.
    Changed,
    /// It was so before.
    Unchanged,
    /// It would have left nobody to govern.
    LastAdmin,
}

impl Store {
    /// Disables an account and ends its sessions.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account.
    pub async fn disable(&self, user: UserId, now: Millis) -> Result<Standing, StoreError> {
        let mut tx = self.begin().await?;
        let disabled = db!(tx tx, exec
            pg "WITH admins AS (SELECT id FROM users WHERE is_admin AND disabled_at IS NULL ORDER BY id FOR UPDATE)
                UPDATE users SET disabled_at = $2 WHERE id = $1 AND deleted_at IS NULL AND disabled_at IS NULL
                AND (NOT is_admin OR EXISTS (SELECT 1 FROM admins a WHERE a.id <> $1))",
            lite "UPDATE users SET disabled_at = $2 WHERE id = $1 AND deleted_at IS NULL AND disabled_at IS NULL
                  AND (NOT is_admin OR EXISTS
                       (SELECT 1 FROM users a WHERE a.id <> $1 AND a.is_admin AND a.disabled_at IS NULL))",
            user.0, now.0)?;
        if disabled == 0 {
            let (_, disabled) = standing(&mut tx, user).await?;
            return Ok(if disabled { Standing::Unchanged } else { Standing::LastAdmin });
        }
        db!(tx tx, exec "DELETE FROM sessions WHERE user_id = $1", user.0)?;
        tx.commit().await?;
        Ok(Standing::Changed)
    }

    /// Lets a disabled account in again.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account.
    pub async fn enable(&self, user: UserId) -> Result<Standing, StoreError> {
        let mut tx = self.begin().await?;
        let enabled = db!(tx tx, exec
            "UPDATE users SET disabled_at = NULL WHERE id = $1 AND deleted_at IS NULL AND disabled_at IS NOT NULL",
            user.0)?;
        if enabled == 0 {
            standing(&mut tx, user).await?;
            return Ok(Standing::Unchanged);
        }
        tx.commit().await?;
        Ok(Standing::Changed)
    }

    /// Makes an account an administrator.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account.
    pub async fn promote(&self, user: UserId) -> Result<Standing, StoreError> {
        let mut tx = self.begin().await?;
        let promoted = db!(tx tx, exec
            "UPDATE users SET is_admin = $2 WHERE id = $1 AND deleted_at IS NULL AND NOT is_admin", user.0, true)?;
        if promoted == 0 {
            standing(&mut tx, user).await?;
            return Ok(Standing::Unchanged);
        }
        tx.commit().await?;
        Ok(Standing::Changed)
    }

    /// Makes an administrator an account like others.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account.
    pub async fn demote(&self, user: UserId) -> Result<Standing, StoreError> {
        let mut tx = self.begin().await?;
        // A disabled administrator governs nothing, so nobody is lost by them.
        let demoted = db!(tx tx, exec
            pg "WITH admins AS (SELECT id FROM users WHERE is_admin AND disabled_at IS NULL ORDER BY id FOR UPDATE)
                UPDATE users SET is_admin = $2 WHERE id = $1 AND deleted_at IS NULL AND is_admin
                AND (disabled_at IS NOT NULL OR EXISTS (SELECT 1 FROM admins a WHERE a.id <> $1))",
            lite "UPDATE users SET is_admin = $2 WHERE id = $1 AND deleted_at IS NULL AND is_admin
                  AND (disabled_at IS NOT NULL OR EXISTS
                       (SELECT 1 FROM users a WHERE a.id <> $1 AND a.is_admin AND a.disabled_at IS NULL))",
            user.0, false)?;
        if demoted == 0 {
            let (admin, _) = standing(&mut tx, user).await?;
            return Ok(if admin { Standing::LastAdmin } else { Standing::Unchanged });
        }
        tx.commit().await?;
        Ok(Standing::Changed)
    }

    /// Whether there is nobody but this administrator to govern.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn is_last_admin(&self, user: UserId) -> Result<bool, StoreError> {
        let others = db!(self, maybe Uuid,
            "SELECT id FROM users WHERE is_admin AND disabled_at IS NULL AND id <> $1 LIMIT 1", user.0)?;
        let admin = db!(self, maybe Uuid,
            "SELECT id FROM users WHERE is_admin AND disabled_at IS NULL AND id = $1", user.0)?;
        Ok(others.is_none() && admin.is_some())
    }
}

/// Whether the account governs, and whether it is disabled.
async fn standing(tx: &mut Tx, user: UserId) -> Result<(bool, bool), StoreError> {
    Ok(db!(tx tx, one (bool, bool),
        "SELECT is_admin, disabled_at IS NOT NULL FROM users WHERE id = $1 AND deleted_at IS NULL", user.0)?)
}
