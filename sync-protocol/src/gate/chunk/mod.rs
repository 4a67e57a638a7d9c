//! A raw change chunk, read by our own strict reader before the library sees a
//! byte of it. The library ignores the checksum, panics on some malformed chunks
//! and expands what a run length claims; here every bound comes first, and only
//! the one spelling that the library itself would write is taken.
//!
//! Chunk = magic, checksum, type, length, body. Body = dependencies, actor,
//! sequence number, first operation's counter, time, message, other actors,
//! columns. (The format is public: <https://automerge.org/automerge-binary-format-spec/>.)

mod column;
mod op;
mod reader;

pub(crate) use op::{Action, OpKey, OpRef, OpRow, Ops};
pub(crate) use reader::Malformed;

use sha2::{Digest, Sha256};

use self::reader::Reader;
use super::{Code, Refusal};
use crate::limits::{
    CHUNK_ACTORS_MAX, CHUNK_BYTES_MAX, CHUNK_DEPS_MAX, CHUNK_MESSAGE_BYTES_MAX, CHUNK_OPS_MAX,
    CHUNK_PREDS_MAX, OP_COUNTER_MAX,
};
use crate::wire::ChangeHash;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// The type of a chunk that is one change, not compressed.
const CHANGE: u8 = 1;

/// A change's time is in seconds; this is the last of the year 9999.
const TIME_MAX: i64 = 253_402_300_799;

/// The columns that we read, by their place in [`Chunk::columns`].
mod col {
    pub(super) const OBJECT_ACTOR: usize = 0;
    pub(super) const OBJECT_COUNTER: usize = 1;
    pub(super) const KEY_ACTOR: usize = 2;
    pub(super) const KEY_COUNTER: usize = 3;
    pub(super) const KEY_TEXT: usize = 4;
    pub(super) const INSERT: usize = 5;
    pub(super) const ACTION: usize = 6;
    pub(super) const VALUE_META: usize = 7;
    pub(super) const VALUE: usize = 8;
    pub(super) const PRED_COUNT: usize = 9;
    pub(super) const PRED_ACTOR: usize = 10;
    pub(super) const PRED_COUNTER: usize = 11;
}

/// Their ids in the format, in the same order.
const COLUMN_IDS: [u64; 12] =
    [0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73];

/// The columns of marks: where one ends, and what it is called.
const MARK_COLUMN_IDS: [u64; 2] = [0x94, 0xa5];

/// A chunk whose header is sound and whose bounds hold. What its operations say
/// is read, and checked, by [`ops`](Self::ops).
#[derive(Debug)]
pub(crate) struct Chunk<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) hash: ChangeHash,
    pub(crate) deps: &'a [[u8; 32]],
    pub(crate) actor: [u8; 16],
    pub(crate) seq: u32,
    pub(crate) start_op: u32,
    /// The other actors that operations name, ascending.
    pub(crate) others: Vec<[u8; 16]>,
    /// How many operations it has; at least one.
    pub(crate) ops_len: u32,
    columns: [&'a [u8]; COLUMN_IDS.len()],
}

/// Bytes that aren't a chunk that may be judged.
#[derive(Debug)]
pub(crate) struct BadChunk {
    /// The hash, if there is so much of a chunk that there is one.
    pub(crate) hash: Option<ChangeHash>,
    pub(crate) refusal: Refusal,
}

impl<'a> Chunk<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, BadChunk> {
        let (hash, body) = envelope(bytes).map_err(|refusal| BadChunk { hash: None, refusal })?;
        Self::parse_body(bytes, hash, body)
            .map_err(|refusal| BadChunk { hash: Some(hash), refusal })
    }

    /// Its operations, in order. There are [`ops_len`](Self::ops_len).
    pub(crate) fn ops(&'a self) -> Ops<'a> {
        Ops::of(self)
    }

    /// The counter of its last operation.
    pub(crate) fn max_op(&self) -> u32 {
        self.start_op + (self.ops_len - 1)
    }

    fn parse_body(bytes: &'a [u8], hash: ChangeHash, body: &'a [u8]) -> Result<Self, Refusal> {
        let mut from = Reader::new(body);
        let deps_len = bounded(&mut from, CHUNK_DEPS_MAX, "dependencies")?;
        let (deps, _) = from.take(deps_len * 32)?.as_chunks();
        let actor = actor(&mut from)?;
        let seq = positive(from.unsigned()?, u64::from(u32::MAX))?;
        let start_op = positive(from.unsigned()?, OP_COUNTER_MAX)?;
        if !(0..=TIME_MAX).contains(&from.signed()?) {
            return Err(Malformed("its time is before 1970 or after 9999").into());
        }
        let message_len = bounded(&mut from, CHUNK_MESSAGE_BYTES_MAX, "bytes of message")?;
        from.text(message_len)?;
        let others_len = bounded(&mut from, CHUNK_ACTORS_MAX, "actors")?;
        let mut others = Vec::with_capacity(usize::try_from(others_len).unwrap_or_default());
        for _ in 0..others_len {
            others.push(self::actor(&mut from)?);
        }
        if !others.is_sorted_by(|a, b| a < b) || others.contains(&actor) {
            return Err(Malformed("its actors are not in order").into());
        }
        let columns = columns(&mut from)?;
        if !from.is_empty() {
            return Err(Malformed("it claims an author, who is known by the actor").into());
        }
        let ops_len = ops_len(&columns)?;
        let max_op = u64::from(start_op) + u64::from(ops_len) - 1;
        if max_op > OP_COUNTER_MAX {
            return Err(too_large("its operations count beyond the last counter"));
        }
        Ok(Self { bytes, hash, deps, actor, seq, start_op, others, ops_len, columns })
    }
}

/// Checks what is around the body, and yields it with the change's hash.
fn envelope(bytes: &[u8]) -> Result<(ChangeHash, &[u8]), Refusal> {
    if bytes.len() > CHUNK_BYTES_MAX {
        return Err(too_large(&format!("it has more than {CHUNK_BYTES_MAX} bytes")));
    }
    let mut from = Reader::new(bytes);
    if *from.array()? != MAGIC {
        return Err(Malformed("it does not begin as a chunk").into());
    }
    let checksum: [u8; 4] = *from.array()?;
    let hashed = from.rest();
    let [kind] = *from.array()?;
    if kind != CHANGE {
        return Err(Malformed("it is no single, uncompressed change").into());
    }
    let len = from.unsigned()?;
    let body = from.take(len)?;
    if !from.is_empty() {
        return Err(Malformed("something follows it").into());
    }
    let hash: [u8; 32] = Sha256::digest(hashed).into();
    if hash[..4] != checksum {
        return Err(Malformed("its checksum is wrong").into());
    }
    Ok((ChangeHash(hash), body))
}

fn actor(from: &mut Reader<'_>) -> Result<[u8; 16], Malformed> {
    match from.unsigned()? {
        16 => from.array().copied(),
        _ => Err(Malformed("an actor id has not sixteen bytes")),
    }
}

fn bounded(from: &mut Reader<'_>, max: u64, what: &str) -> Result<u64, Refusal> {
    match from.unsigned()? {
        many if many > max => Err(too_large(&format!("it has more than {max} {what}"))),
        some => Ok(some),
    }
}

fn positive(number: u64, max: u64) -> Result<u32, Malformed> {
    u32::try_from(number)
        .ok()
        .filter(|it| *it > 0 && number <= max)
        .ok_or(Malformed("a sequence number or counter is out of range"))
}

fn columns<'a>(from: &mut Reader<'a>) -> Result<[&'a [u8]; COLUMN_IDS.len()], Refusal> {
    let columns_len = bounded(from, (COLUMN_IDS.len() + MARK_COLUMN_IDS.len()) as u64, "columns")?;
    let mut lens = [0; COLUMN_IDS.len()];
    let mut next = 0;
    for _ in 0..columns_len {
        let (id, len) = (from.unsigned()?, from.unsigned()?);
        if MARK_COLUMN_IDS.contains(&id) {
            return Err(Refusal::new(Code::OpInvalid, "texts have no marks"));
        }
        let place = COLUMN_IDS[next..].iter().position(|it| *it == id);
        let place = next + place.ok_or(Malformed("its columns are not as they should be"))?;
        if len == 0 {
            return Err(Malformed("a column is empty").into());
        }
        lens[place] = len;
        next = place + 1;
    }
    let mut columns = [&[][..]; COLUMN_IDS.len()];
    for (column, len) in columns.iter_mut().zip(lens) {
        *column = from.take(len)?;
    }
    Ok(columns)
}

/// Counts the operations and what they supersede, without reading them.
fn ops_len(columns: &[&[u8]; COLUMN_IDS.len()]) -> Result<u32, Refusal> {
    let (ops, _) = column::count(columns[col::ACTION], CHUNK_OPS_MAX)?;
    if ops > CHUNK_OPS_MAX {
        return Err(too_large(&format!("it has more than {CHUNK_OPS_MAX} operations")));
    }
    let (_, preds) = column::count(columns[col::PRED_COUNT], CHUNK_OPS_MAX)?;
    if preds > CHUNK_PREDS_MAX {
        return Err(too_large(&format!("it has more than {CHUNK_PREDS_MAX} predecessors")));
    }
    u32::try_from(ops)
        .ok()
        .filter(|ops| *ops > 0)
        .ok_or_else(|| Refusal::new(Code::OpInvalid, "a change does something"))
}

fn too_large(message: &str) -> Refusal {
    Refusal::new(Code::ChunkTooLarge, message)
}

impl From<Malformed> for Refusal {
    fn from(Malformed(why): Malformed) -> Self {
        Self::new(Code::ChunkMalformed, why)
    }
}
