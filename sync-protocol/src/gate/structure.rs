//! Rules of one operation: everything that it names must exist, must have been
//! seen by its author, and must belong together.
//!
//! The library checks none of this. An operation on an unknown object panics, a
//! predecessor under another key makes the saved document unreadable, and one
//! that the author hadn't seen panics on every replica with only the ancestors.

use umbra_model::schema::{FieldSpec, Scalar, Shape};

use super::chunk::{Action, Chunk, OpKey, OpRef, OpRow};
use super::history::Origin;
use super::index::{ActorIndex, ContainerId, Index, KeyId, Op, OpKind, ROOT};
use super::{Code, Refusal};

/// What a sound operation does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Effect<'a> {
    /// Puts a value under a key of a map.
    Put { key: &'a str, known: Option<KeyId>, value: Scalar<'a> },
    /// Removes values under a key of a map. Where that leaves its author with a
    /// value, it settles a conflict: for the value that won, the library removes
    /// those that lost.
    Remove { key: &'a str, known: KeyId, leaves_value: bool },
    /// Inserts a character into a text.
    Insert,
    /// Deletes a character of a text.
    Erase,
}

impl Effect<'_> {
    /// Where it writes, for a message: the field, and its key in the field's map.
    pub(crate) fn path(&self, container: Option<&FieldSpec>) -> String {
        match (container, self) {
            (None, Self::Put { key, .. } | Self::Remove { key, .. }) => (*key).to_owned(),
            (Some(field), Self::Put { key, .. } | Self::Remove { key, .. }) => {
                format!("{}/{key}", field.name)
            }
            (field, Self::Insert | Self::Erase) => {
                field.map(|field| field.name).unwrap_or_default().to_owned()
            }
        }
    }
}

/// Checks the operations of one change, in order.
#[derive(Debug)]
pub(crate) struct Structure<'a> {
    chunk: &'a Chunk<'a>,
    origin: &'a Origin,
    /// The chunk's other actors, as the index knows them.
    others: Vec<ActorIndex>,
    /// Where the change's own operations begin in the index.
    own_at: u32,
    /// The container that the last operation wrote, and how it was named.
    last: (Option<OpRef>, ContainerId),
    /// The operations that this one supersedes, by their place in the index.
    superseded: Vec<u32>,
}

impl<'a> Structure<'a> {
    pub(crate) fn new(
        index: &Index,
        chunk: &'a Chunk<'a>,
        origin: &'a Origin,
    ) -> Result<Self, Refusal> {
        let others = chunk.others.iter().map(|actor| index.graph.find_actor(actor));
        let others: Option<Vec<ActorIndex>> = others.collect();
        let others = others.ok_or_else(|| {
            invalid("it names an actor that the document doesn't know").by("op.known_actor")
        })?;
        Ok(Self {
            chunk,
            origin,
            others,
            own_at: index.ops_len() as u32,
            last: (None, ROOT),
            superseded: Vec::new(),
        })
    }

    /// Checks the next operation. All before it have been entered. What it takes to
    /// see what its author saw is taken off `steps`.
    pub(crate) fn check<'b>(
        &mut self,
        index: &Index,
        row: &OpRow<'b>,
        preds: &[OpRef],
        steps: &mut usize,
    ) -> Result<(ContainerId, Effect<'b>), Refusal> {
        let container = self.container(index, row.object)?;
        let effect = match index.container(container).field.map(|field| &field.shape) {
            Some(Shape::Text { .. }) => self.in_text(index, container, row, preds)?,
            _ => self.in_map(index, container, row, preds, steps)?,
        };
        Ok((container, effect))
    }

    /// What the operation that was checked last supersedes.
    pub(crate) fn superseded(&self) -> &[u32] {
        &self.superseded
    }

    fn container(&mut self, index: &Index, object: Option<OpRef>) -> Result<ContainerId, Refusal> {
        if object == self.last.0 {
            return Ok(self.last.1);
        }
        let id = match object {
            None => ROOT,
            Some(OpRef { actor, counter }) => {
                let actor = match actor.checked_sub(1) {
                    Some(other) => &self.chunk.others[other],
                    None => &self.chunk.actor,
                };
                index.container_of(actor, counter).ok_or_else(|| {
                    invalid("it writes an object that is not there").by("op.known_object")
                })?
            }
        };
        self.last = (object, id);
        Ok(id)
    }

    fn in_map<'b>(
        &mut self,
        index: &Index,
        container: ContainerId,
        row: &OpRow<'b>,
        preds: &[OpRef],
        steps: &mut usize,
    ) -> Result<Effect<'b>, Refusal> {
        let OpKey::Map(key) = row.key else {
            return Err(invalid("it names an element of a map").by("op.key_fits_object"));
        };
        if row.insert {
            return Err(invalid("it inserts into a map").by("op.key_fits_object"));
        }
        let known = index.find_key(container, key);
        self.superseded.clear();
        for pred in preds {
            let (at, op) = self.find(index, *pred).map_err(|refusal| refusal.at(key))?;
            let here = known.is_some_and(|known| op.kind == OpKind::Put(known));
            if !here || op.container != container {
                return Err(invalid("it supersedes something under another key")
                    .by("op.pred_same_place")
                    .at(key));
            }
            self.superseded.push(at);
        }
        match (row.action, known) {
            (Action::Put, known) => Ok(Effect::Put { key, known, value: row.value }),
            (Action::Delete, Some(known)) if !preds.is_empty() => {
                check_no_value(row)?;
                let view = &self.origin.view;
                let leaves_value = index.leaves_value(known, view, &self.superseded, steps)?;
                Ok(Effect::Remove { key, known, leaves_value })
            }
            (Action::Delete, _) => {
                Err(invalid("it removes what is not there").by("op.delete_names_value").at(key))
            }
            (Action::Other(code), _) => Err(unknown_action(code)),
        }
    }

    fn in_text<'b>(
        &mut self,
        index: &Index,
        container: ContainerId,
        row: &OpRow<'b>,
        preds: &[OpRef],
    ) -> Result<Effect<'b>, Refusal> {
        self.superseded.clear();
        let element = match row.key {
            OpKey::Map(_) => {
                return Err(invalid("it names a key of a text").by("op.key_fits_object"));
            }
            OpKey::Head => None,
            OpKey::Element(id) => {
                let (at, op) = self.find(index, id)?;
                if op.kind != OpKind::Insert || op.container != container {
                    return Err(invalid("it names an element of something else")
                        .by("op.element_same_object"));
                }
                Some((id, at))
            }
        };
        match (row.action, row.insert, element) {
            (Action::Put, true, _) if preds.is_empty() => {
                single_character(row.value).map(|()| Effect::Insert)
            }
            (Action::Put, true, _) => {
                Err(invalid("it inserts and supersedes at once").by("op.insert_is_new"))
            }
            (Action::Put, false, _) => {
                Err(invalid("it replaces a character in place").by("op.text_inserts"))
            }
            (Action::Delete, false, Some((id, at))) if preds == [id] => {
                check_no_value(row)?;
                self.superseded.push(at);
                Ok(Effect::Erase)
            }
            (Action::Delete, ..) => {
                Err(invalid("it deletes no character, or not just one").by("op.delete_names_value"))
            }
            (Action::Other(code), ..) => Err(unknown_action(code)),
        }
    }

    /// The operation with this id, if it is there and its author had seen it.
    fn find<'i>(&self, index: &'i Index, id: OpRef) -> Result<(u32, &'i Op), Refusal> {
        let missing = || invalid("it names an operation that is not there").by("op.known_op");
        let actor = match id.actor.checked_sub(1) {
            Some(other) => self.others[other],
            None => {
                if let Some(own) = id.counter.checked_sub(self.chunk.start_op) {
                    // Of this change: only what came before.
                    let at = self.own_at + own;
                    let found = (at as usize) < index.ops_len();
                    return found.then(|| (at, index.op(at))).ok_or_else(missing);
                }
                self.origin.actor.ok_or_else(missing)?
            }
        };
        if !self.origin.view.sees(actor, id.counter) {
            return Err(
                invalid("it names an operation that its author had not seen").by("op.causal")
            );
        }
        let at = index.graph.locate(actor, id.counter).ok_or_else(missing)?;
        Ok((at, index.op(at)))
    }
}

/// A text's elements are single characters, so that its length is their number.
/// Control characters, but for newline and tab, have no place in a text.
fn single_character(value: Scalar<'_>) -> Result<(), Refusal> {
    let Scalar::Str(text) = value else {
        return Err(invalid("it puts something into a text that is no text").by("op.character"));
    };
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(char), None) if !char.is_control() || char == '\n' || char == '\t' => Ok(()),
        (Some(_), None) => Err(Refusal::new(
            Code::ValueInvalid,
            "a text has no control characters but newline and tab",
        )
        .by("op.character")),
        _ => Err(invalid("it inserts not just one character").by("op.character")),
    }
}

/// The library writes a null with a deletion, so any other value would be lost.
fn check_no_value(row: &OpRow<'_>) -> Result<(), Refusal> {
    match row.value {
        Scalar::Null => Ok(()),
        _ => Err(Refusal::new(Code::ChunkMalformed, "a deletion has a value")),
    }
}

fn unknown_action(code: u64) -> Refusal {
    let message = match code {
        0 | 2 | 4 | 6 => "it makes a container; all there are come with the document",
        5 => "it increments a counter; no document has any",
        7 => "it marks a text; texts have no marks",
        _ => "it does something unknown",
    };
    invalid(message).by("op.action")
}

fn invalid(message: &'static str) -> Refusal {
    Refusal::new(Code::OpInvalid, message)
}
