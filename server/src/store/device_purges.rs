//! A device that its owner ordered to remove everything: one order for each space,
//! and the end of its sign-in when all of them are confirmed.

use std::collections::BTreeMap;

use umbra_model::{DeviceId, Millis, UserId};
use uuid::Uuid;

use super::spaces::unsigned;
use super::{Store, StoreError, db};

/// How far a device has come with removing everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PurgeProgress {
    /// How many orders it was given.
    pub orders: u64,
    /// How many of them it has confirmed.
    pub confirmed: u64,
}

impl Store {
    /// Orders a device to remove everything: every space that its account has. From
    /// here on its token opens nothing but the socket, to hear so. What came in one
    /// space before stays open beside.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the account has no such device, it is revoked, or
    /// was ordered so before.
    pub async fn order_device_purge(
        &self,
        user: UserId,
        device: DeviceId,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let ordered = db!(tx tx, exec
            "UPDATE devices SET purge_at = $3
             WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND purge_at IS NULL",
            device.0, user.0, now.0)?;
        if ordered == 0 {
            return Err(StoreError::Missing);
        }
        db!(tx tx, exec
            "INSERT INTO purge_orders (device_id, user_id, space, reason, issued_at)
             SELECT $1, $2, m.space, 'device_revoked', $3
             FROM members m JOIN spaces s ON s.space = m.space
             WHERE m.user_id = $2 AND s.deleted_at IS NULL", device.0, user.0, now.0)?;
        tx.commit().await
    }

    /// Revokes a device that was ordered to remove everything and has confirmed all of
    /// it, and says whether that is so now.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn finish_device_purge(
        &self,
        device: DeviceId,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = db!(tx tx, exec
            "UPDATE devices SET purged_at = $2, revoked_at = $2
             WHERE id = $1 AND purge_at IS NOT NULL AND revoked_at IS NULL AND NOT EXISTS
                 (SELECT 1 FROM purge_orders p WHERE p.device_id = $1
                  AND p.confirmed_at IS NULL AND p.withdrawn_at IS NULL)", device.0, now.0)?;
        if done == 0 {
            return Ok(false);
        }
        db!(tx tx, exec "DELETE FROM sessions WHERE device_id = $1", device.0)?;
        tx.commit().await?;
        Ok(true)
    }

    /// How far each device of an account has come that was ordered to remove everything.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn purge_progress(
        &self,
        user: UserId,
    ) -> Result<BTreeMap<DeviceId, PurgeProgress>, StoreError> {
        let rows = db!(
            self,
            all(Uuid, i64, i64),
            "SELECT device_id, COUNT(*), COUNT(confirmed_at) FROM purge_orders
             WHERE user_id = $1 AND reason = 'device_revoked' GROUP BY device_id",
            user.0
        )?;
        rows.into_iter()
            .map(|(device, orders, confirmed)| {
                let (orders, confirmed) = (unsigned(orders)?, unsigned(confirmed)?);
                Ok((DeviceId(device), PurgeProgress { orders, confirmed }))
            })
            .collect()
    }
}
