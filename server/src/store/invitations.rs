//! Invitations: by whom an account may be made where registration isn't open.

use umbra_model::{Millis, UserId};
use uuid::Uuid;

use super::accounts::insert;
use super::spaces::unsigned;
use super::{Account, Store, StoreError, db};

/// An invitation to be given.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Its id.
    pub id: Uuid,
    /// The hash of its token.
    pub token_hash: [u8; 32],
    /// For whom it is, in the administrator's words.
    pub note: String,
    /// Whether those who come by it govern accounts and the system.
    pub admin: bool,
    /// How many may come by it.
    pub uses_max: u32,
    /// Who gives it.
    pub by: UserId,
    /// Until when it is good.
    pub expires_at: Millis,
}

/// An invitation, as administrators see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invitation {
    /// Its id.
    pub id: Uuid,
    /// For whom it is, in the administrator's words.
    pub note: String,
    /// Whether those who come by it govern accounts and the system.
    pub admin: bool,
    /// How many may come by it.
    pub uses_max: u64,
    /// How many have come by it.
    pub uses: u64,
    /// Who gave it.
    pub by: UserId,
    /// When.
    pub created_at: Millis,
    /// Until when it is good.
    pub expires_at: Millis,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct InvitationRow {
    id: Uuid,
    note: String,
    is_admin: bool,
    uses_max: i64,
    uses: i64,
    created_by: Uuid,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl Store {
    /// Gives an invitation, if fewer than so many are good.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where there are as many as there may be.
    pub async fn invite(
        &self,
        new: &NewInvitation,
        most: i64,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let added = db!(tx tx, exec
            "INSERT INTO invitations (id, token_hash, note, is_admin, uses_max, uses, created_by, created_at, expires_at)
             SELECT $1, $2, $3, $4, $5, 0, $6, $7, $8
             WHERE (SELECT COUNT(*) FROM invitations
                    WHERE revoked_at IS NULL AND uses < uses_max AND expires_at > $7) < $9",
            new.id, new.token_hash.to_vec(), &new.note, new.admin, i64::from(new.uses_max),
            new.by.0, now.0, new.expires_at.0, most)?;
        if added == 0 {
            return Err(StoreError::Taken);
        }
        tx.commit().await
    }

    /// The invitations, the newest first, so many at most, before this one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn invitations(
        &self,
        before: Option<Uuid>,
        most: i64,
    ) -> Result<Vec<Invitation>, StoreError> {
        let rows = db!(self, all InvitationRow,
            "SELECT id, note, is_admin, uses_max, uses, created_by, created_at, expires_at, revoked_at
             FROM invitations WHERE ($1 IS NULL OR id < $1) ORDER BY id DESC LIMIT $2", before, most)?;
        rows.into_iter().map(invitation).collect()
    }

    /// Revokes an invitation.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none, or it was revoked before.
    pub async fn revoke_invitation(&self, id: Uuid, now: Millis) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let revoked = db!(tx tx, exec
            "UPDATE invitations SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", id, now.0)?;
        if revoked == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }

    /// Whether somebody may come by this token.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn is_invited(&self, token_hash: &[u8; 32], now: Millis) -> Result<bool, StoreError> {
        let id = db!(self, maybe Uuid,
            "SELECT id FROM invitations
             WHERE token_hash = $1 AND revoked_at IS NULL AND uses < uses_max AND expires_at > $2",
            token_hash.to_vec(), now.0)?;
        Ok(id.is_some())
    }

    /// Makes an account for somebody who comes by an invitation, which is used by it:
    /// both or neither. Says which invitation it was.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where nobody may come by this token (any more),
    /// [`StoreError::Taken`] where the name is.
    pub async fn create_invited(
        &self,
        account: &Account,
        token_hash: &[u8; 32],
        now: Millis,
    ) -> Result<Uuid, StoreError> {
        let mut tx = self.begin().await?;
        let (id, admin) = db!(tx tx, one (Uuid, bool),
            "UPDATE invitations SET uses = uses + 1
             WHERE token_hash = $1 AND revoked_at IS NULL AND uses < uses_max AND expires_at > $2
             RETURNING id, is_admin", token_hash.to_vec(), now.0)?;
        insert(&mut tx, &Account { admin, ..account.clone() }, now).await?;
        tx.commit().await?;
        Ok(id)
    }
}

fn invitation(row: InvitationRow) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row.id,
        note: row.note,
        admin: row.is_admin,
        uses_max: unsigned(row.uses_max)?,
        uses: unsigned(row.uses)?,
        by: UserId(row.created_by),
        created_at: Millis(row.created_at),
        expires_at: Millis(row.expires_at),
        revoked_at: row.revoked_at.map(Millis),
    })
}
