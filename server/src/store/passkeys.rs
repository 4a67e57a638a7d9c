//! Passkeys: public keys, and what is known of the authenticators that hold the
//! private ones.

use umbra_model::{Millis, UserId};
use uuid::Uuid;

use super::factors::{keeps_a_way_in, lock};
use super::{Store, StoreError, db};

/// A passkey.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredPasskey {
    /// Its id here.
    pub id: Uuid,
    /// Whose.
    pub user: UserId,
    /// The authenticator's id of it: unique over the whole server.
    pub credential_id: Vec<u8>,
    /// What its owner calls it.
    pub name: String,
    /// The public key and what is known of the authenticator, as JSON.
    pub credential: String,
    /// The authenticator's count of its signatures; 0 where it keeps none.
    pub counter: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last used.
    pub used_at: Option<Millis>,
    /// When its counter went backwards.
    pub suspect_at: Option<Millis>,
}

/// What removing a passkey came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Removal {
    /// It is gone.
    Removed,
    /// Without it, too few ways in would be left.
    Needed,
}

#[derive(sqlx::FromRow)]
struct PasskeyRow {
    id: Uuid,
    user_id: Uuid,
    credential_id: Vec<u8>,
    name: String,
    credential: String,
    counter: i64,
    created_at: i64,
    used_at: Option<i64>,
    suspect_at: Option<i64>,
}

impl Store {
    /// Adds a passkey to an account that has fewer than so many; whether it did.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where some account has that credential already.
    pub async fn add_passkey(
        &self,
        passkey: &StoredPasskey,
        most: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        lock(&mut tx, passkey.user).await?;
        let added = db!(tx tx, exec
            "INSERT INTO passkeys (id, user_id, credential_id, name, credential, counter, created_at)
             SELECT $1, $2, $3, $4, $5, $6, $7
             WHERE (SELECT COUNT(*) FROM passkeys WHERE user_id = $2) < $8",
            passkey.id, passkey.user.0, &passkey.credential_id, &passkey.name,
            &passkey.credential, passkey.counter, passkey.created_at.0, most)?;
        tx.commit().await?;
        Ok(added == 1)
    }

    /// The passkeys of an account, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn passkeys(&self, user: UserId) -> Result<Vec<StoredPasskey>, StoreError> {
        let rows = db!(self, all PasskeyRow,
            "SELECT id, user_id, credential_id, name, credential, counter, created_at, used_at, suspect_at
             FROM passkeys WHERE user_id = $1 ORDER BY created_at, id", user.0)?;
        Ok(rows.into_iter().map(read).collect())
    }

    /// The passkey of this credential.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn passkey_of(
        &self,
        credential_id: &[u8],
    ) -> Result<Option<StoredPasskey>, StoreError> {
        let row = db!(self, opt PasskeyRow,
            "SELECT id, user_id, credential_id, name, credential, counter, created_at, used_at, suspect_at
             FROM passkeys WHERE credential_id = $1", credential_id)?;
        Ok(row.map(read))
    }

    /// Notes that a passkey was used, if it is not suspect and its counter has gone on
    /// since (or it keeps none); whether it did.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn use_passkey(
        &self,
        passkey: Uuid,
        credential: &str,
        counter: i64,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let used = db!(tx tx, exec
            "UPDATE passkeys SET credential = $2, counter = $3, used_at = $4
             WHERE id = $1 AND suspect_at IS NULL AND (counter < $3 OR (counter = 0 AND $3 = 0))",
            passkey, credential, counter, now.0)?;
        tx.commit().await?;
        Ok(used == 1)
    }

    /// Notes that there seems to be a copy of a passkey. It opens nothing from here on.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn suspect_passkey(&self, passkey: Uuid, now: Millis) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec "UPDATE passkeys SET suspect_at = $2 WHERE id = $1 AND suspect_at IS NULL",
            passkey, now.0)?;
        tx.commit().await
    }

    /// Gives a passkey another name.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the account has no such passkey.
    pub async fn rename_passkey(
        &self,
        user: UserId,
        passkey: Uuid,
        name: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let renamed = db!(tx tx, exec
            "UPDATE passkeys SET name = $3 WHERE id = $1 AND user_id = $2", passkey, user.0, name)?;
        if renamed == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }

    /// Removes a passkey, unless the account needs it to sign in.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the account has no such passkey.
    pub async fn remove_passkey(&self, user: UserId, passkey: Uuid) -> Result<Removal, StoreError> {
        let mut tx = self.begin().await?;
        lock(&mut tx, user).await?;
        let removed = db!(tx tx, exec
            "DELETE FROM passkeys WHERE id = $1 AND user_id = $2", passkey, user.0)?;
        if removed == 0 {
            return Err(StoreError::Missing);
        }
        if !keeps_a_way_in(&mut tx, user).await? {
            return Ok(Removal::Needed);
        }
        tx.commit().await?;
        Ok(Removal::Removed)
    }
}

fn read(row: PasskeyRow) -> StoredPasskey {
    StoredPasskey {
        id: row.id,
        user: UserId(row.user_id),
        credential_id: row.credential_id,
        name: row.name,
        credential: row.credential,
        counter: row.counter,
        created_at: Millis(row.created_at),
        used_at: row.used_at.map(Millis),
        suspect_at: row.suspect_at.map(Millis),
    }
}
