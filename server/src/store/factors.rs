//! What an account has to prove who its owner is, as a whole.

use umbra_model::UserId;

use super::{Store, StoreError, Tx, db};

/// Which factors an account has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct Factors {
    /// It is enrolled for one-time codes.
    pub has_totp: bool,
    /// It has a passkey.
    pub has_passkeys: bool,
    /// Password sign-in is off.
    pub passwordless: bool,
}

/// The same in more words, for its owner to look at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct SecuritySummary {
    /// It has a password.
    pub has_password: bool,
    /// Password sign-in is off.
    pub passwordless: bool,
    /// When it was enrolled for one-time codes.
    pub totp_enrolled_at: Option<i64>,
    /// Recovery codes that weren't used yet.
    pub recovery_codes_left: i64,
}

impl Store {
    /// Which factors an account has: asked at every look at the status, so it counts
    /// nothing and reads three index entries.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account.
    pub async fn factors(&self, user: UserId) -> Result<Factors, StoreError> {
        Ok(db!(self, one Factors,
            "SELECT passwordless,
                    EXISTS (SELECT 1 FROM totp WHERE user_id = $1) AS has_totp,
                    EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1) AS has_passkeys
             FROM users WHERE id = $1", user.0)?)
    }

    /// What an account has, for its owner to look at.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account.
    pub async fn security_summary(&self, user: UserId) -> Result<SecuritySummary, StoreError> {
        Ok(db!(self, one SecuritySummary,
            "SELECT password_hash IS NOT NULL AS has_password, passwordless,
                    (SELECT enrolled_at FROM totp WHERE user_id = $1) AS totp_enrolled_at,
                    (SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1) AS recovery_codes_left
             FROM users WHERE id = $1", user.0)?)
    }

    /// Whether an account could do without its password.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn could_be_passwordless(&self, user: UserId) -> Result<bool, StoreError> {
        let mut tx = self.snapshot().await?;
        enough_without_password(&mut tx, user).await
    }

    /// Turns password sign-in off, and forgets the password. `false` where the account
    /// has too little to do without.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where it is off already.
    pub async fn enter_passwordless(&self, user: UserId) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        lock(&mut tx, user).await?;
        let entered = db!(tx tx, exec
            "UPDATE users SET passwordless = $2, password_hash = NULL WHERE id = $1 AND NOT passwordless",
            user.0, true)?;
        if entered == 0 {
            return Err(StoreError::Taken);
        }
        if !enough_without_password(&mut tx, user).await? {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Turns password sign-in on again, with this password.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where it isn't off.
    pub async fn leave_passwordless(
        &self,
        user: UserId,
        password_hash: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let left = db!(tx tx, exec
            "UPDATE users SET passwordless = $2, password_hash = $3 WHERE id = $1 AND passwordless",
            user.0, false, password_hash)?;
        if left == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }
}

/// Keeps others from changing this account's factors until the transaction ends. On
/// SQLite the transaction itself does: it began with the write lock.
pub(super) async fn lock(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    db!(tx tx, maybe uuid::Uuid,
        pg "SELECT id FROM users WHERE id = $1 FOR UPDATE",
        lite "SELECT id FROM users WHERE id = $1", user.0)?
    .map(drop)
    .ok_or(StoreError::Missing)
}

/// Whether the account can still be signed in to.
pub(super) async fn keeps_a_way_in(tx: &mut Tx, user: UserId) -> Result<bool, StoreError> {
    let password = db!(tx tx, val bool,
        "SELECT password_hash IS NOT NULL AND NOT passwordless FROM users WHERE id = $1", user.0)?;
    Ok(password || enough_without_password(tx, user).await?)
}

/// Two usable passkeys, or one and a recovery code: one may get lost.
async fn enough_without_password(tx: &mut Tx, user: UserId) -> Result<bool, StoreError> {
    let (passkeys, codes) = db!(tx tx, one (i64, bool),
        "SELECT (SELECT COUNT(*) FROM passkeys WHERE user_id = $1 AND suspect_at IS NULL),
                EXISTS (SELECT 1 FROM recovery_codes WHERE user_id = $1)", user.0)?;
    Ok(passkeys >= 2 || (passkeys == 1 && codes))
}
