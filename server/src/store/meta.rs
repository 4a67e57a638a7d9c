//! What a database knows of itself: its epoch and its keys.

use umbra_model::Millis;
use umbra_sync_protocol::wire::Epoch;

use super::{StoreError, Tx, db};

/// A database's identity.
#[derive(Clone, PartialEq, Eq)]
pub struct Meta {
    /// Drawn anew when a backup is restored.
    pub epoch: Epoch,
    /// With which receipts are sealed.
    pub receipt_key: [u8; 32],
    /// For look-ups of names that mustn't be stored as they are.
    pub lookup_key: [u8; 32],
    /// When it was last restored from a backup.
    pub restored_at: Option<Millis>,
}

impl std::fmt::Debug for Meta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meta").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// Reads it, and draws it first where the database is new.
pub(super) async fn ensure(tx: &mut Tx, now: Millis) -> Result<Meta, StoreError> {
    db!(tx tx, exec
        "INSERT INTO meta (id, epoch, receipt_key, lookup_key, created_at) VALUES (1, $1, $2, $3, $4)
         ON CONFLICT (id) DO NOTHING",
        draw::<16>()?.to_vec(), draw::<32>()?.to_vec(), draw::<32>()?.to_vec(), now.0)?;
    let (epoch, receipt_key, lookup_key, restored_at) = db!(tx tx, one (Vec<u8>, Vec<u8>, Vec<u8>, Option<i64>),
        "SELECT epoch, receipt_key, lookup_key, restored_at FROM meta WHERE id = 1")?;
    Ok(Meta {
        epoch: Epoch(exactly(epoch, "meta.epoch")?),
        receipt_key: exactly(receipt_key, "meta.receipt_key")?,
        lookup_key: exactly(lookup_key, "meta.lookup_key")?,
        restored_at: restored_at.map(Millis),
    })
}

impl Tx {
    /// Makes room for the row of a backup.
    pub(crate) async fn clear_meta(&mut self) -> Result<(), StoreError> {
        db!(tx self, exec "DELETE FROM meta")?;
        Ok(())
    }

    /// What a restored database is other than the one that was backed up: it has a
    /// new epoch, so that clients notice; its shared spaces wait for their owners; and
    /// nobody is signed in by a browser, since a session may have been ended since.
    pub(crate) async fn begin_epoch(&mut self, now: Millis) -> Result<(), StoreError> {
        db!(tx self, exec "UPDATE meta SET epoch = $1, restored_at = $2", draw::<16>()?.to_vec(), now.0)?;
        db!(tx self, exec
            "UPDATE spaces SET restored_head = head, recovering = (kind <> 'personal') WHERE deleted_at IS NULL")?;
        db!(tx self, exec "DELETE FROM sessions WHERE kind = 'cookie'")?;
        db!(tx self, exec "DELETE FROM ceremonies")?;
        db!(tx self, exec "DELETE FROM device_codes")?;
        // Which key seals here is for the server that starts to say.
        db!(tx self, exec "DELETE FROM settings WHERE name = 'sealing_key'")?;
        Ok(())
    }
}

/// Fresh random bytes.
pub(super) fn draw<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| StoreError::Db(sqlx::Error::Io(std::io::Error::other(error))))?;
    Ok(bytes)
}

/// These bytes, if they are as many as the column should hold.
pub(super) fn exactly<const N: usize>(bytes: Vec<u8>, column: &str) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|bytes: Vec<u8>| {
        StoreError::Corrupt(format!("{column} has {} bytes instead of {N}", bytes.len()))
    })
}
