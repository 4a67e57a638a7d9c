//! Secrets of one-time codes, encrypted, and the time steps that were used.

use umbra_model::{Millis, UserId};
use uuid::Uuid;

use super::ceremonies::end;
use super::meta::exactly;
use super::{Store, StoreError, Tx, db};

/// The id of a key that seals secrets.
pub type KeyId = [u8; 8];

/// A secret as the database holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedTotp {
    /// Whose.
    pub user: UserId,
    /// Encrypted.
    pub secret: Vec<u8>,
}

/// What proves a second factor.
#[derive(Clone, Copy, Debug)]
pub enum SecondFactor {
    /// A one-time code of this time step.
    Step(i64),
    /// A recovery code of this hash.
    RecoveryCode([u8; 32]),
}

/// What giving a second factor came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Given {
    /// It was accepted, and won't be again.
    Accepted,
    /// It isn't one, or was used before.
    Wrong,
    /// The ceremony was finished by somebody else meanwhile.
    Over,
}

#[derive(sqlx::FromRow)]
struct SealedRow {
    user_id: Uuid,
    secret: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    key_id: Vec<u8>,
}

impl Store {
    /// The secret of an account's one-time codes.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn totp(&self, user: UserId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(db!(self, maybe Vec<u8>, "SELECT secret FROM totp WHERE user_id = $1", user.0)?)
    }

    /// Enrols an account that isn't yet. The code that proved it is used thereby, and
    /// these recovery codes replace whatever there were.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where it is enrolled already.
    pub async fn enrol_totp(
        &self,
        totp: &SealedTotp,
        key: KeyId,
        step: i64,
        codes: &[[u8; 32]],
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec
            "INSERT INTO totp (user_id, secret, key_id, last_step, enrolled_at)
             VALUES ($1, $2, $3, $4, $5)",
            totp.user.0, &totp.secret, key.to_vec(), step, now.0)?;
        super::recovery_codes::replace(&mut tx, totp.user, codes, now).await?;
        tx.commit().await
    }

    /// Removes an account's one-time codes. Recovery codes go as well, unless the
    /// account signs in without a password and may need them for that.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where it isn't enrolled.
    pub async fn remove_totp(&self, user: UserId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let removed = db!(tx tx, exec "DELETE FROM totp WHERE user_id = $1", user.0)?;
        if removed == 0 {
            return Err(StoreError::Missing);
        }
        db!(tx tx, exec
            "DELETE FROM recovery_codes WHERE user_id = $1
             AND EXISTS (SELECT 1 FROM users WHERE id = $1 AND NOT passwordless)", user.0)?;
        tx.commit().await
    }

    /// Accepts a second factor once: a time step that is later than the last one, or a
    /// recovery code that is there. With a ceremony, that ends too, or nothing happens.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn give_second_factor(
        &self,
        user: UserId,
        factor: SecondFactor,
        ceremony: Option<&[u8; 32]>,
    ) -> Result<Given, StoreError> {
        let mut tx = self.begin().await?;
        if let Some(ceremony) = ceremony
            && !end(&mut tx, ceremony).await?
        {
            return Ok(Given::Over);
        }
        if !accept(&mut tx, user, factor).await? {
            return Ok(Given::Wrong);
        }
        tx.commit().await?;
        Ok(Given::Accepted)
    }

    /// Under which keys secrets are sealed.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn sealing_keys(&self) -> Result<Vec<KeyId>, StoreError> {
        let rows = db!(self, all KeyRow, "SELECT DISTINCT key_id FROM totp ORDER BY key_id")?;
        rows.into_iter().map(|row| exactly(row.key_id, "totp.key_id")).collect()
    }

    /// Some of the secrets that are sealed under another key than this one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn sealed_otherwise(
        &self,
        key: KeyId,
        after: UserId,
        most: i64,
    ) -> Result<Vec<SealedTotp>, StoreError> {
        let rows = db!(self, all SealedRow,
            "SELECT user_id, secret FROM totp WHERE key_id <> $1 AND user_id > $2
             ORDER BY user_id LIMIT $3", key.to_vec(), after.0, most)?;
        let sealed = |row: SealedRow| SealedTotp { user: UserId(row.user_id), secret: row.secret };
        Ok(rows.into_iter().map(sealed).collect())
    }

    /// Replaces a secret by the same one under another key, if it is still there.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn reseal_totp(
        &self,
        old: &SealedTotp,
        new: &[u8],
        key: KeyId,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let replaced = db!(tx tx, exec
            "UPDATE totp SET secret = $3, key_id = $4 WHERE user_id = $1 AND secret = $2",
            old.user.0, &old.secret, new, key.to_vec())?;
        tx.commit().await?;
        Ok(replaced == 1)
    }

    /// Which key new secrets are to be sealed under, by the word of the node that was
    /// first to say so.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn agreed_key(&self, mine: &str, now: Millis) -> Result<String, StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec
            "INSERT INTO settings (name, value, changed_at) VALUES ('sealing_key', $1, $2)
             ON CONFLICT (name) DO NOTHING", mine, now.0)?;
        let agreed =
            db!(tx tx, val String, "SELECT value FROM settings WHERE name = 'sealing_key'")?;
        tx.commit().await?;
        Ok(agreed)
    }

    /// Says anew which key that is.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn agree_on_key(&self, key: &str, now: Millis) -> Result<(), StoreError> {
        self.set_settings(&[("sealing_key", Some(key.to_owned()))], now).await
    }
}

async fn accept(tx: &mut Tx, user: UserId, factor: SecondFactor) -> Result<bool, StoreError> {
    let accepted = match factor {
        SecondFactor::Step(step) => db!(tx tx, exec
            "UPDATE totp SET last_step = $2 WHERE user_id = $1 AND last_step < $2", user.0, step)?,
        SecondFactor::RecoveryCode(hash) => db!(tx tx, exec
            "DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2",
            user.0, hash.to_vec())?,
    };
    Ok(accepted == 1)
}
