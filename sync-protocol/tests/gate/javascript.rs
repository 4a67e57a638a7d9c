//! What the JavaScript library writes on top of our genesis passes the gate
//! (`tests/interop/js` makes it), and our genesis is what it is told
//! (`tests/vectors/js/genesis.json`; `UMBRA_BLESS=1` writes it anew).

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use serde_json::{Map, Value};
use umbra_model::{ActorPrefix, Kind, Role};
use umbra_sync_protocol::gate::{Author, GateDoc, Judgement};
use umbra_sync_protocol::genesis::genesis;
use umbra_sync_protocol::view::view;

use crate::support::scene::sound;
use crate::support::{facts, user};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/js");

#[derive(Deserialize)]
struct Story {
    name: String,
    kind: Kind,
    pushes: Vec<Push>,
    view: Map<String, Value>,
    #[serde(default)]
    refused: Vec<Mistake>,
}

#[derive(Deserialize)]
struct Push {
    device: Pusher,
    chunks: Vec<String>,
}

#[derive(Deserialize)]
struct Pusher {
    user: u8,
    role: Role,
    prefix: String,
}

#[derive(Deserialize)]
struct Mistake {
    name: String,
    code: String,
    chunk: String,
}

impl Pusher {
    fn author(&self) -> Author {
        let prefix = ActorPrefix(bytes(&self.prefix).try_into().unwrap());
        Author { user: user(self.user), prefix, role: self.role }
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn stories() -> Vec<Story> {
    let text = fs::read_to_string(format!("{VECTORS}/changes.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn is_told_our_genesis() {
    let path = format!("{VECTORS}/genesis.json");
    let now: BTreeMap<&str, String> =
        Kind::ALL.iter().map(|kind| (kind.as_str(), hex(&genesis(*kind).chunk))).collect();
    let now = serde_json::to_string_pretty(&now).unwrap() + "\n";
    if std::env::var_os("UMBRA_BLESS").is_some() {
        fs::write(&path, &now).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), now);
}

#[test]
fn writes_what_the_gate_takes() {
    for story in stories() {
        let mut server = GateDoc::new(story.kind);
        for push in &story.pushes {
            let chunks: Vec<_> = push.chunks.iter().map(|chunk| bytes(chunk)).collect();
            let judged = server.judge(&chunks, &push.device.author(), &facts(story.kind));
            for judged in judged {
                assert!(matches!(judged, Judgement::Accepted { .. }), "{}: {judged:?}", story.name);
            }
        }
        assert_eq!(view(server.document(), story.kind), story.view, "{}", story.name);
        sound(&server);
    }
}

#[test]
fn is_refused_for_what_people_get_wrong_at_first() {
    let mut mistakes = 0;
    for story in stories() {
        let mut server = GateDoc::new(story.kind);
        for push in &story.pushes {
            let chunks: Vec<_> = push.chunks.iter().map(|chunk| bytes(chunk)).collect();
            server.judge(&chunks, &push.device.author(), &facts(story.kind));
        }
        for mistake in &story.refused {
            let author = story.pushes[0].device.author();
            let judged = server.judge(&[bytes(&mistake.chunk)], &author, &facts(story.kind));
            let [Judgement::Refused { refusal, .. }] = &judged[..] else {
                panic!("{}: {judged:?}", mistake.name)
            };
            assert_eq!(refusal.code.as_str(), mistake.code, "{}: {refusal}", mistake.name);
            mistakes += 1;
        }
    }
    assert!(mistakes > 5);
}
