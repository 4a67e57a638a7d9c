//! New passwords, and the one-time links by which they are set.

use umbra_model::{Millis, UserId};
use uuid::Uuid;

use super::{Store, StoreError, db};

/// Whose password a link sets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResetOf {
    /// The account.
    pub user: UserId,
    /// Its sign-in name.
    pub name: String,
    /// What it is called.
    pub display_name: String,
}

impl Store {
    /// Sets a new password and ends every session of the account but this one; which
    /// they were is given back, since sockets may hang on them. A link to set another
    /// password is good no more.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account, or password sign-in is off.
    pub async fn set_password(
        &self,
        user: UserId,
        hash: &str,
        but: Uuid,
    ) -> Result<Vec<Uuid>, StoreError> {
        let mut tx = self.begin().await?;
        let set = db!(tx tx, exec
            "UPDATE users SET password_hash = $2 WHERE id = $1 AND deleted_at IS NULL AND NOT passwordless",
            user.0, hash)?;
        if set == 0 {
            return Err(StoreError::Missing);
        }
        db!(tx tx, exec "DELETE FROM password_resets WHERE user_id = $1", user.0)?;
        let ended = db!(tx tx, all (Uuid,),
            "DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id", user.0, but)?;
        tx.commit().await?;
        Ok(ended.into_iter().map(|(id,)| id).collect())
    }

    /// Gives a link by which the account's password is set, in place of an earlier one.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account.
    pub async fn begin_reset(
        &self,
        user: UserId,
        token_hash: &[u8; 32],
        now: Millis,
        expires_at: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let added = db!(tx tx, exec
            "INSERT INTO password_resets (user_id, token_hash, created_at, expires_at)
             SELECT u.id, $2, $3, $4 FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL
             ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash,
                 created_at = excluded.created_at, expires_at = excluded.expires_at",
            user.0, token_hash.to_vec(), now.0, expires_at.0)?;
        if added == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }

    /// Whose password the link of this token sets.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where it is wrong, used, or expired.
    pub async fn reset_of(
        &self,
        token_hash: &[u8; 32],
        now: Millis,
    ) -> Result<ResetOf, StoreError> {
        let (user, name, display_name) = db!(self, one (Uuid, String, String),
            "SELECT u.id, u.name, u.display_name FROM password_resets r JOIN users u ON u.id = r.user_id
             WHERE r.token_hash = $1 AND r.expires_at > $2 AND u.disabled_at IS NULL",
            token_hash.to_vec(), now.0)?;
        Ok(ResetOf { user: UserId(user), name, display_name })
    }

    /// Sets the password by the link of this token, once, and ends every session of the
    /// account; password sign-in is on from then on. Whose it was is given back.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the link is wrong, used, or expired.
    pub async fn finish_reset(
        &self,
        token_hash: &[u8; 32],
        hash: &str,
        now: Millis,
    ) -> Result<UserId, StoreError> {
        let mut tx = self.begin().await?;
        let user = db!(tx tx, val Uuid,
            "DELETE FROM password_resets WHERE token_hash = $1 AND expires_at > $2 RETURNING user_id",
            token_hash.to_vec(), now.0)?;
        let set = db!(tx tx, exec
            "UPDATE users SET password_hash = $2, passwordless = FALSE WHERE id = $1 AND disabled_at IS NULL",
            user, hash)?;
        if set == 0 {
            return Err(StoreError::Missing);
        }
        db!(tx tx, exec "DELETE FROM sessions WHERE user_id = $1", user)?;
        tx.commit().await?;
        Ok(UserId(user))
    }

    /// Ends every session of an account.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account.
    pub async fn sign_out_everywhere(&self, user: UserId) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, one (Uuid,), "SELECT id FROM users WHERE id = $1 AND deleted_at IS NULL", user.0)?;
        let ended = db!(tx tx, exec "DELETE FROM sessions WHERE user_id = $1", user.0)?;
        tx.commit().await?;
        Ok(ended)
    }
}
