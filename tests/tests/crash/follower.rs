//! Devices that read: one that follows all along, by its cursors, and one that
//! comes anew in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use automerge::Automerge;
use umbra_model::{DocId, SpaceId};
use umbra_sync_protocol::genesis;
use umbra_sync_protocol::wire::{
    ChangeHash, ClientFrame, Cursor, Epoch, Event, LogEntry, PackedDoc, ServerFrame,
};
use umbra_tests::{Heard, Person, Socket, a_while, hash_of, hello, hello_with};

use crate::{Load, RETRY, Stage};

/// Documents, each with its heads.
pub type Documents = BTreeMap<DocId, BTreeSet<ChangeHash>>;

/// What came to somebody who followed all along.
#[derive(Default)]
pub struct Followed {
    /// The changes that came one by one, each in its place.
    placed: BTreeMap<(SpaceId, u64), ChangeHash>,
    /// Those that came within a document: what was there before, or was folded.
    within: BTreeSet<ChangeHash>,
}

impl Followed {
    /// Whether a change came, at its place where it came alone.
    pub fn has(&self, space: SpaceId, seq: u64, hash: ChangeHash) -> bool {
        match self.placed.get(&(space, seq)) {
            Some(placed) => *placed == hash,
            None => self.within.contains(&hash),
        }
    }

    fn document(&mut self, packed: &PackedDoc) {
        let changes = open(packed).get_changes(&[]);
        self.within.extend(changes.iter().map(|change| ChangeHash(change.hash().0)));
    }
}

pub struct Follower {
    person: Person,
    load: Arc<Load>,
    epoch: Option<Epoch>,
    cursors: BTreeMap<SpaceId, u64>,
    followed: Followed,
}

impl Follower {
    pub fn new(person: Person, load: Arc<Load>) -> Self {
        Self { person, load, epoch: None, cursors: BTreeMap::new(), followed: Followed::default() }
    }

    /// Follows until the load is over and nothing is behind.
    pub async fn run(mut self) -> Followed {
        loop {
            // Asked before: what comes current on the connection is then the end of all.
            let is_done = self.load.is(Stage::Done);
            let Some(socket) = Socket::try_connect(self.person.addr(), &self.person.token).await
            else {
                a_while(RETRY).await;
                continue;
            };
            if self.follow(socket, is_done).await && is_done {
                return self.followed;
            }
        }
    }

    /// Follows on one connection, to its end or until everything is current. Whether
    /// it was the latter.
    async fn follow(&mut self, mut socket: Socket, to_the_end: bool) -> bool {
        let cursors = self.cursors.iter();
        let cursors =
            cursors.map(|(space, seq)| Cursor { space: *space, seq: *seq, packed_to: None });
        let hello = match self.epoch {
            Some(epoch) => hello_with(epoch, cursors.collect()),
            None => hello(),
        };
        socket.say(&ClientFrame::Hello(hello)).await;
        let mut behind = BTreeSet::new();
        loop {
            let heard = tokio::select! {
                heard = socket.hear() => heard,
                // What is live may go on: the end is read on a new connection.
                () = self.load.reaches(Stage::Done), if !to_the_end => return false,
            };
            match heard {
                Heard::Frame(ServerFrame::Welcome(welcome)) => {
                    self.epoch = Some(welcome.epoch);
                    assert!(welcome.spaces.iter().all(|it| !it.reset), "a cursor was not served");
                    behind = welcome.spaces.iter().map(|it| it.space).collect();
                }
                Heard::Frame(ServerFrame::Pack(pack)) => {
                    let packed: Vec<PackedDoc> = pack.body.unpack().expect("documents");
                    packed.iter().for_each(|packed| self.followed.document(packed));
                    if pack.last {
                        self.cursors.insert(pack.space, pack.seq);
                    }
                }
                Heard::Frame(ServerFrame::Entries(entries)) => {
                    let bytes = entries.body.len() as u32;
                    self.take(
                        entries.space,
                        entries.from,
                        entries.to,
                        &entries.body.unpack().expect("entries"),
                    );
                    socket.say(&ClientFrame::Credit(bytes)).await;
                }
                Heard::Frame(ServerFrame::Current(space, _)) => {
                    behind.remove(&space);
                    if behind.is_empty() && to_the_end {
                        return true;
                    }
                }
                Heard::Frame(_) => {}
                Heard::Closed(..) | Heard::Gone => return false,
            }
        }
    }

    fn take(&mut self, space: SpaceId, from: u64, to: u64, entries: &[LogEntry]) {
        let cursor = self.cursors.get_mut(&space).expect("entries follow a pack");
        assert!(from <= *cursor + 1 && to >= from, "there is a gap before entry {from}");
        for LogEntry { seq, event } in entries {
            match event {
                Event::Change { chunk, .. } => {
                    let hash = hash_of(chunk);
                    let before = self.followed.placed.insert((space, *seq), hash);
                    assert!(before.is_none_or(|it| it == hash), "entry {seq} is another one now");
                }
                Event::Saved(packed) => self.followed.document(packed),
                _ => {}
            }
        }
        *cursor = (*cursor).max(to);
    }
}

/// What somebody gets who has nothing.
pub async fn everything(person: &Person) -> Documents {
    let mut socket = person.socket().await;
    socket.say(&ClientFrame::Hello(hello())).await;
    let mut documents: BTreeMap<DocId, Automerge> = BTreeMap::new();
    let mut behind = BTreeSet::new();
    loop {
        match socket.frame().await {
            ServerFrame::Welcome(welcome) => {
                behind = welcome.spaces.iter().map(|it| it.space).collect();
            }
            ServerFrame::Pack(pack) => {
                let packed: Vec<PackedDoc> = pack.body.unpack().expect("documents");
                documents.extend(packed.iter().map(|packed| (packed.doc, open(packed))));
            }
            ServerFrame::Current(space, _) => {
                behind.remove(&space);
                if behind.is_empty() {
                    break;
                }
            }
            _ => {}
        }
    }
    let heads = |document: &Automerge| {
        document.get_heads().into_iter().map(|hash| ChangeHash(hash.0)).collect()
    };
    documents.iter().map(|(doc, document)| (*doc, heads(document))).collect()
}

fn open(packed: &PackedDoc) -> Automerge {
    let mut document = match &packed.saved {
        Some(saved) => Automerge::load(saved).expect("a saved document"),
        None => genesis::start(packed.kind),
    };
    let change = |chunk: &umbra_sync_protocol::wire::Bytes| {
        automerge::Change::from_bytes(chunk.to_vec()).expect("a change")
    };
    document.apply_changes(packed.chunks.iter().map(change)).expect("changes that fit");
    document
}
