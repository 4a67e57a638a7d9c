//! App passwords: what a calendar program signs in with, next to the account's name.

use umbra_model::{Millis, UserId};
use uuid::Uuid;

use super::{Store, StoreError, db};

/// An app password, without itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppPassword {
    /// Its id.
    pub id: Uuid,
    /// What it is for, in its owner's words.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last used, within a minute.
    pub seen_at: Option<Millis>,
}

/// A password that was right: whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AppPasswordUse {
    /// The password's id.
    pub id: Uuid,
    /// Whose.
    pub user: UserId,
    /// When it was used before, within a minute.
    pub seen_at: Option<Millis>,
}

impl Store {
    /// Makes one for an account that has fewer than so many.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where it has as many as it may.
    pub async fn create_app_password(
        &self,
        user: UserId,
        password: &AppPassword,
        secret_hash: &[u8; 32],
        most: i64,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        tx.lock_account(user).await?;
        let made = db!(tx tx, exec
            "INSERT INTO app_passwords (id, secret_hash, user_id, name, created_at)
             SELECT $1, $2, $3, $4, $5
             WHERE (SELECT COUNT(*) FROM app_passwords WHERE user_id = $3) < $6",
            password.id, secret_hash.to_vec(), user.0, &password.name, password.created_at.0, most)?;
        if made == 0 {
            return Err(StoreError::Taken);
        }
        tx.commit().await
    }

    /// The password of this hash, if it is one of the account of this name, which is in
    /// order. One query, whether there is such an account or not.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn app_password(
        &self,
        name: &str,
        secret_hash: &[u8; 32],
    ) -> Result<Option<AppPasswordUse>, StoreError> {
        let row = db!(self, opt (Uuid, Uuid, Option<i64>),
            "SELECT p.id, p.user_id, p.seen_at FROM app_passwords p JOIN users u ON u.id = p.user_id
             WHERE p.secret_hash = $2 AND u.name = $1 AND u.disabled_at IS NULL",
            name, secret_hash.to_vec())?;
        Ok(row.map(|(id, user, seen_at)| AppPasswordUse {
            id,
            user: UserId(user),
            seen_at: seen_at.map(Millis),
        }))
    }

    /// An account's app passwords, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn app_passwords(&self, user: UserId) -> Result<Vec<AppPassword>, StoreError> {
        let rows = db!(
            self,
            all(Uuid, String, i64, Option<i64>),
            "SELECT id, name, created_at, seen_at FROM app_passwords
             WHERE user_id = $1 ORDER BY created_at DESC, id",
            user.0
        )?;
        let read = |(id, name, created_at, seen_at): (Uuid, String, i64, Option<i64>)| {
            AppPassword { id, name, created_at: Millis(created_at), seen_at: seen_at.map(Millis) }
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Notes that one was used.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn touch_app_password(&self, id: Uuid, now: Millis) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec "UPDATE app_passwords SET seen_at = $2 WHERE id = $1", id, now.0)?;
        tx.commit().await
    }

    /// Ends one.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the account has none of this id.
    pub async fn revoke_app_password(&self, user: UserId, id: Uuid) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let gone = db!(tx tx, exec
            "DELETE FROM app_passwords WHERE id = $1 AND user_id = $2", id, user.0)?;
        if gone == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }
}
