//! API tokens: what a program may do in an account's name, within a scope.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::{Millis, SpaceKind, UserId};
use uuid::Uuid;

use super::spaces::parse;
use super::{Store, StoreError, db};

/// How far a token reaches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// Whether it only reads.
    pub access: TokenAccess,
    /// Spaces of which kinds.
    pub kinds: BTreeSet<SpaceKind>,
}

/// What a token may do with what it reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenAccess {
    /// Read it.
    Read,
    /// Read and write it.
    Write,
}

impl TokenAccess {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewApiToken {
    /// Its id.
    pub id: Uuid,
    /// The hash of it.
    pub token_hash: [u8; 32],
    /// Whose.
    pub user: UserId,
    /// What it is called.
    pub name: String,
    /// How far it reaches.
    pub scope: Scope,
    /// When it ends.
    pub expires_at: Millis,
}

/// A token, without what it is known by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiToken {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub user: UserId,
    /// What it is called.
    pub name: String,
    /// How far it reaches.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last used, within a minute.
    pub seen_at: Option<Millis>,
    /// When it ends.
    pub expires_at: Millis,
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: Uuid,
    user_id: Uuid,
    name: String,
    access: String,
    kinds: String,
    created_at: i64,
    seen_at: Option<i64>,
    expires_at: i64,
}

impl Store {
    /// Makes a token for an account that has fewer than so many.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where it has as many as it may.
    pub async fn create_api_token(
        &self,
        token: &NewApiToken,
        most: i64,
        now: Millis,
    ) -> Result<(), StoreError> {
        let kinds: Vec<_> = token.scope.kinds.iter().map(|kind| kind.as_str()).collect();
        let mut tx = self.begin().await?;
        tx.lock_account(token.user).await?;
        // What has ended makes room; it is shown for as long as there is.
        db!(tx tx, exec
            "DELETE FROM api_tokens WHERE user_id = $1 AND expires_at <= $2
             AND (SELECT COUNT(*) FROM api_tokens t WHERE t.user_id = $1) >= $3",
            token.user.0, now.0, most)?;
        let made = db!(tx tx, exec
            "INSERT INTO api_tokens (id, token_hash, user_id, name, access, kinds, created_at, expires_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8
             WHERE (SELECT COUNT(*) FROM api_tokens WHERE user_id = $3) < $9",
            token.id, token.token_hash.to_vec(), token.user.0, &token.name,
            token.scope.access.as_str(), kinds.join(" "), now.0, token.expires_at.0, most)?;
        if made == 0 {
            return Err(StoreError::Taken);
        }
        tx.commit().await
    }

    /// The token that has this hash, if it hasn't ended and its account is in order.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn api_token(
        &self,
        token_hash: &[u8; 32],
        now: Millis,
    ) -> Result<Option<ApiToken>, StoreError> {
        let row = db!(self, opt TokenRow,
            "SELECT t.id, t.user_id, t.name, t.access, t.kinds, t.created_at, t.seen_at, t.expires_at
             FROM api_tokens t JOIN users u ON u.id = t.user_id
             WHERE t.token_hash = $1 AND t.expires_at > $2 AND u.disabled_at IS NULL",
            token_hash.to_vec(), now.0)?;
        row.map(read).transpose()
    }

    /// An account's tokens, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn api_tokens(&self, user: UserId) -> Result<Vec<ApiToken>, StoreError> {
        let rows = db!(self, all TokenRow,
            "SELECT id, user_id, name, access, kinds, created_at, seen_at, expires_at
             FROM api_tokens WHERE user_id = $1 ORDER BY created_at DESC, id", user.0)?;
        rows.into_iter().map(read).collect()
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn touch_api_token(&self, id: Uuid, now: Millis) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec "UPDATE api_tokens SET seen_at = $2 WHERE id = $1", id, now.0)?;
        tx.commit().await
    }

    /// Ends a token.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the account has no such token.
    pub async fn revoke_api_token(&self, user: UserId, id: Uuid) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let gone = db!(tx tx, exec
            "DELETE FROM api_tokens WHERE id = $1 AND user_id = $2", id, user.0)?;
        if gone == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }

    /// Ends every API token and every app password of an account: what an
    /// administrator does who ends all that an account has open.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn revoke_grants(&self, user: UserId) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let tokens = db!(tx tx, exec "DELETE FROM api_tokens WHERE user_id = $1", user.0)?;
        let passwords = db!(tx tx, exec "DELETE FROM app_passwords WHERE user_id = $1", user.0)?;
        tx.commit().await?;
        Ok(tokens + passwords)
    }
}

fn read(row: TokenRow) -> Result<ApiToken, StoreError> {
    let access = match row.access.as_str() {
        "read" => TokenAccess::Read,
        "write" => TokenAccess::Write,
        other => return Err(StoreError::Corrupt(format!("api_tokens.access is {other}"))),
    };
    let kinds = row.kinds.split_ascii_whitespace().map(parse).collect::<Result<_, _>>()?;
    Ok(ApiToken {
        id: row.id,
        user: UserId(row.user_id),
        name: row.name,
        scope: Scope { access, kinds },
        created_at: Millis(row.created_at),
        seen_at: row.seen_at.map(Millis),
        expires_at: Millis(row.expires_at),
    })
}
