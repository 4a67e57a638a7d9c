//! An event in a shared calendar with some history, and a member who writes what
//! no honest device would.

use automerge::legacy::{ObjectId, OpId};
use automerge::{Automerge, Change, ExpandedChange, ROOT, ReadDoc};
use umbra_model::{Kind, Role};
use umbra_sync_protocol::gate::{Code, DocFacts, GateDoc, Judgement};
use umbra_sync_protocol::view::view;

use super::device::Device;
use super::forge::{forge, id_of};
use super::{author, facts};

pub const WHEN: &str =
    r#"{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00:00","tz":"Europe/Paris"}"#;
pub const LATER: &str =
    r#"{"allDay":false,"dur":"PT2H","start":"2026-03-02T10:00:00","tz":"Europe/Paris"}"#;
pub const PLACE: &str = r#"{"name":"Room 4"}"#;
pub const LABEL: &str = "0190f3c2-0000-7000-8000-000000000001";

pub struct Scene {
    pub server: GateDoc,
    pub facts: DocFacts,
    /// The owner of the calendar, who made the event.
    pub owner: Device,
    /// Another editor, who is offline since the event was made.
    pub away: Device,
    /// The member who cheats. They may edit, so only what is wrong with a change
    /// can be why it is refused.
    pub mallory: Device,
}

impl Scene {
    pub fn new() -> Self {
        let kind = Kind::Event;
        let mut owner = Device::new(kind, author(1, 1, Role::Owner));
        let mut server = GateDoc::new(kind);
        let facts = facts(kind);
        let first = [
            owner.edit(|tx| {
                use automerge::transaction::Transactable;
                tx.put(ROOT, "title", "Planning").unwrap();
                tx.put(ROOT, "when", WHEN).unwrap();
                tx.put(ROOT, "uid", "planning@example.org").unwrap();
            }),
            owner.splice("desc", 0, 0, "Bring the plan."),
        ];
        accept(&mut server, &first, &owner, &facts);
        let away = Device::with(&owner.document, author(2, 1, Role::Editor));
        let second = [
            owner.put("status", "tentative"),
            owner.put("title", "Planning, part one"),
            owner.put_in("labels", LABEL, 1_772_355_600_000_i64),
            owner.splice("desc", 0, 6, "Print "),
        ];
        accept(&mut server, &second, &owner, &facts);
        let mallory = Device::with(&owner.document, author(3, 1, Role::Editor));
        Self { server, facts, owner, away, mallory }
    }

    /// Mallory's honest change of the title, altered.
    pub fn forged(&self, alter: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
        forge(&self.mallory.clone().put("title", "Mine"), alter)
    }

    /// What Mallory can name: the object that a field is.
    pub fn object(&self, field: &str) -> ObjectId {
        ObjectId::Id(id_of(&self.mallory.container(field)))
    }

    /// What Mallory can name: the operation whose value a key of the root has.
    pub fn value_id(&self, key: &str) -> OpId {
        id_of(&self.mallory.document.get(ROOT, key).unwrap().unwrap().1)
    }

    /// What Mallory can name: the character at this place of the description.
    pub fn character(&self, at: usize) -> OpId {
        let text = self.mallory.container("desc");
        id_of(&self.mallory.document.get(&text, at).unwrap().unwrap().1)
    }

    /// Judges a change of Mallory's.
    pub fn push(&mut self, chunk: &[u8]) -> Judgement {
        let judged = self.server.judge(&[chunk], &self.mallory.author, &self.facts);
        assert_eq!(judged.len(), 1);
        judged.into_iter().next().unwrap()
    }

    /// The change is refused with this code, by this rule, and has left no trace.
    #[track_caller]
    pub fn refuses(mut self, chunk: &[u8], code: Code, rule: impl Into<Option<&'static str>>) {
        let before = self.server.clone();
        match self.push(chunk) {
            Judgement::Refused { refusal, .. } => {
                assert_eq!((refusal.code, refusal.rule), (code, rule.into()), "{refusal}");
            }
            judged => panic!("{judged:?}"),
        }
        assert!(self.server == before, "the refused change left a trace");
        assert_eq!(self.server.document().get_heads(), before.document().get_heads());
        self.goes_on();
    }

    /// Everything still works: the document saves, opens, and takes honest work of
    /// everyone, those who were away included.
    #[track_caller]
    pub fn goes_on(&mut self) {
        sound(&self.server);
        let facts = self.facts;
        let chunks = [self.away.put("when", LATER), self.away.splice("desc", 5, 0, " me")];
        accept(&mut self.server, &chunks, &self.away, &facts);
        let chunk = self.owner.put("title", "Planning, part two");
        accept(&mut self.server, &[chunk], &self.owner, &facts);
        let mut mallory = self.mallory.clone();
        let chunk = mallory.put("status", "confirmed");
        accept(&mut self.server, &[chunk], &mallory, &facts);
        sound(&self.server);
    }
}

/// All of these are accepted.
#[track_caller]
pub fn accept(server: &mut GateDoc, chunks: &[Vec<u8>], device: &Device, facts: &DocFacts) {
    for judged in server.judge(chunks, &device.author, facts) {
        assert!(matches!(judged, Judgement::Accepted { .. }), "{judged:?}");
    }
}

/// The document saves, loads, opens again as the same, and gives a replica that
/// takes its changes one by one the same content.
#[track_caller]
pub fn sound(server: &GateDoc) {
    let saved = server.save();
    let loaded = Automerge::load(&saved).unwrap();
    assert_eq!(loaded.get_heads(), server.document().get_heads());
    let opened = GateDoc::open(server.kind(), Some(&saved), []).unwrap();
    assert_eq!(opened.heads(), server.heads());
    let mut replica = umbra_sync_protocol::genesis::start(server.kind());
    let changes: Vec<Change> = server.document().get_changes(&[]);
    for change in changes {
        replica.apply_changes([change]).unwrap();
    }
    assert_eq!(view(&replica, server.kind()), view(server.document(), server.kind()));
    assert_eq!(view(opened.document(), server.kind()), view(&replica, server.kind()));
}
