//! Changes whose encoding is right and whose operations are not: taken apart by
//! the library, altered, and encoded by the library again.

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Change, ExpandedChange, ObjId, ScalarValue};

/// Alters a change.
pub fn forge(chunk: &[u8], alter: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let mut change = Change::from_bytes(chunk.to_vec()).unwrap().decode();
    alter(&mut change);
    Change::from(change).raw_bytes().to_vec()
}

/// The ids of its operations.
pub fn own_id(change: &ExpandedChange, index: u64) -> OpId {
    OpId(change.start_op.get() + index, change.actor_id.clone())
}

pub fn id(counter: u64, actor: &ActorId) -> OpId {
    OpId(counter, actor.clone())
}

/// The id of the operation that made this object.
pub fn id_of(object: &ObjId) -> OpId {
    match object {
        ObjId::Root => panic!("nothing made the root"),
        ObjId::Id(counter, actor, _) => OpId(*counter, actor.clone()),
    }
}

/// An operation on a key of a map.
pub fn on_key(object: ObjectId, key: &str, action: OpType, preds: Vec<OpId>) -> Op {
    Op { action, obj: object, key: Key::Map(key.into()), pred: preds.into(), insert: false }
}

/// An operation on an element of a text or list.
pub fn on_element(object: ObjectId, element: ElementId, action: OpType, preds: Vec<OpId>) -> Op {
    Op { action, obj: object, key: Key::Seq(element), pred: preds.into(), insert: false }
}

/// Inserts something behind an element.
pub fn insert(object: ObjectId, behind: ElementId, value: impl Into<ScalarValue>) -> Op {
    let action = OpType::Put(value.into());
    Op { action, obj: object, key: Key::Seq(behind), pred: vec![].into(), insert: true }
}

pub fn put(value: impl Into<ScalarValue>) -> OpType {
    OpType::Put(value.into())
}
