//! Orders to devices to remove what their user may no longer see, and what came
//! of them.

use umbra_model::{DeviceId, DocId, Millis, SpaceId, UserId};
use umbra_sync_protocol::wire::PurgeOrder;
use uuid::Uuid;

use super::spaces::unsigned;
use super::{Store, StoreError, db, limits};

/// What became of a purge order, as a space's owner sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PurgeStatus {
    /// The order's number.
    pub order: u64,
    /// Whose device.
    pub user: UserId,
    /// Their sign-in name; empty where the account is gone.
    pub user_name: String,
    /// The device.
    pub device: DeviceId,
    /// Its name; empty where the device is gone.
    pub device_name: String,
    /// One document; none where it is the whole space.
    pub doc: Option<DocId>,
    /// Why, in one word.
    pub reason: String,
    /// When it was given.
    pub issued_at: Millis,
    /// When the device said that it is done.
    pub confirmed_at: Option<Millis>,
    /// When it was taken back, since the user may see it again.
    pub withdrawn_at: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct StatusRow {
    id: i64,
    user_id: Uuid,
    user_name: Option<String>,
    device_id: Uuid,
    device_name: Option<String>,
    doc: Option<Uuid>,
    reason: String,
    issued_at: i64,
    confirmed_at: Option<i64>,
    withdrawn_at: Option<i64>,
}

impl Store {
    /// The orders that this device has yet to confirm, oldest first, so many at
    /// most. Those from before a restore wait while the space is recovering: perhaps
    /// they were taken back since, and what they name holds what was lost.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn open_purges(&self, device: DeviceId) -> Result<Vec<PurgeOrder>, StoreError> {
        let rows = db!(self, all (i64, Uuid, Option<Uuid>, String),
            "SELECT p.id, p.space, p.doc, p.reason FROM purge_orders p
             WHERE p.device_id = $1 AND p.confirmed_at IS NULL AND p.withdrawn_at IS NULL
             AND (p.issued_at > $3 OR NOT EXISTS (SELECT 1 FROM spaces s WHERE s.space = p.space AND s.recovering))
             ORDER BY p.id LIMIT $2",
            device.0, limits::PURGES_PAGE, self.meta().restored_at.map_or(i64::MIN, |at| at.0))?;
        rows.into_iter()
            .map(|(id, space, doc, reason)| {
                let (space, doc) = (SpaceId(space), doc.map(DocId));
                Ok(PurgeOrder { order: unsigned(id)?, space, doc, reason })
            })
            .collect()
    }

    /// Notes that the device has carried the order out. Confirming twice, or an
    /// order of another device, changes nothing.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn confirm_purge(
        &self,
        device: DeviceId,
        order: u64,
        now: Millis,
    ) -> Result<(), StoreError> {
        // No order has a number beyond what the column holds.
        let Ok(order) = i64::try_from(order) else { return Ok(()) };
        let mut tx = self.begin().await?;
        db!(tx tx, exec
            "UPDATE purge_orders SET confirmed_at = $3
             WHERE id = $1 AND device_id = $2 AND confirmed_at IS NULL", order, device.0, now.0)?;
        tx.commit().await
    }

    /// What became of the orders given for a space, newest first, for its owner,
    /// also after the space was deleted.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the account doesn't own such a space.
    pub async fn purges_in(
        &self,
        owner: UserId,
        space: SpaceId,
    ) -> Result<Vec<PurgeStatus>, StoreError> {
        let mut tx = self.snapshot().await?;
        db!(tx tx, one (Uuid,), "SELECT space FROM spaces WHERE space = $1 AND owner_id = $2", space.0, owner.0)?;
        let rows = db!(tx tx, all StatusRow,
            "SELECT p.id, p.user_id, u.name AS user_name, p.device_id, d.name AS device_name,
                    p.doc, p.reason, p.issued_at, p.confirmed_at, p.withdrawn_at
             FROM purge_orders p
             LEFT JOIN users u ON u.id = p.user_id AND u.deleted_at IS NULL LEFT JOIN devices d ON d.id = p.device_id
             WHERE p.space = $1 AND p.reason <> 'device_revoked' ORDER BY p.id DESC LIMIT $2", space.0, limits::PURGES_PAGE)?;
        rows.into_iter().map(status).collect()
    }
}

fn status(row: StatusRow) -> Result<PurgeStatus, StoreError> {
    Ok(PurgeStatus {
        order: unsigned(row.id)?,
        user: UserId(row.user_id),
        user_name: row.user_name.unwrap_or_default(),
        device: DeviceId(row.device_id),
        device_name: row.device_name.unwrap_or_default(),
        doc: row.doc.map(DocId),
        reason: row.reason,
        issued_at: Millis(row.issued_at),
        confirmed_at: row.confirmed_at.map(Millis),
        withdrawn_at: row.withdrawn_at.map(Millis),
    })
}
