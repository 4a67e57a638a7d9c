//! Accounts, as administrators and their owners see them. What is in their documents
//! isn't among it.

use umbra_model::{Millis, UserId};
use uuid::Uuid;

use super::spaces::unsigned;
use super::{Store, StoreError, db};

/// An account, without anything that opens it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserEntry {
    /// Its id.
    pub user: UserId,
    /// Its sign-in name.
    pub name: String,
    /// What it is called.
    pub display_name: String,
    /// Whether it governs accounts and the system.
    pub admin: bool,
    /// Whether it has a password.
    pub has_password: bool,
    /// When it was made.
    pub created_at: Millis,
    /// When it was disabled.
    pub disabled_at: Option<Millis>,
    /// When one of its devices was last seen, within a minute.
    pub seen_at: Option<Millis>,
    /// Its own quotas.
    pub quotas: Quotas,
}

/// How much an account may have. What is none is as it is set for all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Quotas {
    /// Spaces that it owns, beside its personal one.
    pub spaces: Option<u64>,
    /// Documents in the spaces that it owns.
    pub documents: Option<u64>,
    /// Bytes of those documents.
    pub bytes: Option<u64>,
}

/// How much an account has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// Spaces that it owns, beside its personal one.
    pub spaces: u64,
    /// Documents in the spaces that it owns.
    pub documents: u64,
    /// Bytes of those documents.
    pub bytes: u64,
}

/// Which accounts are looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum UserState {
    /// All of them.
    #[default]
    Any,
    /// Those that can sign in.
    Active,
    /// Those that were disabled.
    Disabled,
    /// Administrators.
    Admin,
}

impl UserState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Admin => "admin",
        }
    }
}

#[derive(sqlx::FromRow)]
struct UserRow {
    id: Uuid,
    name: String,
    display_name: String,
    is_admin: bool,
    has_password: bool,
    created_at: i64,
    disabled_at: Option<i64>,
    seen_at: Option<i64>,
    quota_spaces: Option<i64>,
    quota_documents: Option<i64>,
    quota_bytes: Option<i64>,
}

/// The text by which an account is found: both its names, in lower case.
pub(super) fn search_text(name: &str, display_name: &str) -> String {
    format!("{name} {}", display_name.to_lowercase())
}

impl Store {
    /// Accounts in the order of their sign-in names, behind this one, so many at most:
    /// those in whose names this text is.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn users(
        &self,
        after: &str,
        search: &str,
        state: UserState,
        most: i64,
    ) -> Result<Vec<UserEntry>, StoreError> {
        let rows = db!(self, all UserRow,
            pg "SELECT u.id, u.name, u.display_name, u.is_admin, u.password_hash IS NOT NULL AS has_password,
                       u.created_at, u.disabled_at, (SELECT MAX(d.seen_at) FROM devices d WHERE d.user_id = u.id) AS seen_at,
                       u.quota_spaces, u.quota_documents, u.quota_bytes
                FROM users u
                WHERE u.deleted_at IS NULL AND u.name COLLATE \"C\" > $1 AND ($2 = '' OR strpos(u.search, $2) > 0)
                AND ($3 = '' OR ($3 = 'active' AND u.disabled_at IS NULL)
                     OR ($3 = 'disabled' AND u.disabled_at IS NOT NULL) OR ($3 = 'admin' AND u.is_admin))
                ORDER BY u.name COLLATE \"C\" LIMIT $4",
            lite "SELECT u.id, u.name, u.display_name, u.is_admin, u.password_hash IS NOT NULL AS has_password,
                         u.created_at, u.disabled_at, (SELECT MAX(d.seen_at) FROM devices d WHERE d.user_id = u.id) AS seen_at,
                         u.quota_spaces, u.quota_documents, u.quota_bytes
                  FROM users u
                  WHERE u.deleted_at IS NULL AND u.name > $1 AND ($2 = '' OR instr(u.search, $2) > 0)
                  AND ($3 = '' OR ($3 = 'active' AND u.disabled_at IS NULL)
                       OR ($3 = 'disabled' AND u.disabled_at IS NOT NULL) OR ($3 = 'admin' AND u.is_admin))
                  ORDER BY u.name LIMIT $4",
            after, search.to_lowercase(), state.as_str(), most)?;
        rows.into_iter().map(entry).collect()
    }

    /// An account.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none, or none any more.
    pub async fn user(&self, user: UserId) -> Result<UserEntry, StoreError> {
        entry(db!(self, one UserRow,
            "SELECT u.id, u.name, u.display_name, u.is_admin, u.password_hash IS NOT NULL AS has_password,
                    u.created_at, u.disabled_at, (SELECT MAX(d.seen_at) FROM devices d WHERE d.user_id = u.id) AS seen_at,
                    u.quota_spaces, u.quota_documents, u.quota_bytes
             FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL", user.0)?)
    }

    /// How much an account has.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn usage(&self, user: UserId) -> Result<Usage, StoreError> {
        self.snapshot().await?.usage(user.0).await
    }

    /// Gives an account quotas of its own, or takes them.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such account.
    pub async fn set_quotas(&self, user: UserId, quotas: Quotas) -> Result<(), StoreError> {
        let cell = |quota: Option<u64>| quota.map(|it| i64::try_from(it).unwrap_or(i64::MAX));
        let mut tx = self.begin().await?;
        let set = db!(tx tx, exec
            "UPDATE users SET quota_spaces = $2, quota_documents = $3, quota_bytes = $4
             WHERE id = $1 AND deleted_at IS NULL",
            user.0, cell(quotas.spaces), cell(quotas.documents), cell(quotas.bytes))?;
        if set == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }

    /// Gives an account other names.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where the sign-in name is, [`StoreError::Missing`] where
    /// there is no such account.
    pub async fn rename(
        &self,
        user: UserId,
        name: &str,
        display_name: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let renamed = db!(tx tx, exec
            "UPDATE users SET name = $2, display_name = $3, search = $4 WHERE id = $1 AND deleted_at IS NULL",
            user.0, name, display_name, search_text(name, display_name))?;
        if renamed == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }
}

fn entry(row: UserRow) -> Result<UserEntry, StoreError> {
    let quota = |cell: Option<i64>| cell.map(unsigned).transpose();
    Ok(UserEntry {
        user: UserId(row.id),
        name: row.name,
        display_name: row.display_name,
        admin: row.is_admin,
        has_password: row.has_password,
        created_at: Millis(row.created_at),
        disabled_at: row.disabled_at.map(Millis),
        seen_at: row.seen_at.map(Millis),
        quotas: Quotas {
            spaces: quota(row.quota_spaces)?,
            documents: quota(row.quota_documents)?,
            bytes: quota(row.quota_bytes)?,
        },
    })
}
