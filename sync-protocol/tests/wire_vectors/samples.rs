//! One sample of everything that goes over the wire, with plain values that are
//! easy to recognise in a dump.

use umbra_model::{
    ActorPrefix, DeviceId, DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId,
};
use umbra_sync_protocol::wire::*;
use uuid::Uuid;

pub struct Sample {
    pub name: &'static str,
    pub about: &'static str,
    pub what: What,
}

pub enum What {
    Client(ClientFrame),
    Server(ServerFrame),
    /// The inside of the body of `Entries`.
    Entries(Vec<LogEntry>),
    /// The inside of the body of `Pack`.
    Docs(Vec<PackedDoc>),
}

const SPACE: SpaceId = SpaceId(Uuid::from_bytes([0x51; 16]));
const DOC: DocId = DocId(Uuid::from_bytes([0xd0; 16]));
const OTHER_DOC: DocId = DocId(Uuid::from_bytes([0xd1; 16]));
const USER: UserId = UserId(Uuid::from_bytes([0xa1; 16]));
const OTHER_USER: UserId = UserId(Uuid::from_bytes([0xa2; 16]));
const DEVICE: DeviceId = DeviceId(Uuid::from_bytes([0xde; 16]));
const EPOCH: Epoch = Epoch([0xe0; 16]);
const HASH: ChangeHash = ChangeHash([0x4a; 32]);
const RECEIPT: Receipt = Receipt([0x5e; 16]);

fn bytes(text: &str) -> Bytes {
    text.as_bytes().to_vec().into()
}

fn client(name: &'static str, about: &'static str, frame: ClientFrame) -> Sample {
    Sample { name, about, what: What::Client(frame) }
}

fn server(name: &'static str, about: &'static str, frame: ServerFrame) -> Sample {
    Sample { name, about, what: What::Server(frame) }
}

pub fn all() -> Vec<Sample> {
    let mut all = hello();
    all.extend(pushes());
    all.extend(commands());
    all.extend(small_client_frames());
    all.extend(welcome());
    all.extend(streams());
    all.extend(answers());
    all.extend(small_server_frames());
    all.extend(bodies());
    all
}

fn hello() -> Vec<Sample> {
    let first = Hello {
        version: 1,
        epoch: None,
        cursors: vec![],
        views: false,
        credit: 4 << 20,
        agent: "example 1.0".to_owned(),
    };
    let again = Hello {
        epoch: Some(EPOCH),
        cursors: vec![
            Cursor { space: SPACE, seq: 1234, packed_to: None },
            Cursor { space: SpaceId(Uuid::from_bytes([0x52; 16])), seq: 7, packed_to: Some(DOC) },
        ],
        views: true,
        ..first.clone()
    };
    vec![
        client(
            "client_hello_first",
            "a first sync: no epoch, no cursors",
            ClientFrame::Hello(first),
        ),
        client(
            "client_hello_again",
            "a reconnect; in the second space a cold start had broken off",
            ClientFrame::Hello(again),
        ),
    ]
}

fn pushes() -> Vec<Sample> {
    let create = Create { space: SPACE, kind: Kind::Todo, privacy: Privacy::Default };
    let plain = Push {
        id: 1,
        atomic: false,
        items: vec![
            PushItem {
                doc: DOC,
                create: Some(create),
                chunks: vec![bytes("chunk one"), bytes("chunk two")],
                receipts: None,
            },
            PushItem { doc: OTHER_DOC, create: None, chunks: vec![bytes("chunk")], receipts: None },
        ],
    };
    let proven = Push {
        id: 2,
        atomic: true,
        items: vec![PushItem {
            doc: DOC,
            create: None,
            chunks: vec![bytes("lost chunk")],
            receipts: Some(vec![Accepted { space: SPACE, seq: 99, receipt: RECEIPT }]),
        }],
    };
    vec![
        client("client_push", "two documents, one of them new", ClientFrame::Push(plain)),
        client(
            "client_push_proven",
            "a change given back to a restored server, with its receipt; all or nothing",
            ClientFrame::Push(proven),
        ),
    ]
}

fn commands() -> Vec<Sample> {
    let command = |name, about, id, command| client(name, about, ClientFrame::Command(id, command));
    vec![
        command(
            "client_command_create_space",
            "brings a list into being",
            3,
            Command::CreateSpace(SPACE, SpaceKind::List),
        ),
        command(
            "client_command_set_privacy",
            "hides a document",
            4,
            Command::SetPrivacy(DOC, Privacy::Secret),
        ),
        command(
            "client_command_restore_member",
            "gives a lost membership event back",
            5,
            Command::RestoreMember(member(Some(Role::Viewer)), SPACE, 98),
        ),
        command(
            "client_command_recovered",
            "the owner ends the recovery of a space",
            6,
            Command::Recovered(SPACE),
        ),
    ]
}

fn small_client_frames() -> Vec<Sample> {
    let here = Presence { space: SPACE, doc: Some(DOC), state: Some(bytes("title")) };
    let gone = Presence { space: SPACE, doc: None, state: None };
    vec![
        client("client_credit", "grants 1 MiB more", ClientFrame::Credit(1 << 20)),
        client("client_purged", "confirms order 12", ClientFrame::Purged(Purged { order: 12 })),
        client("client_presence", "in a document's title", ClientFrame::Presence(here)),
        client("client_presence_goodbye", "not here any more", ClientFrame::Presence(gone)),
    ]
}

fn state(reset: bool, recovering: bool) -> SpaceState {
    SpaceState {
        space: SPACE,
        kind: SpaceKind::List,
        role: Role::Editor,
        head: 1300,
        reset,
        recovering,
    }
}

fn welcome() -> Vec<Sample> {
    let welcome = Welcome {
        version: 1,
        epoch: EPOCH,
        user: USER,
        device: DEVICE,
        prefix: ActorPrefix([0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11]),
        spaces: vec![state(false, false)],
        now: Millis(1_767_225_600_000),
    };
    vec![
        server("server_welcome", "one space, as editor", ServerFrame::Welcome(welcome)),
        server(
            "server_space",
            "a space whose cold start follows and that waits for its owner",
            ServerFrame::Space(state(true, true)),
        ),
    ]
}

fn streams() -> Vec<Sample> {
    let pack = Pack {
        space: SPACE,
        seq: 1300,
        packed_to: Some(DOC),
        last: false,
        body: Body::Plain(encode(&vec![packed()]).into()),
        events: None,
    };
    let member = LogEntry { seq: 1299, event: Event::Member(member(Some(Role::Viewer))) };
    let last = Pack {
        packed_to: None,
        last: true,
        body: Body::pack::<PackedDoc>(&[]),
        events: Some(Body::pack(&[member])),
        ..pack.clone()
    };
    let change = LogEntry {
        seq: 1301,
        event: Event::Change { doc: DOC, chunk: bytes("chunk"), view: None },
    };
    let entries = Entries { space: SPACE, from: 1301, to: 1303, body: Body::pack(&[change]) };
    let nothing = Entries { space: SPACE, from: 1304, to: 1310, body: Body::pack::<LogEntry>(&[]) };
    vec![
        server("server_pack", "one document, more follow", ServerFrame::Pack(pack)),
        server(
            "server_pack_last",
            "an empty last pack, with the one other member",
            ServerFrame::Pack(last),
        ),
        server(
            "server_entries",
            "entry 1301; 1302 and 1303 concern nothing that this client may see",
            ServerFrame::Entries(entries),
        ),
        server("server_entries_empty", "only moves the cursor", ServerFrame::Entries(nothing)),
        server("server_current", "all caught up", ServerFrame::Current(SPACE, 1310)),
    ]
}

fn answers() -> Vec<Sample> {
    let accepted = Verdict::Accepted { hash: HASH, seq: 1311, receipt: RECEIPT };
    let refused = Verdict::Refused {
        hash: Some(HASH),
        code: "role_too_weak".to_owned(),
        path: Some("title".to_owned()),
        rule: Some("todo.write.editor".to_owned()),
        permanent: true,
    };
    let no_change = Verdict::Refused {
        hash: None,
        code: "chunk_malformed".to_owned(),
        path: None,
        rule: None,
        permanent: true,
    };
    let verdicts = Verdicts {
        id: 1,
        verdicts: vec![accepted, refused, no_change],
        covers: vec![Cover { space: SPACE, from: 1311, to: 1311 }],
    };
    let fault = Fault {
        code: "not_found".to_owned(),
        message: "there is no such space".to_owned(),
        fatal: false,
    };
    vec![
        server("server_verdicts", "one accepted, two refused", ServerFrame::Verdicts(verdicts)),
        server("server_answer", "carried out", ServerFrame::Answer(Answer { id: 3, error: None })),
        server(
            "server_answer_error",
            "not carried out",
            ServerFrame::Answer(Answer { id: 4, error: Some(fault) }),
        ),
    ]
}

fn small_server_frames() -> Vec<Sample> {
    let whole = PurgeOrder { order: 12, space: SPACE, doc: None, reason: "removed".to_owned() };
    let one =
        PurgeOrder { order: 13, doc: Some(DOC), reason: "hidden".to_owned(), ..whole.clone() };
    let peer = Peer {
        user: OTHER_USER,
        device: DEVICE,
        space: SPACE,
        doc: Some(DOC),
        state: Some(bytes("title")),
    };
    let left = Peer { doc: None, state: None, ..peer.clone() };
    let fault = Fault {
        code: "frame_malformed".to_owned(),
        message: "the message is no frame".to_owned(),
        fatal: true,
    };
    vec![
        server("server_purge_space", "a whole space", ServerFrame::Purge(whole)),
        server("server_purge_doc", "one document", ServerFrame::Purge(one)),
        server("server_presence", "somebody is in the title", ServerFrame::Presence(peer)),
        server("server_presence_left", "they left", ServerFrame::Presence(left)),
        server("server_fault", "the connection closes behind it", ServerFrame::Fault(fault)),
    ]
}

fn member(role: Option<Role>) -> MemberEvent {
    MemberEvent { user: OTHER_USER, name: "bob".to_owned(), role, by: USER, receipt: RECEIPT }
}

fn packed() -> PackedDoc {
    PackedDoc {
        doc: DOC,
        kind: Kind::Todo,
        creator: USER,
        privacy: Privacy::Default,
        seq: 1250,
        saved: Some(bytes("saved document")),
        chunks: vec![bytes("chunk")],
        view: Some("{\"title\":\"Buy milk\"}".to_owned()),
    }
}

fn bodies() -> Vec<Sample> {
    let view = Some("{\"title\":\"Buy milk\"}".to_owned());
    let events = [
        Event::Founded { kind: SpaceKind::List, founder: USER },
        Event::Created { doc: DOC, kind: Kind::Todo, creator: USER, privacy: Privacy::Default },
        Event::Change { doc: DOC, chunk: bytes("chunk"), view: None },
        Event::Change { doc: DOC, chunk: bytes("chunk two"), view },
        Event::Member(member(Some(Role::Viewer))),
        Event::Member(member(None)),
        Event::Privacy { doc: DOC, privacy: Privacy::Busy },
        Event::Saved(packed()),
        Event::Purged { doc: OTHER_DOC },
    ];
    let entries = (1..).zip(events).map(|(seq, event)| LogEntry { seq, event }).collect();
    let only_changes = PackedDoc { saved: None, view: None, ..packed() };
    let fresh = PackedDoc { chunks: vec![], ..only_changes.clone() };
    vec![
        Sample { name: "body_entries", about: "every event", what: What::Entries(entries) },
        Sample {
            name: "body_docs",
            about: "saved and changed since, never saved, only just created",
            what: What::Docs(vec![packed(), only_changes, fresh]),
        },
    ]
}
