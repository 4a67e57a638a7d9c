//! Changes made by Automerge, pinned for clients that write them by hand
//! (`tests/vectors/changes.json`; `UMBRA_BLESS=1` writes it anew). A new version of
//! the library that writes other bytes is noticed here.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, AutomergeError, ROOT, ReadDoc, SaveOptions, ScalarValue};
use serde_json::{Value, json};
use umbra_model::Kind;
use umbra_sync_protocol::genesis::{genesis, start};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/changes.json");

/// A device's prefix and eight bytes of its choice.
const ACTOR: [u8; 16] = [0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 1, 1, 1, 1, 1, 1, 1, 1];

/// The same device after a refusal.
const ANOTHER: [u8; 16] = [0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 2, 1, 1, 1, 1, 1, 1, 1];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Four changes: a new todo, a value superseded and a text begun, all that a change
/// may do at once, and one so large that a saved document deflates it.
fn vectors() -> Result<Value, AutomergeError> {
    let mut document = AutoCommit::load(&start(Kind::Todo).save()).expect("genesis loads");
    let mut chunks = Vec::new();
    let mut commit = |document: &mut AutoCommit, time| {
        document.commit_with(CommitOptions::default().with_time(time));
        let change = document.get_last_local_change().expect("something was changed");
        chunks.push(hex(change.raw_bytes()));
    };
    document.set_actor(ActorId::from(ACTOR));
    document.put(ROOT, "title", "Buy milk")?;
    document.put(ROOT, "createdAt", 1_767_225_600_000_i64)?;
    commit(&mut document, 1_767_225_600);
    document.put(ROOT, "title", "Buy oat milk")?;
    let notes = document.get(ROOT, "notes")?.expect("genesis made it").1;
    document.splice_text(&notes, 0, 0, "Hi")?;
    commit(&mut document, 1_767_225_660);
    document.set_actor(ActorId::from(ANOTHER));
    document.put(ROOT, "title", "Buy soy milk")?;
    document.splice_text(&notes, 1, 1, "é!")?;
    document.put(ROOT, "done", ScalarValue::Null)?;
    let labels = document.get(ROOT, "labels")?.expect("genesis made it").1;
    document.put(&labels, "x", 1_i64)?;
    commit(&mut document, 1_767_225_660);
    document.put(ROOT, "title", "Buy milk. ".repeat(40))?;
    commit(&mut document, 1_767_225_661);
    let plain = SaveOptions { deflate: false, ..SaveOptions::default() };
    Ok(json!({
        "genesis": hex(&genesis(Kind::Todo).chunk),
        "actors": [hex(&ACTOR), hex(&ANOTHER)],
        "chunks": chunks,
        "saved": hex(&document.save_with_options(plain)),
        "saved_deflated": hex(&document.save_with_options(SaveOptions::default())),
    }))
}

#[test]
fn automerge_writes_these_bytes() {
    let now = vectors().expect("every edit is possible");
    if std::env::var_os("UMBRA_BLESS").is_some() {
        let text = serde_json::to_string_pretty(&now).unwrap();
        std::fs::write(PATH, text + "\n").unwrap();
    }
    let pinned = std::fs::read_to_string(PATH).expect("the vectors are there");
    assert_eq!(serde_json::from_str::<Value>(&pinned).unwrap(), now);
}
