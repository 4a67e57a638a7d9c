//! Rows of the log, read back.

use umbra_model::{DeviceId, DocId, Millis, SpaceId, UserId};
use umbra_sync_protocol::wire::{ChangeHash, Receipt};
use uuid::Uuid;

use super::spaces::{parse, unsigned};
use super::{StoreError, meta};
use crate::sequencer::core::{By, Change, LogEvent, LogRow, Lost, Membership};

/// A row of `log` as its columns.
#[derive(sqlx::FromRow)]
pub(crate) struct LogRecord {
    space: Uuid,
    seq: i64,
    event: String,
    at: i64,
    by_user: Uuid,
    by_device: Option<Uuid>,
    by_role: Option<String>,
    doc: Option<Uuid>,
    hash: Option<Vec<u8>>,
    actor: Option<Vec<u8>>,
    actor_seq: Option<i64>,
    chunk: Option<Vec<u8>>,
    kind: Option<String>,
    privacy: Option<String>,
    privacy_was: Option<String>,
    member_id: Option<Uuid>,
    member_name: Option<String>,
    member_role: Option<String>,
    receipt: Option<Vec<u8>>,
    lost_seq: Option<i64>,
    lost_receipt: Option<Vec<u8>>,
}

impl LogRecord {
    /// Its place, whatever else it holds.
    pub(crate) fn seq(&self) -> u64 {
        self.seq.try_into().unwrap_or(0)
    }
}

impl TryFrom<LogRecord> for LogRow {
    type Error = StoreError;

    fn try_from(record: LogRecord) -> Result<Self, StoreError> {
        let by = By {
            user: UserId(record.by_user),
            device: record.by_device.map(DeviceId),
            role: record.by_role.as_deref().map(parse).transpose()?,
        };
        let (space, seq, at) = (SpaceId(record.space), unsigned(record.seq)?, Millis(record.at));
        let event = event(record).map_err(|error| match error {
            StoreError::Corrupt(what) => {
                StoreError::Corrupt(format!("log entry {seq} of space {space}: {what}"))
            }
            other => other,
        })?;
        Ok(Self { space, seq, at, by, event })
    }
}

fn event(record: LogRecord) -> Result<LogEvent, StoreError> {
    let lost = lost(record.lost_seq, record.lost_receipt)?;
    Ok(match record.event.as_str() {
        "founded" => LogEvent::Founded(parse(&held(record.kind, "kind")?)?),
        "member" => LogEvent::Member(Membership {
            user: UserId(held(record.member_id, "member_id")?),
            name: held(record.member_name, "member_name")?,
            role: record.member_role.as_deref().map(parse).transpose()?,
            receipt: Receipt(bytes(record.receipt, "receipt")?),
            lost,
        }),
        "created" => LogEvent::Created {
            doc: DocId(held(record.doc, "doc")?),
            kind: parse(&held(record.kind, "kind")?)?,
            privacy: parse(&held(record.privacy, "privacy")?)?,
        },
        "change" => LogEvent::Change(Change {
            doc: DocId(held(record.doc, "doc")?),
            hash: ChangeHash(bytes(record.hash, "hash")?),
            actor: bytes(record.actor, "actor")?,
            actor_seq: unsigned(held(record.actor_seq, "actor_seq")?)?,
            chunk: record.chunk.map(Into::into),
            receipt: Receipt(bytes(record.receipt, "receipt")?),
            lost,
        }),
        "privacy" => LogEvent::Privacy {
            doc: DocId(held(record.doc, "doc")?),
            was: parse(&held(record.privacy_was, "privacy_was")?)?,
            privacy: parse(&held(record.privacy, "privacy")?)?,
        },
        "purged" => LogEvent::Purged(DocId(held(record.doc, "doc")?)),
        other => return Err(StoreError::Corrupt(format!("`{other}` is no event"))),
    })
}

fn lost(seq: Option<i64>, receipt: Option<Vec<u8>>) -> Result<Option<Lost>, StoreError> {
    let Some(seq) = seq else { return Ok(None) };
    let receipt = Receipt(bytes(receipt, "lost_receipt")?);
    Ok(Some(Lost { seq: unsigned(seq)?, receipt }))
}

fn held<T>(cell: Option<T>, column: &str) -> Result<T, StoreError> {
    cell.ok_or_else(|| StoreError::Corrupt(format!("{column} is missing")))
}

fn bytes<const N: usize>(cell: Option<Vec<u8>>, column: &str) -> Result<[u8; N], StoreError> {
    meta::exactly(held(cell, column)?, column)
}
