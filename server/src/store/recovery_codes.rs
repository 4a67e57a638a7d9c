//! Recovery codes: only their hashes, each until it is used.

use umbra_model::{Millis, UserId};

use super::{Store, StoreError, Tx, db};

impl Store {
    /// Replaces an account's recovery codes.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn replace_recovery_codes(
        &self,
        user: UserId,
        codes: &[[u8; 32]],
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        replace(&mut tx, user, codes, now).await?;
        tx.commit().await
    }

    /// Uses a recovery code as the way in, of an account that has no other than that
    /// and passkeys. One statement, whether there is such an account or not.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn use_recovery_code(
        &self,
        name: &str,
        code: &[u8; 32],
    ) -> Result<Option<UserId>, StoreError> {
        let mut tx = self.begin().await?;
        let user = db!(tx tx, maybe uuid::Uuid,
            "DELETE FROM recovery_codes WHERE code_hash = $2 AND user_id =
                 (SELECT id FROM users WHERE name = $1 AND passwordless AND disabled_at IS NULL)
             RETURNING user_id", name, code.to_vec())?;
        tx.commit().await?;
        Ok(user.map(UserId))
    }
}

pub(super) async fn replace(
    tx: &mut Tx,
    user: UserId,
    codes: &[[u8; 32]],
    now: Millis,
) -> Result<(), StoreError> {
    super::factors::lock(tx, user).await?;
    db!(tx tx, exec "DELETE FROM recovery_codes WHERE user_id = $1", user.0)?;
    for code in codes {
        db!(tx tx, exec
            "INSERT INTO recovery_codes (user_id, code_hash, created_at) VALUES ($1, $2, $3)",
            user.0, code.to_vec(), now.0)?;
    }
    Ok(())
}
