//! What the documents of the measurements hold: todos of twelve fields, about 425
//! bytes each as JSON, as the peers were measured with.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, ObjId, ROOT, ReadDoc, ScalarValue};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use umbra_model::{ActorPrefix, DocId, Kind};
use umbra_sync_protocol::genesis;
use uuid::Builder;

const WORDS: &[&str] = &[
    "bread",
    "invoice",
    "garden",
    "call",
    "Thursday",
    "the",
    "landlord",
    "about",
    "heating",
    "book",
    "train",
    "to",
    "Lyon",
    "before",
    "summer",
    "ask",
    "Marta",
    "for",
    "her",
    "recipe",
    "renew",
    "passport",
    "and",
    "insurance",
    "paint",
    "kitchen",
    "window",
    "with",
    "oil",
    "check",
    "brakes",
    "of",
    "bicycle",
    "draft",
    "agenda",
    "next",
    "board",
    "meeting",
    "return",
    "library",
    "books",
    "order",
    "filters",
    "water",
    "plants",
    "while",
    "we",
    "are",
    "away",
    "pick",
    "up",
    "parcel",
    "from",
    "neighbour",
    "measure",
    "shelf",
    "twice",
    "then",
    "cut",
    "once",
];

/// So many sections and labels does the list have that the todos are in.
const SECTIONS: u64 = 8;
const LABELS: u64 = 24;

/// When the corpus was written: 2026-03-01 09:00:00 UTC.
pub const WRITTEN: i64 = 1_772_355_600;

/// Writes todos, the same ones for the same seed and device.
pub struct Corpus {
    rng: ChaCha8Rng,
    prefix: ActorPrefix,
}

/// A todo that was just written on a device.
pub struct Item {
    /// Its id.
    pub doc: DocId,
    /// It as its author has it.
    pub document: Automerge,
    /// The change that wrote it.
    pub chunk: Vec<u8>,
}

impl Corpus {
    /// What the device with this prefix writes.
    pub fn new(seed: u64, prefix: ActorPrefix) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), prefix }
    }

    /// Writes a todo.
    pub fn item(&mut self) -> Item {
        let doc = DocId(Builder::from_random_bytes(self.rng.random()).into_uuid());
        let actor = ActorId::from(self.prefix.actor(self.rng.random()));
        let mut document = genesis::start(Kind::Todo).with_actor(actor);
        let chunk = change(&mut document, |tx| self.write(tx));
        Item { doc, document, chunk }
    }

    /// Gives a todo another title, and yields the change.
    pub fn retitle(&mut self, item: &mut Item) -> Vec<u8> {
        let title = self.words(30);
        change(&mut item.document, |tx| put(tx, &ROOT, "title", title))
    }

    fn write(&mut self, tx: &mut Transaction<'_>) {
        let created = WRITTEN * 1_000 + self.rng.random_range(0..86_400_000_i64);
        put(tx, &ROOT, "title", self.words(30));
        put(tx, &ROOT, "state", ["open", "doing", "done"][self.rng.random_range(0..3)]);
        put(tx, &ROOT, "priority", self.rng.random_range(0..=3_i64));
        put(tx, &ROOT, "start", self.day());
        put(tx, &ROOT, "due", self.day());
        put(tx, &ROOT, "estimate", 15 * self.rng.random_range(1..=16_i64));
        put(tx, &ROOT, "section", entry_id(1, self.rng.random_range(0..SECTIONS)));
        put(tx, &ROOT, "order", format!("{:x}z", self.rng.random::<u32>()));
        put(tx, &ROOT, "createdAt", created);
        let labels = container(tx, "labels");
        put(tx, &labels, &entry_id(2, self.rng.random_range(0..LABELS)), created);
        let (notes, text) = (container(tx, "notes"), self.words(88));
        tx.splice_text(&notes, 0, 0, &text).expect("genesis made it a text");
    }

    /// Words, of so many bytes at least.
    fn words(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 12);
        while text.len() < bytes {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(WORDS[self.rng.random_range(0..WORDS.len())]);
        }
        text
    }

    fn day(&mut self) -> String {
        let (month, day) = (self.rng.random_range(3..=12), self.rng.random_range(1..=28));
        format!(r#"{{"date":"2026-{month:02}-{day:02}"}}"#)
    }
}

/// Makes one change, and yields its chunk.
fn change(document: &mut Automerge, write: impl FnOnce(&mut Transaction<'_>)) -> Vec<u8> {
    let mut transaction = document.transaction();
    write(&mut transaction);
    transaction.commit_with(CommitOptions::default().with_time(WRITTEN));
    document.get_last_local_change().expect("something was written").raw_bytes().to_vec()
}

fn put(tx: &mut Transaction<'_>, map: &ObjId, key: &str, value: impl Into<ScalarValue>) {
    tx.put(map, key, value).expect("a map takes a scalar");
}

fn container(tx: &Transaction<'_>, field: &str) -> ObjId {
    let made = tx.get(ROOT, field).expect("the root map can be read");
    made.expect("genesis made it").1
}

/// The id of a section or a label.
fn entry_id(of: u64, number: u64) -> String {
    Builder::from_random_bytes((u128::from(of) << 64 | u128::from(number)).to_be_bytes())
        .into_uuid()
        .to_string()
}

#[cfg(test)]
mod tests {
    use umbra_sync_protocol::view::view;

    use super::*;

    #[test]
    fn items_are_of_the_size_that_the_peers_were_measured_with() {
        let mut corpus = Corpus::new(1, ActorPrefix([9; 8]));
        let bytes = |_| {
            let view = view(&corpus.item().document, Kind::Todo);
            assert_eq!(view.len(), 12, "{view:?}");
            serde_json::Value::Object(view).to_string().len()
        };
        let mean = (0..1_000).map(bytes).sum::<usize>() / 1_000;
        assert!((410..=440).contains(&mean), "{mean} bytes");
    }

    #[test]
    fn the_same_seed_writes_the_same() {
        let write = |seed| {
            let mut corpus = Corpus::new(seed, ActorPrefix([9; 8]));
            let mut item = corpus.item();
            let title = corpus.retitle(&mut item);
            (item.doc, item.chunk, title)
        };
        assert_eq!(write(3), write(3));
        assert_ne!(write(3), write(4));
    }
}
