//! Honest changes, altered at random: operation by operation, or byte by byte.

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, ChangeHash, ExpandedChange, ObjType, ScalarValue};
use rand::{Rng, RngExt};

use super::raw::{RawChunk, seal, signed, unsigned};

/// What a mutation may put in the place of something.
#[derive(Default)]
pub struct Pool {
    pub ids: Vec<OpId>,
    pub hashes: Vec<ChangeHash>,
    pub keys: Vec<String>,
}

impl Pool {
    /// Takes what these changes name.
    pub fn of(changes: impl IntoIterator<Item = ExpandedChange>) -> Self {
        let mut pool = Self::default();
        for change in changes {
            pool.hashes.extend(change.hash);
            for (at, op) in change.operations.iter().enumerate() {
                pool.ids.push(OpId(change.start_op.get() + at as u64, change.actor_id.clone()));
                if let Key::Map(key) = &op.key {
                    pool.keys.push(key.to_string());
                }
            }
        }
        pool.keys.sort_unstable();
        pool.keys.dedup();
        pool
    }

    fn id(&self, change: &ExpandedChange, rng: &mut impl Rng) -> OpId {
        let own = change.operations.len() as u64 + 1;
        match rng.random_range(0..10) {
            0..7 => self.ids[rng.random_range(0..self.ids.len())].clone(),
            7..9 => {
                OpId(change.start_op.get() + rng.random_range(0..=own), change.actor_id.clone())
            }
            _ => OpId(rng.random_range(1..200), ActorId::from([rng.random::<u8>(); 16])),
        }
    }

    fn key(&self, rng: &mut impl Rng) -> Key {
        match rng.random_range(0..12) {
            0 => Key::Map("nothing".into()),
            _ => Key::Map(self.keys[rng.random_range(0..self.keys.len())].as_str().into()),
        }
    }
}

/// Alters one thing about a change.
pub fn mutate(change: &mut ExpandedChange, pool: &Pool, rng: &mut impl Rng) {
    match rng.random_range(0..10) {
        0 => mutate_header(change, pool, rng),
        1 => mutate_order(change, rng),
        _ if change.operations.is_empty() => {}
        _ => {
            let at = rng.random_range(0..change.operations.len());
            let mut op = change.operations[at].clone();
            mutate_op(&mut op, change, pool, rng);
            change.operations[at] = op;
        }
    }
}

fn mutate_header(change: &mut ExpandedChange, pool: &Pool, rng: &mut impl Rng) {
    let hash = pool.hashes[rng.random_range(0..pool.hashes.len())];
    match rng.random_range(0..9) {
        0 => change.seq = change.seq.wrapping_add_signed(rng.random_range(-2..=2)),
        1 => {
            let counter = change.start_op.get().saturating_add_signed(rng.random_range(-3..=3));
            change.start_op = counter.max(1).try_into().unwrap();
        }
        2 => change.deps.push(hash),
        3 => drop(change.deps.pop()),
        4 => change.deps = vec![hash],
        5 => change.time = rng.random(),
        6 => change.actor_id = ActorId::from(rng.random::<[u8; 16]>()),
        7 => {
            let mut actor = change.actor_id.to_bytes().to_vec();
            actor[15] ^= 1;
            change.actor_id = ActorId::from(actor);
        }
        _ => change.extra_bytes.push(rng.random()),
    }
}

fn mutate_order(change: &mut ExpandedChange, rng: &mut impl Rng) {
    let len = change.operations.len();
    if len == 0 {
        return;
    }
    let (a, b) = (rng.random_range(0..len), rng.random_range(0..len));
    match rng.random_range(0..3) {
        0 => change.operations.swap(a, b),
        1 => drop(change.operations.remove(a)),
        _ => {
            let twin = change.operations[a].clone();
            change.operations.insert(b, twin);
        }
    }
}

fn mutate_op(op: &mut Op, change: &ExpandedChange, pool: &Pool, rng: &mut impl Rng) {
    let mut preds: Vec<OpId> = op.pred.iter().cloned().collect();
    match rng.random_range(0..12) {
        0 => op.action = action(rng),
        1 => {
            op.obj = match rng.random_range(0..4) {
                0 => ObjectId::Root,
                // The containers are the first things made.
                1..3 => ObjectId::Id(pool.ids[rng.random_range(0..8)].clone()),
                _ => ObjectId::Id(pool.id(change, rng)),
            }
        }
        2 | 3 => op.key = pool.key(rng),
        4 => {
            op.key = Key::Seq(match rng.random_range(0..4) {
                0 => ElementId::Head,
                _ => ElementId::Id(pool.id(change, rng)),
            })
        }
        5 => op.insert = !op.insert,
        6 | 7 => preds.push(pool.id(change, rng)),
        8 => drop(preds.pop()),
        9 => preds = vec![pool.id(change, rng)],
        10 => {
            op.action = OpType::Delete;
            op.insert = false;
        }
        _ => op.action = OpType::Put(value(rng)),
    }
    op.pred = preds.into();
}

fn action(rng: &mut impl Rng) -> OpType {
    match rng.random_range(0..8) {
        0 => OpType::Make(ObjType::Map),
        1 => OpType::Make(ObjType::List),
        2 => OpType::Make(ObjType::Text),
        3 => OpType::Make(ObjType::Table),
        4 => OpType::Increment(rng.random_range(-3..=3)),
        5 => OpType::MarkEnd(rng.random()),
        _ => OpType::Delete,
    }
}

fn value(rng: &mut impl Rng) -> ScalarValue {
    match rng.random_range(0..8) {
        0 => ScalarValue::Null,
        1 => ScalarValue::Int(rng.random()),
        2 => ScalarValue::Boolean(rng.random()),
        3 => ScalarValue::counter(1),
        4 => ScalarValue::F64(0.5),
        5 => ScalarValue::Str("x".into()),
        6 => ScalarValue::Str("two\0".into()),
        _ => ScalarValue::Bytes(vec![1, 2, 3]),
    }
}

/// Alters some bytes of a chunk, and makes its checksum right again.
pub fn mutate_bytes(chunk: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    if rng.random_ratio(1, 3) {
        return mutate_columns(chunk, rng);
    }
    let mut chunk = chunk.to_vec();
    for _ in 0..rng.random_range(1..=3) {
        let at = rng.random_range(8..chunk.len());
        match rng.random_range(0..5) {
            0 => chunk[at] = rng.random(),
            1 => chunk[at] ^= 1 << rng.random_range(0..8),
            2 => chunk[at] = chunk[at].wrapping_add(1),
            3 => drop(chunk.remove(at)),
            _ => chunk.insert(at, rng.random()),
        }
        if chunk.len() < 12 {
            break;
        }
    }
    seal(&mut chunk);
    chunk
}

/// Alters a column, and makes all lengths right again.
fn mutate_columns(chunk: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut raw = RawChunk::of(chunk);
    let at = rng.random_range(0..raw.columns.len());
    let column = &mut raw.columns[at].1;
    let place = rng.random_range(0..=column.len());
    match rng.random_range(0..6) {
        0 => drop(column.splice(place..place, unsigned(rng.random_range(0..300)))),
        1 => drop(column.splice(place..place, signed(rng.random_range(-70..70)))),
        2 => column.truncate(place),
        3 => {
            let twin = column.clone();
            column.extend(twin);
        }
        4 => drop(raw.columns.remove(at)),
        _ => {
            if let Some(byte) = column.get_mut(place) {
                *byte = rng.random();
            }
        }
    }
    raw.chunk()
}
