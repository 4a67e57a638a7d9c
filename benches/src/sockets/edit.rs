//! Changes of one field, written by hand.
//!
//! The clients of the load share two processors with the server, so a change must
//! cost them little: an Automerge transaction costs tens of microseconds and more
//! with each change of the document, this costs one. The test holds it to the
//! library's own bytes.

use sha2::{Digest, Sha256};
use umbra_model::Kind;
use umbra_sync_protocol::genesis::genesis;

/// The one author of a document, who sets one of its fields over and over.
#[derive(Clone, Debug)]
pub struct Editor {
    actor: [u8; 16],
    field: &'static str,
    seq: u64,
    /// The last change: at first the genesis.
    last: [u8; 32],
    /// The counter of the next operation.
    next: u64,
    /// The counter of the operation that set the field.
    set: Option<u64>,
}

impl Editor {
    /// Edits a document that has nothing but its genesis.
    pub fn of_fresh(kind: Kind, actor: [u8; 16], field: &'static str) -> Self {
        let genesis = genesis(kind);
        let next = 1 + genesis_ops(kind);
        Self { actor, field, seq: 0, last: genesis.hash.0, next, set: None }
    }

    /// The next change: the field becomes this text, at this second.
    pub fn put(&mut self, text: &str, seconds: u32) -> Vec<u8> {
        self.seq += 1;
        let mut body = Vec::with_capacity(128 + text.len());
        body.push(1);
        body.extend(self.last);
        body.push(16);
        body.extend(self.actor);
        unsigned(&mut body, self.seq);
        unsigned(&mut body, self.next);
        signed(&mut body, i64::from(seconds));
        // No message, no other actors.
        body.extend([0, 0]);
        columns(&mut body, self.field, text, self.set);
        self.set = Some(self.next);
        self.next += 1;
        let chunk = framed(&body);
        self.last = hash(&chunk);
        chunk
    }

    /// How many changes it made.
    pub fn made(&self) -> u64 {
        self.seq
    }
}

/// The title that is given by the change behind so many others.
pub fn title(count: u64) -> String {
    format!("Call the garage about the brakes, try {count}")
}

/// The counter of the last operation of genesis: all of them in a row from 1.
fn genesis_ops(kind: Kind) -> u64 {
    let change = automerge::Change::from_bytes(genesis(kind).chunk.clone());
    change.map_or(0, |change| change.max_op())
}

/// One row, across the columns of PROTOCOL.md section 9.
fn columns(body: &mut Vec<u8>, field: &str, text: &str, set: Option<u64>) {
    let literal = |value: &mut dyn FnMut(&mut Vec<u8>)| {
        let mut column = vec![0x7f];
        value(&mut column);
        column
    };
    let meta = (text.len() as u64) << 4 | 6;
    let mut columns = vec![
        (0x15, literal(&mut |column| string(column, field))),
        (0x34, vec![1]),
        (0x42, literal(&mut |column| unsigned(column, 1))),
        (0x56, literal(&mut |column| unsigned(column, meta))),
        (0x57, text.as_bytes().to_vec()),
        (0x70, literal(&mut |column| unsigned(column, u64::from(set.is_some())))),
    ];
    if let Some(counter) = set {
        columns.push((0x71, literal(&mut |column| unsigned(column, 0))));
        columns.push((0x73, literal(&mut |column| signed(column, counter as i64))));
    }
    columns.retain(|(_, bytes)| !bytes.is_empty());
    unsigned(body, columns.len() as u64);
    for (id, bytes) in &columns {
        unsigned(body, *id);
        unsigned(body, bytes.len() as u64);
    }
    for (_, bytes) in columns {
        body.extend(bytes);
    }
}

/// The chunk of this body.
fn framed(body: &[u8]) -> Vec<u8> {
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1];
    unsigned(&mut chunk, body.len() as u64);
    chunk.extend(body);
    let checksum = hash(&chunk);
    chunk[4..8].copy_from_slice(&checksum[..4]);
    chunk
}

/// The hash of the change in a chunk: that of all behind the checksum.
fn hash(chunk: &[u8]) -> [u8; 32] {
    Sha256::digest(&chunk[8..]).into()
}

fn string(to: &mut Vec<u8>, text: &str) {
    unsigned(to, text.len() as u64);
    to.extend(text.as_bytes());
}

fn unsigned(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

fn signed(to: &mut Vec<u8>, mut value: i64) {
    while !(-64..64).contains(&value) {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8 & 0x7f);
}

#[cfg(test)]
mod tests {
    use automerge::transaction::{CommitOptions, Transactable};
    use automerge::{ActorId, ROOT};
    use umbra_sync_protocol::genesis;

    use super::*;

    #[test]
    fn the_changes_are_those_that_the_library_makes() {
        let actor = [7; 16];
        let mut editor = Editor::of_fresh(Kind::Todo, actor, "title");
        let mut document = genesis::start(Kind::Todo).with_actor(ActorId::from(actor));
        for count in 0..300 {
            let (title, seconds) = (title(count.into()), 1_772_355_600 + count);
            let mut transaction = document.transaction();
            transaction.put(ROOT, "title", title.as_str()).expect("a title fits");
            transaction.commit_with(CommitOptions::default().with_time(seconds.into()));
            let change = document.get_last_local_change().expect("it was just made");
            assert_eq!(editor.put(&title, seconds), change.raw_bytes(), "change {count}");
        }
        assert_eq!(editor.made(), 300);
    }
}
