//! What the dice deal.

use umbra_client_core::document::text::Splice;
use umbra_client_core::document::{Facts, Intent, Pending};
use umbra_client_core::edit::Value;
use umbra_client_core::store::{
    MemberRow, Projection, Query, Record, Sort, SpaceRow, Stack, TrayReason, TrayRow, UndoRow,
};
use umbra_model::recurrence::Zone;
use umbra_model::{DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::wire::{ChangeHash, MemberEvent, Receipt};

use super::dice::Dice;

/// Small pools, so that the same things meet again and again.
pub struct Hand {
    pub dice: Dice,
}

impl Hand {
    pub fn doc(&mut self) -> DocId {
        DocId::from_bytes([u8::try_from(self.dice.roll(6)).unwrap() + 1; 16])
    }

    pub fn space(&mut self) -> SpaceId {
        SpaceId::from_bytes([u8::try_from(self.dice.roll(3)).unwrap() + 0xa0; 16])
    }

    pub fn user(&mut self) -> UserId {
        UserId::from_bytes([u8::try_from(self.dice.roll(2)).unwrap() + 0xe0; 16])
    }

    pub fn hash(&mut self) -> ChangeHash {
        ChangeHash([u8::try_from(self.dice.roll(5)).unwrap() + 1; 32])
    }

    pub fn millis(&mut self) -> Millis {
        Millis(i64::try_from(self.dice.roll(10)).unwrap() * 86_400_000)
    }

    pub fn word(&mut self) -> &'static str {
        self.dice.pick::<&str>(&["milk", "Bread", "oat", "Milkshake", "rye"])
    }

    pub fn facts(&mut self) -> Facts {
        Facts {
            doc: self.doc(),
            space: self.space(),
            kind: *self.dice.pick(&[Kind::Todo, Kind::Event, Kind::Comment]),
            creator: self.user(),
            privacy: *self.dice.pick(Privacy::ALL),
        }
    }

    pub fn record(&mut self) -> Record {
        Record {
            facts: self.facts(),
            born: self.dice.chance(50),
            saved: self.dice.chance(50).then(|| self.dice.bytes::<9>().to_vec()),
            tail: self.dice.bytes::<5>().to_vec(),
            seq: self.dice.roll(100) as u64,
            generation: self.dice.chance(50).then(|| self.dice.bytes()),
            round: u32::try_from(self.dice.roll(4)).unwrap(),
        }
    }

    pub fn projection(&mut self) -> Projection {
        let mut view = serde_json::Map::new();
        let title = format!("{} {}", self.word(), self.word());
        let (notes, subject) = (self.word().to_owned(), self.doc().to_string());
        view.insert("title".into(), title.into());
        view.insert("notes".into(), notes.into());
        view.insert("subject".into(), subject.into());
        if self.dice.chance(50) {
            let due = format!("{{\"date\":\"1970-01-{:02}\"}}", self.dice.roll(12) + 1);
            view.insert("due".into(), due.into());
        }
        if self.dice.chance(30) {
            view.insert("state".into(), "done".into());
        }
        if self.dice.chance(30) {
            view.insert("uid".into(), self.word().into());
        }
        Projection::new(*self.dice.pick(&[Kind::Todo, Kind::Comment]), &view, &Zone::UTC)
    }

    pub fn intents(&mut self) -> Vec<Intent> {
        let value = Value::Int(self.dice.roll(9).try_into().unwrap());
        let splice = Splice { at: 1, delete: "ü".into(), insert: self.word().into() };
        vec![
            Intent::Set { field: "priority".into(), value, was: Value::Null },
            Intent::Entry {
                field: "ext".into(),
                key: "a/b".into(),
                value: Value::Bool(true),
                was: Value::Str(String::new()),
            },
            Intent::Text { field: "notes".into(), splices: vec![splice], before: None },
        ]
    }

    pub fn pending(&mut self) -> Pending {
        Pending {
            order: 0,
            doc: self.doc(),
            // No two changes are alike.
            hash: ChangeHash(self.dice.bytes()),
            chunk: self.dice.bytes::<7>().to_vec(),
            intents: self.intents(),
            label: self.word().into(),
            made: self.millis(),
            group: self.dice.chance(30).then(|| self.dice.roll(3) as u64),
            creates: self.dice.chance(20),
            reissued: 1,
        }
    }

    pub fn space_row(&mut self) -> SpaceRow {
        SpaceRow {
            space: self.space(),
            kind: *self.dice.pick(SpaceKind::ALL),
            role: *self.dice.pick(&Role::ALL),
            cursor: self.dice.roll(100) as u64,
            packed_to: self.dice.chance(30).then(|| self.doc()),
            cold: self.dice.chance(30),
            round: 2,
            unsynced: self.dice.chance(30),
            recovering: self.dice.chance(30),
        }
    }

    pub fn member(&mut self) -> MemberRow {
        let role = self.dice.chance(80).then(|| *self.dice.pick(&Role::ALL));
        let (user, by) = (self.user(), self.user());
        let event =
            MemberEvent { user, name: "bob".into(), role, by, receipt: Receipt(self.dice.bytes()) };
        MemberRow { seq: self.dice.roll(6) as u64, event }
    }

    pub fn tray(&mut self) -> TrayRow {
        TrayRow {
            id: 0,
            facts: self.facts(),
            space_kind: SpaceKind::List,
            title: self.word().into(),
            label: self.word().into(),
            made: self.millis(),
            refused: self.millis(),
            reason: TrayReason {
                code: "role_too_weak".into(),
                path: Some("title".into()),
                rule: None,
                message: "no".into(),
            },
            creates: self.dice.chance(30),
            intents: self.intents(),
            group: None,
        }
    }

    pub fn undo(&mut self) -> UndoRow {
        UndoRow {
            id: 0,
            stack: *self.dice.pick(&[Stack::Undo, Stack::Undo, Stack::Redo]),
            step: self.dice.roll(8) as u64,
            doc: self.doc(),
            hash: self.hash(),
            intents: self.intents(),
            creates: false,
            label: self.word().into(),
        }
    }

    pub fn query(&mut self) -> Query {
        let some = |hand: &mut Self, percent| hand.dice.chance(percent);
        Query {
            kinds: if some(self, 30) { vec![Kind::Todo, Kind::Event] } else { Vec::new() },
            spaces: if some(self, 30) { vec![self.space(), self.space()] } else { Vec::new() },
            done: some(self, 30).then(|| self.dice.chance(50)),
            due_before: some(self, 20).then(|| self.millis()),
            due_from: some(self, 20).then(|| self.millis()),
            between: some(self, 20).then(|| (self.millis(), self.millis())),
            words: match self.dice.roll(4) {
                0 => vec!["mil".into()],
                1 => vec!["BREAD".into(), "o".into()],
                _ => Vec::new(),
            },
            subject: some(self, 20).then(|| self.doc()),
            deleted: some(self, 30).then_some(false),
            uid: some(self, 20).then(|| self.word().to_owned()),
            // How well something matches is each store's own idea.
            sort: *self.dice.pick(&[Sort::Id, Sort::Due, Sort::Start, Sort::Title]),
            limit: some(self, 20).then_some(2),
        }
    }
}
