//! Worlds of devices that edit, lose connections, crash, lose rights and get them
//! back: in the end everybody has what the server has, and nothing that anybody wrote
//! is lost.

#![expect(clippy::unwrap_used, reason = "a test that can't go on is to stop")]

mod world;

use std::collections::BTreeSet;

use umbra_client_core::edit::Edit;
use umbra_client_core::engine::{NewDocument, NewSpace};
use umbra_client_core::error::Error;
use umbra_client_core::session::{Connection, Input};
use umbra_client_core::store::{Documents, Edits, Spaces, Stack, Store, Tray};
use umbra_client_core::{document, store};
use umbra_model::{DocId, Kind, Privacy, Role, SpaceId, SpaceKind};

use umbra_sync_protocol::wire::ChangeHash;
use world::device::{Device, run};
use world::dice::Dice;
use world::{World, user};

/// What somebody wrote, to be found again.
#[derive(Clone, Debug)]
struct Written {
    device: usize,
    marker: String,
}

struct Story {
    world: World,
    dice: Dice,
    written: Vec<Written>,
    docs: Vec<DocId>,
    roles_change: bool,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let roles = [None, Some(Role::Viewer), Some(Role::Commenter), Some(Role::Editor)];
        let world = World::new(seed, SpaceKind::List, *dice.pick(&roles));
        Self { world, dice, written: Vec::new(), docs: Vec::new(), roles_change: true }
    }

    fn marker(&mut self, device: usize) -> String {
        // Letters that appear nowhere else, no two alike.
        let marker = format!("<{device}:{:05}>", self.written.len());
        self.written.push(Written { device, marker: marker.clone() });
        marker
    }

    fn step(&mut self) {
        let at = self.dice.roll(self.world.devices.len());
        match self.dice.roll(100) {
            0..=7 => self.create(at),
            8..=27 => self.edit(at),
            28..=30 => self.together(at),
            31..=34 => self.undo(at),
            35 => self.make_space(at),
            36..=41 => self.world.connect(at),
            42..=44 => self.world.disconnect(at),
            45..=46 => self.world.crash(at),
            47..=50 if self.roles_change => self.change_role(),
            51..=52 => self.retry(at),
            53..=70 => drop(self.world.deliver_to_server(at)),
            71..=92 => drop(self.world.deliver_to_client(at)),
            _ => {
                self.world.devices[at].input(Input::Stirred);
            }
        }
    }

    fn create(&mut self, at: usize) {
        let (doc, space) = (DocId::from_bytes(self.dice.bytes()), self.some_space(at));
        let marker = self.marker(at);
        let edits =
            vec![Edit::set("title", marker.as_str()), Edit::text("notes", "one two three four")];
        let new = NewDocument { doc, space, kind: Kind::Todo, privacy: Privacy::Default, edits };
        let made = self.world.devices[at].with(async |engine| {
            let part = engine.step(false).await?;
            engine.create(part, new).await
        });
        self.note(made, doc);
    }

    /// A predicted refusal was told at once, so nothing was written.
    fn note(&mut self, made: Result<(), Error>, doc: DocId) {
        match made {
            Ok(()) => self.docs.push(doc),
            Err(Error::Refused(_) | Error::Input(_)) => drop(self.written.pop()),
            Err(error) => panic!("{error}"),
        }
    }

    fn edit(&mut self, at: usize) {
        if self.docs.is_empty() {
            return;
        }
        let doc = *self.dice.pick(&self.docs);
        let marker = self.marker(at);
        let place = self.dice.roll(12);
        let edit = match self.dice.roll(4) {
            0 => Edit::set("title", marker.as_str()),
            1 => Edit::put("ext", format!("X-{place}"), marker.as_str()),
            2 => Edit::Splice { field: "notes".into(), at: place, delete: 0, insert: marker },
            _ => Edit::Splice { field: "notes".into(), at: 0, delete: 2, insert: marker },
        };
        let made = self.world.devices[at].with(async |engine| {
            let part = engine.step(false).await?;
            engine.edit(part, doc, &[edit]).await
        });
        match made {
            Ok(true) => {}
            Ok(false) | Err(Error::Refused(_) | Error::Input(_)) => drop(self.written.pop()),
            Err(error) => panic!("{error}"),
        }
    }

    fn together(&mut self, at: usize) {
        if self.docs.len() < 2 {
            return;
        }
        let docs = [*self.dice.pick(&self.docs), *self.dice.pick(&self.docs)];
        let marker = self.marker(at);
        let edit = [Edit::set("title", marker.as_str())];
        let made = self.world.devices[at].with(async |engine| {
            let part = engine.step(true).await?;
            for doc in docs {
                engine.edit(part, doc, &edit).await?;
            }
            Ok(())
        });
        match made {
            Ok(()) => {}
            Err(Error::Refused(_) | Error::Input(_)) => drop(self.written.pop()),
            Err(error) => panic!("{error}"),
        }
    }

    fn undo(&mut self, at: usize) {
        let stack = if self.dice.chance(60) { Stack::Undo } else { Stack::Redo };
        match self.world.devices[at].with(async |engine| engine.take_back(stack).await) {
            Ok(_) | Err(Error::Input(_) | Error::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn make_space(&mut self, at: usize) {
        let space = SpaceId::from_bytes(self.dice.bytes());
        let marker = self.marker(at);
        let edits = vec![Edit::set("name", marker.as_str())];
        let new = NewSpace { space, kind: SpaceKind::List, edits };
        self.world.devices[at].with(async |engine| engine.create_space(new).await).unwrap();
    }

    fn change_role(&mut self) {
        let roles = [
            None,
            Some(Role::Viewer),
            Some(Role::Commenter),
            Some(Role::Editor),
            Some(Role::Editor),
            Some(Role::Manager),
        ];
        let role = *self.dice.pick(&roles);
        let space = self.world.space;
        self.world.server.set_role(space, user(2), role);
    }

    fn retry(&mut self, at: usize) {
        let device = &mut self.world.devices[at];
        let tray = run(async { device.store.read().await.unwrap().tray().await.unwrap() });
        let Some(row) = tray.first() else { return };
        match device.with(async |engine| engine.retry(row.id).await) {
            // All that was done to a document before it was refused is made again as
            // one: what somebody wrote and deleted themselves is in none of it.
            Ok(_) if row.creates => {
                let intents = serde_json::to_string(&row.intents).unwrap();
                self.written.retain(|written| !intents.contains(&written.marker));
            }
            Ok(_) | Err(Error::Refused(_) | Error::Conflict(_) | Error::Input(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn some_space(&mut self, at: usize) -> SpaceId {
        let spaces = run(async {
            let store = &self.world.devices[at].store;
            store.read().await.unwrap().spaces().await.unwrap()
        });
        if spaces.is_empty() { self.world.space } else { self.dice.pick(&spaces).space }
    }

    fn is_logged(&self, marker: &str) -> bool {
        let has = |chunk: &Vec<u8>| chunk.windows(marker.len()).any(|it| it == marker.as_bytes());
        self.world.server.disk.docs.values().any(|doc| doc.chunks.iter().any(has))
    }

    /// What the devices were told is accepted.
    fn acknowledged(&self) -> Vec<String> {
        let mut hashes = BTreeSet::new();
        for device in &self.world.devices {
            run(async {
                let mut tx = device.store.read().await.unwrap();
                for space in tx.spaces().await.unwrap() {
                    for doc in tx.documents(space.space).await.unwrap() {
                        let receipts = tx.receipts(doc).await.unwrap();
                        hashes.extend(receipts.into_iter().map(|row| row.hash));
                    }
                }
            });
        }
        let docs = self.world.server.disk.docs.values();
        let chunks = docs.flat_map(|doc| &doc.chunks).filter(|chunk| {
            let hash = automerge::Change::from_bytes(chunk.to_vec()).unwrap().hash();
            hashes.contains(&ChangeHash(hash.0))
        });
        let chunks: Vec<&Vec<u8>> = chunks.collect();
        let is_in = |marker: &str| {
            chunks.iter().any(|it| it.windows(marker.len()).any(|it| it == marker.as_bytes()))
        };
        let markers = self.written.iter().map(|written| written.marker.clone());
        markers.filter(|marker| is_in(marker)).collect()
    }

    fn check(&self) {
        for (at, device) in self.world.devices.iter().enumerate() {
            run(self.check_device(at, device));
        }
        assert_eq!(self.world.server.equivocations, 0, "an actor's sequence forked");
    }

    async fn check_device(&self, at: usize, device: &Device) {
        let mut tx = device.store.read().await.unwrap();
        let connection = device.session.connection();
        assert!(
            matches!(connection, Connection::Synced | Connection::Refused(_)),
            "device {at} is {connection:?}: {:?}",
            device.session
        );
        assert_eq!(tx.outbox(0).await.unwrap(), [], "device {at} has something left to push");
        assert_eq!(tx.commands().await.unwrap(), []);
        let mine: BTreeSet<_> =
            self.world.server.spaces_of(device.account.user).into_iter().collect();
        let held: BTreeSet<_> = tx.spaces().await.unwrap().iter().map(|row| row.space).collect();
        assert_eq!(held, mine, "device {at} holds its spaces and no others");
        for space in mine {
            self.check_space(at, &mut tx, space).await;
        }
        self.check_written(at, &mut tx).await;
    }

    async fn check_space(&self, at: usize, tx: &mut store::MemoryTx, space: SpaceId) {
        let theirs: BTreeSet<DocId> = self
            .world
            .server
            .disk
            .docs
            .values()
            .filter(|doc| doc.space == space)
            .map(|doc| doc.facts.doc)
            .collect();
        let ours: BTreeSet<DocId> = tx.documents(space).await.unwrap().into_iter().collect();
        assert_eq!(ours, theirs, "device {at} has the documents of {space}");
        for doc in theirs {
            let record = tx.record(doc).await.unwrap().unwrap();
            let saved = record.saved.as_deref();
            let open =
                document::Document::open(record.facts, saved, &record.tail, Vec::new(), None);
            let open = open.unwrap();
            let server = self.world.server.disk.docs[&doc].gate.document();
            assert_eq!(open.base().get_heads(), server.get_heads(), "device {at}, {doc}");
            let shown: serde_json::Value =
                serde_json::from_str(&tx.row(doc).await.unwrap().unwrap().view).unwrap();
            let view = umbra_sync_protocol::view::view(server, record.facts.kind);
            assert_eq!(shown, serde_json::Value::Object(view), "device {at} shows {doc}");
        }
    }

    /// What was written on this device is in the server's log or in its own tray.
    async fn check_written(&self, at: usize, tx: &mut store::MemoryTx) {
        let tray = tx.tray().await.unwrap();
        let tray =
            serde_json::to_string(&tray.iter().map(|row| row.intents.clone()).collect::<Vec<_>>());
        let tray = tray.unwrap();
        for written in self.written.iter().filter(|written| written.device == at) {
            assert!(
                self.is_logged(&written.marker) || tray.contains(&written.marker),
                "what device {at} wrote is lost: {}",
                written.marker
            );
        }
    }
}

/// A story without a restore.
fn tell(seed: u64) {
    let mut story = Story::new(seed);
    for _ in 0..250 {
        story.step();
    }
    story.world.settle();
    story.check();
}

/// A story in which the server is restored from a backup in the middle.
fn tell_of_a_restore(seed: u64) {
    let mut story = Story::new(seed);
    let space = story.world.space;
    story.world.server.set_role(space, user(2), Some(Role::Editor));
    story.roles_change = false;
    // Every device was there before: one that wasn't leaves the end of the recovery to them.
    story.world.settle();
    let (backup_at, restore_at) = (20 + story.dice.roll(80), 120 + story.dice.roll(80));
    let mut backup = None;
    for step in 0..restore_at {
        if step == backup_at {
            backup = Some(story.world.server.backup());
        }
        story.step();
    }
    let acknowledged = story.acknowledged();
    story.world.restore(backup.unwrap());
    for _ in 0..story.dice.roll(120) {
        story.step();
    }
    story.world.settle();
    story.check();
    for marker in acknowledged {
        assert!(story.is_logged(&marker), "{marker} was acknowledged and is lost");
    }
    for row in &story.world.server.disk.spaces {
        assert!(!row.1.recovering, "{} recovers for ever", row.0);
    }
}

fn tell_all(seeds: std::ops::Range<u64>, tell: fn(u64)) {
    let number = |name| std::env::var(name).ok().and_then(|it| it.parse::<u64>().ok());
    let seeds = match (number("UMBRA_SEED"), number("UMBRA_SEEDS")) {
        (Some(only), _) => only..only + 1,
        (None, Some(many)) => 0..many,
        (None, None) => seeds,
    };
    for seed in seeds {
        let told = std::panic::catch_unwind(|| tell(seed));
        assert!(told.is_ok(), "seed {seed} (run it alone with UMBRA_SEED={seed})");
    }
}

#[test]
fn everybody_ends_up_with_what_the_server_has_and_nothing_is_lost() {
    tell_all(0..40, tell);
}

#[test]
fn a_restored_server_gets_back_all_that_it_had_acknowledged() {
    tell_all(0..40, tell_of_a_restore);
}
