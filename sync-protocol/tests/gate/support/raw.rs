//! Chunks byte by byte, for what no encoder writes.

use sha2::{Digest, Sha256};

pub const OBJECT_ACTOR: u32 = 0x01;
pub const OBJECT_COUNTER: u32 = 0x02;
pub const KEY_ACTOR: u32 = 0x11;
pub const KEY_COUNTER: u32 = 0x13;
pub const KEY_TEXT: u32 = 0x15;
pub const INSERT: u32 = 0x34;
pub const ACTION: u32 = 0x42;
pub const VALUE_META: u32 = 0x56;
pub const VALUE: u32 = 0x57;
pub const PRED_COUNT: u32 = 0x70;
pub const PRED_ACTOR: u32 = 0x71;
pub const PRED_COUNTER: u32 = 0x73;

/// A change chunk, taken apart. Nothing keeps its parts from contradicting one
/// another.
#[derive(Clone, Debug)]
pub struct RawChunk {
    pub deps: Vec<[u8; 32]>,
    pub actor: Vec<u8>,
    pub seq: u64,
    pub start_op: u64,
    pub time: i64,
    pub message: Vec<u8>,
    pub others: Vec<Vec<u8>>,
    pub columns: Vec<(u32, Vec<u8>)>,
    pub extra: Vec<u8>,
}

impl RawChunk {
    /// Takes an honest chunk apart.
    pub fn of(chunk: &[u8]) -> Self {
        let mut from = Parser(&chunk[9..]);
        from.unsigned();
        let deps = (0..from.unsigned()).map(|_| from.take(32).try_into().unwrap()).collect();
        let actor = from.prefixed();
        let (seq, start_op, time) = (from.unsigned(), from.unsigned(), from.signed());
        let message = from.prefixed();
        let others = (0..from.unsigned()).map(|_| from.prefixed()).collect();
        let heads: Vec<_> = (0..from.unsigned())
            .map(|_| (u32::try_from(from.unsigned()).unwrap(), from.unsigned()))
            .collect();
        let columns =
            heads.into_iter().map(|(id, len)| (id, from.take(len as usize).to_vec())).collect();
        let extra = from.0.to_vec();
        Self { deps, actor, seq, start_op, time, message, others, columns, extra }
    }

    /// The column with this id, put in where it belongs if it is missing.
    pub fn column(&mut self, id: u32) -> &mut Vec<u8> {
        let at = self.columns.partition_point(|(it, _)| *it < id);
        if self.columns.get(at).is_none_or(|(it, _)| *it != id) {
            self.columns.insert(at, (id, Vec::new()));
        }
        &mut self.columns[at].1
    }

    /// Takes the column with this id away.
    pub fn drop_column(&mut self, id: u32) {
        self.columns.retain(|(it, _)| *it != id);
    }

    pub fn body(&self) -> Vec<u8> {
        let mut to = unsigned(self.deps.len() as u64);
        to.extend(self.deps.concat());
        to.extend(prefixed(&self.actor));
        to.extend([unsigned(self.seq), unsigned(self.start_op), signed(self.time)].concat());
        to.extend(prefixed(&self.message));
        to.extend(unsigned(self.others.len() as u64));
        self.others.iter().for_each(|actor| to.extend(prefixed(actor)));
        to.extend(unsigned(self.columns.len() as u64));
        for (id, column) in &self.columns {
            to.extend([unsigned(u64::from(*id)), unsigned(column.len() as u64)].concat());
        }
        self.columns.iter().for_each(|(_, column)| to.extend(column));
        to.extend(&self.extra);
        to
    }

    pub fn chunk(&self) -> Vec<u8> {
        wrap(1, &self.body())
    }
}

/// A chunk of this type with a right checksum.
pub fn wrap(kind: u8, body: &[u8]) -> Vec<u8> {
    let hashed = [&[kind][..], &unsigned(body.len() as u64), body].concat();
    let hash = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83][..], &hash[..4], &hashed].concat()
}

/// The chunk as it is, with a checksum that is right for it.
pub fn seal(chunk: &mut [u8]) {
    let hash = Sha256::digest(&chunk[8..]);
    chunk[4..8].copy_from_slice(&hash[..4]);
}

pub fn unsigned(mut number: u64) -> Vec<u8> {
    let mut to = Vec::new();
    while number >= 0x80 {
        to.push(number as u8 & 0x7f | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
    to
}

pub fn signed(mut number: i64) -> Vec<u8> {
    let mut to = Vec::new();
    loop {
        let byte = number as u8 & 0x7f;
        number >>= 7;
        if (number == 0 && byte & 0x40 == 0) || (number == -1 && byte & 0x40 != 0) {
            to.push(byte);
            return to;
        }
        to.push(byte | 0x80);
    }
}

pub fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [unsigned(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A run of one number.
pub fn run(len: i64, number: u64) -> Vec<u8> {
    [signed(len), unsigned(number)].concat()
}

/// A run of one distance.
pub fn delta_run(len: i64, distance: i64) -> Vec<u8> {
    [signed(len), signed(distance)].concat()
}

/// A run of one text.
pub fn text_run(len: i64, text: &str) -> Vec<u8> {
    [signed(len), prefixed(text.as_bytes())].concat()
}

/// A run of nulls.
pub fn nulls(len: u64) -> Vec<u8> {
    [signed(0), unsigned(len)].concat()
}

struct Parser<'a>(&'a [u8]);

impl<'a> Parser<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len);
        self.0 = rest;
        taken
    }

    fn prefixed(&mut self) -> Vec<u8> {
        let len = self.unsigned() as usize;
        self.take(len).to_vec()
    }

    fn unsigned(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.take(1)[0];
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return number;
            }
        }
    }

    fn signed(&mut self) -> i64 {
        let (mut number, mut shift) = (0_i64, 0);
        loop {
            let byte = self.take(1)[0];
            number |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                let negative = shift < 64 && byte & 0x40 != 0;
                return if negative { number | (-1 << shift) } else { number };
            }
        }
    }
}
