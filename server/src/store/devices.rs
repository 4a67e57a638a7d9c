//! Devices of accounts: one replica, one prefix of actor ids, one credential each.

use umbra_model::{ActorPrefix, DeviceId, Millis, UserId};
use uuid::Uuid;

use super::meta::exactly;
use super::{Store, StoreError, db};

/// A device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Device {
    /// Its id.
    pub device: DeviceId,
    /// Whose it is.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// What it runs, such as `linux` or `web`.
    pub platform: String,
    /// With what its actor ids begin.
    pub prefix: ActorPrefix,
    /// When it first signed in.
    pub created_at: Millis,
    /// When it was last seen, within a minute.
    pub seen_at: Millis,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
    /// When it was ordered to remove everything.
    pub purge_at: Option<Millis>,
    /// When it said that it has.
    pub purged_at: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    id: Uuid,
    user_id: Uuid,
    name: String,
    platform: String,
    prefix: Vec<u8>,
    created_at: i64,
    seen_at: i64,
    revoked_at: Option<i64>,
    purge_at: Option<i64>,
    purged_at: Option<i64>,
}

impl Store {
    /// Adds a device to an account that has fewer than so many.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where its id or prefix is, or the account has as many
    /// as it may; which of them, [`Store::devices`] tells.
    pub async fn create_device(&self, device: &Device, most: i64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        tx.lock_account(device.user).await?;
        let added = db!(tx tx, exec
            "INSERT INTO devices (id, user_id, name, platform, prefix, created_at, seen_at)
             SELECT $1, $2, $3, $4, $5, $6, $6
             WHERE (SELECT COUNT(*) FROM devices WHERE user_id = $2 AND revoked_at IS NULL) < $7",
            device.device.0, device.user.0, &device.name, &device.platform,
            device.prefix.0.to_vec(), device.created_at.0, most)?;
        if added == 0 {
            return Err(StoreError::Taken);
        }
        tx.commit().await
    }

    /// A device of this account, revoked or not.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn device(
        &self,
        user: UserId,
        device: DeviceId,
    ) -> Result<Option<Device>, StoreError> {
        let row = db!(self, opt DeviceRow,
            "SELECT id, user_id, name, platform, prefix, created_at, seen_at, revoked_at, purge_at, purged_at
             FROM devices WHERE id = $1 AND user_id = $2", device.0, user.0)?;
        row.map(read).transpose()
    }

    /// The devices of an account, the one seen last first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn devices(&self, user: UserId) -> Result<Vec<Device>, StoreError> {
        let rows = db!(self, all DeviceRow,
            "SELECT id, user_id, name, platform, prefix, created_at, seen_at, revoked_at, purge_at, purged_at
             FROM devices WHERE user_id = $1 ORDER BY seen_at DESC, id", user.0)?;
        rows.into_iter().map(read).collect()
    }

    /// Gives a device another name.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the account has no such device, or it is revoked.
    pub async fn rename_device(
        &self,
        user: UserId,
        device: DeviceId,
        name: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let renamed = db!(tx tx, exec
            "UPDATE devices SET name = $3 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL",
            device.0, user.0, name)?;
        if renamed == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }

    /// Revokes a device and ends its sessions.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the account has no such device, or it was
    /// revoked before.
    pub async fn revoke_device(
        &self,
        user: UserId,
        device: DeviceId,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let revoked = db!(tx tx, exec
            "UPDATE devices SET revoked_at = $3 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL",
            device.0, user.0, now.0)?;
        if revoked == 0 {
            return Err(StoreError::Missing);
        }
        db!(tx tx, exec "DELETE FROM sessions WHERE device_id = $1", device.0)?;
        tx.commit().await
    }
}

fn read(row: DeviceRow) -> Result<Device, StoreError> {
    Ok(Device {
        device: DeviceId(row.id),
        user: UserId(row.user_id),
        name: row.name,
        platform: row.platform,
        prefix: ActorPrefix(exactly(row.prefix, "devices.prefix")?),
        created_at: Millis(row.created_at),
        seen_at: Millis(row.seen_at),
        revoked_at: row.revoked_at.map(Millis),
        purge_at: row.purge_at.map(Millis),
        purged_at: row.purged_at.map(Millis),
    })
}
