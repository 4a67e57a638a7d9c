//! One end of a conversation: says something, hears what the session does about it.

use umbra_model::{
    ActorPrefix, DeviceId, DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId,
};

use super::super::*;
use crate::gate::DocFacts;
use crate::wire::{
    self, Body, ClientFrame, Cover, Cursor, Epoch, Event, Hello, LogEntry, Push, PushItem,
    ServerFrame, SpaceState,
};

pub(super) const ME: UserId = UserId(uuid::Uuid::from_u128(0xA1));
pub(super) const OTHER: UserId = UserId(uuid::Uuid::from_u128(0xB2));
pub(super) const DEVICE: DeviceId = DeviceId(uuid::Uuid::from_u128(0xD1));
pub(super) const EPOCH: Epoch = Epoch([7; 16]);
pub(super) const RATES: Rates = Rates { frames: 100, bytes: 1 << 20 };

pub(super) const fn space(n: u128) -> SpaceId {
    SpaceId(uuid::Uuid::from_u128(0x5000 + n))
}

pub(super) const fn doc(n: u128) -> DocId {
    DocId(uuid::Uuid::from_u128(0xD000 + n))
}

/// What the session did, with frames decoded.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Did {
    Sent(ServerFrame),
    Opens,
    Loads(Load),
    Judges(Push),
    Carries(u32, wire::Command),
    Confirms(u64),
    Tells(Viewer, wire::Presence),
    Ahead(SpaceId, u64),
    Closes(CloseCode, &'static str),
    Drops,
}

pub(super) struct Conversation {
    pub(super) session: ServerSession,
    pub(super) now: Millis,
}

impl Conversation {
    pub(super) fn new() -> Self {
        let now = Millis(1_000_000);
        Self { session: ServerSession::new(RATES, now), now }
    }

    /// One that has been welcomed to these spaces, with these cursors.
    pub(super) fn with(spaces: Vec<SpaceState>, cursors: Vec<Cursor>) -> (Self, Vec<Did>) {
        let mut it = Self::new();
        assert_eq!(it.say(ClientFrame::Hello(hello(cursors))), [Did::Opens]);
        let did = it.hear(Input::Opened(opened(spaces)));
        (it, did)
    }

    /// One that is live at the head of a calendar, in this role.
    pub(super) fn live(role: Role, head: u64) -> Self {
        let (it, did) = Self::with(vec![calendar(1, role, head)], vec![at(1, head)]);
        assert_eq!(did.last(), Some(&Did::Sent(ServerFrame::Current(space(1), head))));
        it
    }

    pub(super) fn say(&mut self, frame: ClientFrame) -> Vec<Did> {
        let bytes = wire::encode(&frame).len();
        self.hear(Input::Frame(frame, bytes))
    }

    pub(super) fn hear(&mut self, input: Input) -> Vec<Did> {
        self.session.handle(self.now, input);
        std::iter::from_fn(|| self.session.poll()).map(did).collect()
    }

    pub(super) fn news(&mut self, news: News) -> Vec<Did> {
        self.hear(Input::News(news))
    }

    pub(super) fn publish(&mut self, stretch: Published) -> Vec<Did> {
        self.news(News::Published(std::sync::Arc::new(stretch)))
    }
}

fn did(output: Output) -> Did {
    match output {
        Output::Send(bytes) => Did::Sent(wire::decode(&bytes).unwrap()),
        Output::Open => Did::Opens,
        Output::Load(load) => Did::Loads(load),
        Output::Judge(push) => Did::Judges(push),
        Output::Carry(id, command) => Did::Carries(id, command),
        Output::Confirm(order) => Did::Confirms(order),
        Output::Presence(viewer, presence) => Did::Tells(viewer, presence),
        Output::Ahead(space, seq) => Did::Ahead(space, seq),
        Output::Close(code, reason) => Did::Closes(code, reason),
        Output::Drop => Did::Drops,
    }
}

/// That the session ends with this fault, and says nothing else.
#[track_caller]
pub(super) fn assert_faulted(did: &[Did], code: FaultCode) {
    let [Did::Sent(ServerFrame::Fault(fault)), rest @ ..] = did else {
        panic!("expected a fault, found {did:?}")
    };
    assert_eq!(fault.code, code.as_str());
    assert_eq!(fault.fatal, code.close().is_some());
    let close = code.close().map(|close| Did::Closes(close, code.as_str()));
    assert_eq!(rest, close.as_slice());
}

pub(super) fn hello(cursors: Vec<Cursor>) -> Hello {
    Hello {
        version: wire::VERSION,
        epoch: Some(EPOCH),
        cursors,
        views: false,
        credit: 1 << 20,
        agent: "test 1".to_owned(),
    }
}

pub(super) fn opened(spaces: Vec<SpaceState>) -> Opened {
    Opened {
        epoch: EPOCH,
        user: ME,
        device: DEVICE,
        prefix: ActorPrefix([3; 8]),
        spaces,
        orders: Vec::new(),
        now: Millis(1_700_000_000_000),
    }
}

pub(super) fn calendar(n: u128, role: Role, head: u64) -> SpaceState {
    SpaceState {
        space: space(n),
        kind: SpaceKind::Calendar,
        role,
        head,
        reset: false,
        recovering: false,
    }
}

pub(super) fn at(n: u128, seq: u64) -> Cursor {
    Cursor { space: space(n), seq, packed_to: None }
}

pub(super) fn push(id: u32, chunks: usize) -> Push {
    let chunks = vec![vec![0; 8].into(); chunks];
    let item = PushItem { doc: doc(1), create: None, chunks, receipts: None };
    Push { id, atomic: false, items: vec![item] }
}

pub(super) fn sight(privacy: Privacy, creator: UserId) -> DocFacts {
    DocFacts {
        doc: doc(1),
        space: SpaceKind::Calendar,
        kind: Kind::Event,
        privacy,
        creator,
        subject_creator: None,
    }
}

pub(super) fn change(seq: u64) -> LogEntry {
    let event = Event::Change { doc: doc(1), chunk: vec![9; 40].into(), view: Some("{}".into()) };
    LogEntry { seq, event }
}

/// A stretch of the first space, of changes to documents seen like this.
pub(super) fn stretch(from: u64, sights: &[DocFacts]) -> Published {
    let entries: Vec<PublishedEntry> = (from..)
        .zip(sights)
        .map(|(seq, about)| PublishedEntry { entry: change(seq), about: Some(*about) })
        .collect();
    let to = from + entries.len() as u64 - 1;
    Published::new(space(1), from, to, entries, Vec::new())
}

pub(super) fn public(from: u64, to: u64) -> Published {
    let sights = vec![sight(Privacy::Default, OTHER); (from..=to).count()];
    stretch(from, &sights)
}

pub(super) fn cover(from: u64, to: u64) -> Cover {
    Cover { space: space(1), from, to }
}

/// The covered range of an `Entries` frame and the numbers of its entries.
#[track_caller]
pub(super) fn entries_of(did: &Did) -> (u64, u64, Vec<u64>) {
    let Did::Sent(ServerFrame::Entries(entries)) = did else {
        panic!("expected entries, found {did:?}")
    };
    let seqs = entries.body.unpack::<LogEntry>().unwrap().iter().map(|entry| entry.seq).collect();
    (entries.from, entries.to, seqs)
}

#[track_caller]
pub(super) fn load_of(did: &[Did]) -> Load {
    match did.last() {
        Some(Did::Loads(load)) => *load,
        _ => panic!("expected a load, found {did:?}"),
    }
}

pub(super) fn entries_page(to: u64, head: u64, entries: &[LogEntry]) -> EntriesPage {
    EntriesPage { head, to, body: Body::pack(entries) }
}
