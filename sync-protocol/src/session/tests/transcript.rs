//! A conversation byte by byte, in `tests/vectors/session.txt`: what a client of
//! another make may compare itself with.
//!
//! A line is `>` and a frame of the client, `<` and a frame of the server, both
//! in hexadecimal, `x` and a close code, or `#` and a remark. Where the test finds
//! another conversation, it fails; with `UPDATE_VECTORS=1` it writes that down.

use std::fmt::Write as _;
use std::path::Path;

use umbra_model::{Kind, Privacy, Role};

use super::super::*;
use super::conversation::*;
use crate::wire::{
    self, Body, ChangeHash, ClientFrame, Hello, PackedDoc, Presence, PurgeOrder, Purged, Receipt,
    ServerFrame, Verdict,
};

struct Transcript {
    with: Conversation,
    text: String,
}

impl Transcript {
    fn say(&mut self, remark: &str, frame: ClientFrame) {
        writeln!(self.text, "# {remark}\n> {}", hex(&wire::encode(&frame))).unwrap();
        let did = self.with.say(frame);
        self.note(did);
    }

    fn hear(&mut self, remark: &str, input: Input) {
        writeln!(self.text, "# {remark}").unwrap();
        let did = self.with.hear(input);
        self.note(did);
    }

    fn note(&mut self, did: Vec<Did>) {
        for did in did {
            match did {
                Did::Sent(frame) => {
                    writeln!(self.text, "< {}", hex(&wire::encode(&frame))).unwrap()
                }
                Did::Closes(code, _) => writeln!(self.text, "x {}", code.number()).unwrap(),
                _ => {}
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn conversation() -> String {
    let mut it = Transcript { with: Conversation::new(), text: String::new() };
    let hello = Hello { views: true, epoch: None, ..hello(Vec::new()) };
    it.say("a first hello: no epoch, no cursors, with views", ClientFrame::Hello(hello));
    let calendar = calendar(1, Role::Editor, 3);
    it.hear("the welcome: one calendar, as editor", Input::Opened(opened(vec![calendar])));
    let packed = PackedDoc {
        doc: doc(1),
        kind: Kind::Event,
        creator: OTHER,
        privacy: Privacy::Default,
        seq: 3,
        saved: None,
        chunks: vec![vec![1, 2, 3].into()],
        view: Some(r#"{"title":"Tea"}"#.to_owned()),
    };
    let body = Body::pack(&[packed]);
    let page = PackPage { head: 3, packed_to: Some(doc(1)), last: true, body, events: None };
    it.hear(
        "the only pack of the cold start, and that nothing is newer",
        Input::Page(Page::Pack(1, page)),
    );
    it.say("more credit", ClientFrame::Credit(4_096));
    it.say("a push of one change", ClientFrame::Push(push(1, 1)));
    let accepted =
        Verdict::Accepted { hash: ChangeHash([5; 32]), seq: 4, receipt: Receipt([6; 16]) };
    let judged = Judged { id: 1, verdicts: vec![accepted], stretches: vec![cover(4, 4)] };
    it.hear("accepted, and the cursor moves to 4", Input::Judged(judged));
    it.say("a push of one change", ClientFrame::Push(push(2, 1)));
    let refused = Verdict::Refused {
        hash: Some(ChangeHash([8; 32])),
        code: "role_too_weak".into(),
        path: Some("title".into()),
        rule: Some("event.write.editor".into()),
        permanent: true,
    };
    let judged = Judged { id: 2, verdicts: vec![refused], stretches: Vec::new() };
    it.hear("refused, with the reason", Input::Judged(judged));
    let published = std::sync::Arc::new(public(5, 5));
    it.hear("another member's change", Input::News(News::Published(published)));
    let presence = Presence { space: space(1), doc: Some(doc(1)), state: Some(vec![1].into()) };
    it.say("presence; nobody answers it", ClientFrame::Presence(presence));
    let order =
        PurgeOrder { order: 8, space: space(1), doc: Some(doc(1)), reason: "hidden".into() };
    it.hear("an order to remove a document", Input::News(News::Purge(order)));
    it.say("which is confirmed", ClientFrame::Purged(Purged { order: 8 }));
    let order = PurgeOrder { order: 9, space: space(1), doc: None, reason: "removed".into() };
    let lost = News::Lost(space(1), vec![order]);
    it.hear("the user is removed from the space", Input::News(lost));
    it.text
}

#[test]
fn the_conversation_is_the_written_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/session.txt");
    let found = conversation();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &found).unwrap();
    }
    let written = std::fs::read_to_string(&path).expect("tests/vectors/session.txt is there");
    assert_eq!(found, written);
    let frames = |mark: &'static str| {
        written.lines().filter_map(move |line| line.strip_prefix(mark)).map(|hex| {
            let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            (0..hex.len()).step_by(2).map(byte).collect::<Vec<u8>>()
        })
    };
    assert!(frames("> ").all(|bytes| wire::decode::<ClientFrame>(&bytes).is_ok()));
    assert!(frames("< ").all(|bytes| wire::decode::<ServerFrame>(&bytes).is_ok()));
}
