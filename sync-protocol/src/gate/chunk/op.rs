//! The operations of a chunk, one row across its columns each.

use umbra_model::schema::Scalar;

use super::column::{Column, Deltas, Flags};
use super::reader::{Malformed, Reader};
use super::{Chunk, col};

/// The id of an operation, as a chunk writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OpRef {
    /// Which of the chunk's actors: 0 is its author, the others follow in order.
    pub(crate) actor: usize,
    pub(crate) counter: u32,
}

/// One operation.
#[derive(Debug)]
pub(crate) struct OpRow<'a> {
    /// The object that it writes; `None` for the root map.
    pub(crate) object: Option<OpRef>,
    pub(crate) key: OpKey<'a>,
    pub(crate) insert: bool,
    pub(crate) action: Action,
    pub(crate) value: Scalar<'a>,
}

/// Where in its object an operation writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OpKey<'a> {
    /// A key of a map.
    Map(&'a str),
    /// Before the first element of a text or list.
    Head,
    /// An element of a text or list; where the operation inserts, behind it.
    Element(OpRef),
}

/// What an operation does, told apart as far as we take any of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    Put,
    Delete,
    /// Makes a container, increments a counter, marks a text, or is unknown.
    Other(u64),
}

/// Reads the operations in order.
#[derive(Debug)]
pub(crate) struct Ops<'a> {
    others: &'a [[u8; 16]],
    author: [u8; 16],
    /// Which of the others a row has named.
    named: [u64; 4],
    object_actor: Column<'a, u64>,
    object_counter: Column<'a, u64>,
    key_actor: Column<'a, u64>,
    key_counter: Deltas<'a>,
    key_text: Column<'a, &'a str>,
    insert: Flags<'a>,
    action: Column<'a, u64>,
    value_meta: Column<'a, u64>,
    values: Reader<'a>,
    pred_count: Column<'a, u64>,
    pred_actor: Column<'a, u64>,
    pred_counter: Deltas<'a>,
}

impl<'a> Ops<'a> {
    pub(super) fn of(chunk: &'a Chunk<'a>) -> Self {
        let column = |index: usize| chunk.columns[index];
        Self {
            others: &chunk.others,
            author: chunk.actor,
            named: [0; 4],
            object_actor: Column::new(column(col::OBJECT_ACTOR)),
            object_counter: Column::new(column(col::OBJECT_COUNTER)),
            key_actor: Column::new(column(col::KEY_ACTOR)),
            key_counter: Deltas::new(column(col::KEY_COUNTER)),
            key_text: Column::new(column(col::KEY_TEXT)),
            insert: Flags::new(column(col::INSERT)),
            action: Column::new(column(col::ACTION)),
            value_meta: Column::new(column(col::VALUE_META)),
            values: Reader::new(column(col::VALUE)),
            pred_count: Column::new(column(col::PRED_COUNT)),
            pred_actor: Column::new(column(col::PRED_ACTOR)),
            pred_counter: Deltas::new(column(col::PRED_COUNTER)),
        }
    }

    /// The next operation; the ones that it supersedes go into `preds`.
    pub(crate) fn next(&mut self, preds: &mut Vec<OpRef>) -> Result<OpRow<'a>, Malformed> {
        let row = OpRow {
            object: self.object()?,
            key: self.key()?,
            insert: self.insert.next()?,
            action: match self.action.value()? {
                1 => Action::Put,
                3 => Action::Delete,
                other => Action::Other(other),
            },
            value: self.value()?,
        };
        self.preds(preds)?;
        Ok(row)
    }

    /// Checks that nothing is left over, and that no actor is listed in vain.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        self.object_actor.end()?;
        self.object_counter.end()?;
        self.key_actor.end()?;
        self.key_counter.end()?;
        self.key_text.end()?;
        self.insert.end()?;
        self.action.end()?;
        self.value_meta.end()?;
        self.pred_count.end()?;
        self.pred_actor.end()?;
        self.pred_counter.end()?;
        if !self.values.is_empty() {
            return Err(Malformed("a column has too many values"));
        }
        let named: u32 = self.named.iter().map(|bits| bits.count_ones()).sum();
        match named as usize == self.others.len() {
            true => Ok(()),
            false => Err(Malformed("an actor is listed that no operation names")),
        }
    }

    fn object(&mut self) -> Result<Option<OpRef>, Malformed> {
        match (self.object_actor.next()?, self.object_counter.next()?) {
            (None, None) => Ok(None),
            (Some(actor), Some(counter)) => self.op_ref(actor, counter).map(Some),
            _ => Err(Malformed("an object has half an id")),
        }
    }

    fn key(&mut self) -> Result<OpKey<'a>, Malformed> {
        match (self.key_actor.next()?, self.key_counter.next()?, self.key_text.next()?) {
            (None, None, Some(text)) => Ok(OpKey::Map(text)),
            (None, Some(0), None) => Ok(OpKey::Head),
            (Some(actor), Some(counter), None) => {
                let counter = u64::try_from(counter).map_err(|_| BAD_COUNTER)?;
                self.op_ref(actor, counter).map(OpKey::Element)
            }
            _ => Err(Malformed("a key is neither a text nor an element")),
        }
    }

    fn value(&mut self) -> Result<Scalar<'a>, Malformed> {
        let meta = self.value_meta.value()?;
        let len = meta >> 4;
        match (meta & 0xf, len) {
            (0, 0) => Ok(Scalar::Null),
            (1, 0) => Ok(Scalar::Bool(false)),
            (2, 0) => Ok(Scalar::Bool(true)),
            (0..=2, _) => Err(Malformed("a value has bytes that it needs not")),
            (4, _) => {
                let mut bytes = Reader::new(self.values.take(len)?);
                let number = bytes.signed()?;
                match bytes.is_empty() {
                    true => Ok(Scalar::Int(number)),
                    false => Err(Malformed("a number is followed by something")),
                }
            }
            (6, _) => self.values.text(len).map(Scalar::Str),
            // No document holds them, so what they are is nobody's business.
            _ => self.values.take(len).map(|_| Scalar::Other),
        }
    }

    fn preds(&mut self, preds: &mut Vec<OpRef>) -> Result<(), Malformed> {
        preds.clear();
        for _ in 0..self.pred_count.value()? {
            let actor = self.pred_actor.value()?;
            let counter = self.pred_counter.next()?.and_then(|it| u64::try_from(it).ok());
            let pred = self.op_ref(actor, counter.ok_or(BAD_COUNTER)?)?;
            if preds.last().is_some_and(|last| self.order(*last) >= self.order(pred)) {
                return Err(Malformed("predecessors are not in order"));
            }
            preds.push(pred);
        }
        Ok(())
    }

    fn order(&self, id: OpRef) -> (u32, [u8; 16]) {
        (id.counter, id.actor.checked_sub(1).map_or(self.author, |other| self.others[other]))
    }

    fn op_ref(&mut self, actor: u64, counter: u64) -> Result<OpRef, Malformed> {
        let counter = u32::try_from(counter).ok().filter(|it| *it > 0).ok_or(BAD_COUNTER)?;
        let actor = usize::try_from(actor)
            .ok()
            .filter(|actor| *actor <= self.others.len())
            .ok_or(Malformed("an id names an actor that is not listed"))?;
        if let Some(other) = actor.checked_sub(1) {
            self.named[other / 64] |= 1 << (other % 64);
        }
        Ok(OpRef { actor, counter })
    }
}

const BAD_COUNTER: Malformed = Malformed("an id has no possible counter");
