//! Accounts, and what guards their sign-in.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use umbra_model::{Millis, UserId};
use uuid::Uuid;

use super::users::search_text;
use super::{Store, StoreError, Tx, db};

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub user: UserId,
    /// Its sign-in name, normalised.
    pub name: String,
    /// What it is called.
    pub display_name: String,
    /// The hash of its password; none where it has no password.
    pub password_hash: Option<String>,
    /// Whether it governs accounts and the system.
    pub admin: bool,
    /// When it was disabled.
    pub disabled_at: Option<Millis>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("user", &self.user)
            .field("name", &self.name)
            .field("admin", &self.admin)
            .field("disabled_at", &self.disabled_at)
            .finish_non_exhaustive()
    }
}

/// Whether a password may be tested for a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attempt {
    /// It may. The attempt counts as failed until it is told otherwise.
    Allowed,
    /// Not before then.
    LockedUntil(Millis),
}

/// How many failures lock a name, and until when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lockout {
    /// So many in a row.
    pub failures: i64,
    /// Locked until then.
    pub until: Millis,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: Uuid,
    name: String,
    display_name: String,
    password_hash: Option<String>,
    is_admin: bool,
    disabled_at: Option<i64>,
}

/// The row whose presence says that the first account was made.
const SETUP_DONE: &str = "setup_done";

impl Store {
    /// The account of this sign-in name.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn account_named(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let row = db!(self, opt AccountRow,
            "SELECT id, name, display_name, password_hash, is_admin, disabled_at
             FROM users WHERE name = $1", name)?;
        Ok(row.map(account))
    }

    /// The account of this id.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn account(&self, user: UserId) -> Result<Option<Account>, StoreError> {
        let row = db!(self, opt AccountRow,
            "SELECT id, name, display_name, password_hash, is_admin, disabled_at
             FROM users WHERE id = $1", user.0)?;
        Ok(row.map(account))
    }

    /// Whether anybody has an account.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn is_set_up(&self) -> Result<bool, StoreError> {
        Ok(db!(self, maybe String, "SELECT name FROM settings WHERE name = $1", SETUP_DONE)?
            .is_some())
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where the name is.
    pub async fn create_account(&self, account: &Account, now: Millis) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        mark_set_up(&mut tx, now).await?;
        insert(&mut tx, account, now).await?;
        tx.commit().await
    }

    /// Makes the first account. Of many who try at once, one succeeds.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where there is an account already.
    pub async fn create_first_account(
        &self,
        account: &Account,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if !mark_set_up(&mut tx, now).await? {
            return Err(StoreError::Taken);
        }
        insert(&mut tx, account, now).await?;
        tx.commit().await
    }

    /// Replaces a password's hash by another of the same password.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn rehash_password(
        &self,
        user: UserId,
        old: &str,
        new: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
            user.0, old, new)?;
        tx.commit().await
    }

    /// Under which key a name's failures are counted. The database holds no names of
    /// accounts that don't exist, which people mistype their passwords into.
    pub fn lookup_key_of(&self, name: &str) -> [u8; 32] {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.meta().lookup_key) else {
            unreachable!("a key may have any length")
        };
        mac.chain_update(name).finalize().into_bytes().into()
    }

    /// Whether a password may be tested under this key of a name. The attempt is
    /// counted before the test, in a transaction of its own, so that tests running
    /// side by side count as well as those one after another; names that don't
    /// exist count alike.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn begin_sign_in(
        &self,
        key: &[u8],
        lockout: Lockout,
        now: Millis,
    ) -> Result<Attempt, StoreError> {
        let mut tx = self.begin().await?;
        let failures = db!(tx tx, maybe i64,
            "INSERT INTO login_failures (key, failures, failed_at, locked_until) VALUES ($1, 1, $2, NULL)
             ON CONFLICT (key) DO UPDATE SET
                 failures = CASE WHEN login_failures.locked_until IS NULL
                                 THEN login_failures.failures + 1 ELSE 1 END,
                 locked_until = CASE WHEN login_failures.locked_until IS NULL
                                      AND login_failures.failures + 1 >= $3 THEN CAST($4 AS BIGINT) END,
                 failed_at = $2
             WHERE login_failures.locked_until IS NULL OR login_failures.locked_until <= $2
             RETURNING failures", key, now.0, lockout.failures, lockout.until.0)?;
        if failures.is_some() {
            tx.commit().await?;
            return Ok(Attempt::Allowed);
        }
        let until = db!(tx tx, val Option<i64>,
            "SELECT locked_until FROM login_failures WHERE key = $1", key)?;
        Ok(Attempt::LockedUntil(Millis(until.unwrap_or(now.0))))
    }

    /// The password was right: nothing is counted any more.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn clear_failures(&self, key: &[u8]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec "DELETE FROM login_failures WHERE key = $1", key)?;
        tx.commit().await
    }

    /// Until when signing in under this key is locked, if it is.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn locked_until(
        &self,
        key: &[u8],
        now: Millis,
    ) -> Result<Option<Millis>, StoreError> {
        let until = db!(self, maybe i64,
            "SELECT locked_until FROM login_failures WHERE key = $1 AND locked_until > $2", key, now.0)?;
        Ok(until.map(Millis))
    }

    /// Forgets failures from before this moment, unless they still lock: people
    /// mistype, and what they typed shouldn't be kept for ever.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn forget_failures(&self, before: Millis, now: Millis) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let forgotten = db!(tx tx, exec
            "DELETE FROM login_failures WHERE failed_at < $1 AND (locked_until IS NULL OR locked_until <= $2)",
            before.0, now.0)?;
        tx.commit().await?;
        Ok(forgotten)
    }

    /// The password was not tested after all.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn take_back_attempt(&self, key: &[u8]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec "UPDATE login_failures SET failures = failures - 1, locked_until = NULL
             WHERE key = $1 AND failures > 0", key)?;
        tx.commit().await
    }
}

impl Tx {
    /// Keeps other transactions that count what an account has waiting, so that of
    /// many at once none sees room that another is about to take. On SQLite the
    /// transaction itself does.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account.
    pub(super) async fn lock_account(&mut self, user: UserId) -> Result<(), StoreError> {
        db!(tx self, one (Uuid,),
            pg "SELECT id FROM users WHERE id = $1 FOR UPDATE",
            lite "SELECT id FROM users WHERE id = $1", user.0)?;
        Ok(())
    }
}

/// Whether this transaction is the one that makes the first account.
async fn mark_set_up(tx: &mut Tx, now: Millis) -> Result<bool, StoreError> {
    let marked = db!(tx tx, exec
        "INSERT INTO settings (name, value, changed_at) VALUES ($1, '', $2)
         ON CONFLICT (name) DO NOTHING", SETUP_DONE, now.0)?;
    Ok(marked == 1)
}

pub(super) async fn insert(tx: &mut Tx, account: &Account, now: Millis) -> Result<(), StoreError> {
    db!(tx tx, exec
        "INSERT INTO users (id, name, display_name, password_hash, is_admin, created_at, disabled_at, search)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        account.user.0, &account.name, &account.display_name, &account.password_hash,
        account.admin, now.0, account.disabled_at.map(|at| at.0),
        search_text(&account.name, &account.display_name))?;
    Ok(())
}

fn account(row: AccountRow) -> Account {
    Account {
        user: UserId(row.id),
        name: row.name,
        display_name: row.display_name,
        password_hash: row.password_hash,
        admin: row.is_admin,
        disabled_at: row.disabled_at.map(Millis),
    }
}
