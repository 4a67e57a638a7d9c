//! Cold starts, catch-ups, cursors and credit.

use umbra_model::{DocId, Kind, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{
    ClientFrame, Cursor, Epoch, Event, Hello, LogEntry, PackedDoc, ServerFrame, SpaceState,
};
use umbra_tests::{
    Engine, Pen, Person, Socket, TestServer, hello, hello_with, on_both_engines, push_of,
};

on_both_engines! {
    the_welcome_says_who_and_what
    a_cold_start_brings_every_document_once
    a_cold_start_goes_on_where_it_broke_off
    a_catch_up_brings_what_is_newer_and_no_more
    views_come_for_who_asks
    credit_is_kept_to
    a_cursor_from_the_future_is_reset
    cursors_of_another_epoch_are_reset
}

/// So many todos in a list.
async fn todos(person: &Person, count: usize) -> (SpaceId, Vec<DocId>) {
    let space = person.space(SpaceKind::List).await;
    let mut pen = Pen::new(person.prefix);
    let mut socket = person.live().await;
    let mut docs = Vec::new();
    for n in 0..count {
        let doc = Pen::new_doc();
        let chunk = pen.begin(doc, Kind::Todo, "title", format!("todo {n}"));
        let push = push_of(n as u32, doc, Some((space, Kind::Todo)), &[&chunk]);
        socket.push(push).await;
        docs.push(doc);
    }
    docs.sort_unstable();
    (space, docs)
}

fn state_of(welcome: &[SpaceState], space: SpaceId) -> &SpaceState {
    welcome.iter().find(|it| it.space == space).unwrap()
}

/// What came of one space, up to when it is current.
struct Came {
    states: Vec<SpaceState>,
    epoch: Epoch,
    docs: Vec<PackedDoc>,
    entries: Vec<LogEntry>,
    packs: Vec<(u64, Option<DocId>, bool)>,
    at: u64,
}

async fn everything(socket: &mut Socket, hello: Hello, space: SpaceId) -> Came {
    let credit = hello.credit;
    socket.say(&ClientFrame::Hello(hello)).await;
    let ServerFrame::Welcome(welcome) = socket.frame().await else { panic!("a welcome") };
    let mut came = Came {
        states: welcome.spaces,
        epoch: welcome.epoch,
        docs: Vec::new(),
        entries: Vec::new(),
        packs: Vec::new(),
        at: 0,
    };
    loop {
        match socket.frame().await {
            ServerFrame::Pack(pack) if pack.space == space => {
                came.docs.extend(pack.body.unpack::<PackedDoc>().unwrap());
                came.packs.push((pack.seq, pack.packed_to, pack.last));
                socket.say(&ClientFrame::Credit(credit.min(1 << 20))).await;
            }
            ServerFrame::Entries(entries) if entries.space == space => {
                came.entries.extend(entries.body.unpack::<LogEntry>().unwrap());
                socket.say(&ClientFrame::Credit(credit.min(1 << 20))).await;
            }
            ServerFrame::Current(of, at) if of == space => {
                came.at = at;
                return came;
            }
            _ => {}
        }
    }
}

async fn the_welcome_says_who_and_what(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let list = ada.space(SpaceKind::List).await;
    let welcome = ada.socket().await.greet().await;
    assert_eq!((welcome.user, welcome.device, welcome.prefix), (ada.user, ada.device, ada.prefix));
    assert_eq!(welcome.version, 1);
    assert_eq!(welcome.spaces.len(), 2);
    let state = state_of(&welcome.spaces, list);
    assert_eq!(state.kind, SpaceKind::List);
    assert!(!state.reset && !state.recovering && state.head >= 1);
    server.stop().await;
}

async fn a_cold_start_brings_every_document_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let (space, docs) = todos(&ada, 40).await;
    let came = everything(&mut ada.socket().await, hello(), space).await;
    let todos: Vec<DocId> =
        came.docs.iter().filter(|it| it.kind == Kind::Todo).map(|it| it.doc).collect();
    assert_eq!(todos, docs, "in the order of their ids");
    assert!(came.docs.iter().all(|it| it.view.is_none()));
    assert!(came.packs.last().unwrap().2);
    assert_eq!(came.at, state_of(&came.states, space).head);
    server.stop().await;
}

async fn a_cold_start_goes_on_where_it_broke_off(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let (space, docs) = todos(&ada, 20).await;
    let whole = everything(&mut ada.socket().await, hello(), space).await;
    let half = whole.docs[whole.docs.len() / 2].doc;
    let cursor = Cursor { space, seq: whole.at, packed_to: Some(half) };
    let rest =
        everything(&mut ada.socket().await, hello_with(whole.epoch, vec![cursor]), space).await;
    let expected: Vec<DocId> = docs.iter().filter(|doc| **doc > half).copied().collect();
    let found: Vec<DocId> =
        rest.docs.iter().filter(|it| it.kind == Kind::Todo).map(|it| it.doc).collect();
    assert_eq!(found, expected);
    assert!(rest.packs.iter().all(|(seq, ..)| *seq == whole.at));
    server.stop().await;
}

async fn a_catch_up_brings_what_is_newer_and_no_more(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let (space, _) = todos(&ada, 10).await;
    let before = everything(&mut ada.socket().await, hello(), space).await;
    let cursor = Cursor { space, seq: before.at, packed_to: None };
    let resume = || hello_with(before.epoch, vec![cursor.clone()]);
    let nothing = everything(&mut ada.socket().await, resume(), space).await;
    assert!(nothing.docs.is_empty() && nothing.entries.is_empty());

    let mut pen = Pen::new(ada.prefix);
    let doc = Pen::new_doc();
    let chunk = pen.begin(doc, Kind::Todo, "title", "later");
    ada.live().await.push(push_of(1, doc, Some((space, Kind::Todo)), &[&chunk])).await;
    let newer = everything(&mut ada.socket().await, resume(), space).await;
    assert!(newer.docs.is_empty());
    let seqs: Vec<u64> = newer.entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, [before.at + 1, before.at + 2]);
    assert!(matches!(&newer.entries[0].event, Event::Created { doc: it, .. } if *it == doc));
    assert!(matches!(&newer.entries[1].event, Event::Change { chunk: it, .. } if *it == chunk));
    server.stop().await;
}

async fn views_come_for_who_asks(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let (space, _) = todos(&ada, 1).await;
    let views = Hello { views: true, ..hello() };
    let came = everything(&mut ada.socket().await, views, space).await;
    let todo = came.docs.iter().find(|it| it.kind == Kind::Todo).unwrap();
    let view: serde_json::Value = serde_json::from_str(todo.view.as_ref().unwrap()).unwrap();
    assert_eq!(view["title"], "todo 0");
    server.stop().await;
}

async fn credit_is_kept_to(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let (space, docs) = todos(&ada, 30).await;
    let mut socket = ada.socket().await;
    socket.say(&ClientFrame::Hello(Hello { credit: 0, ..hello() })).await;
    assert!(matches!(socket.frame().await, ServerFrame::Welcome(_)));
    // Nothing of the stream comes before this is answered.
    let verdicts = push_of(1, Pen::new_doc(), None, &[]);
    socket.say(&ClientFrame::Push(verdicts)).await;
    assert!(matches!(socket.frame().await, ServerFrame::Verdicts(_)));
    let (mut found, mut current) = (0, 0);
    while current < 2 {
        socket.say(&ClientFrame::Credit(1 << 16)).await;
        match socket.frame().await {
            ServerFrame::Pack(pack) if pack.space == space => {
                let docs = pack.body.unpack::<PackedDoc>().unwrap();
                found += docs.iter().filter(|it| it.kind == Kind::Todo).count();
            }
            ServerFrame::Current(..) => current += 1,
            _ => {}
        }
    }
    assert_eq!(found, docs.len());
    server.stop().await;
}

async fn a_cursor_from_the_future_is_reset(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let (space, docs) = todos(&ada, 3).await;
    ada.add(space, &bob, umbra_model::Role::Viewer).await.ok();
    let before = everything(&mut bob.socket().await, hello(), space).await;
    let cursor = Cursor { space, seq: u64::MAX, packed_to: None };
    let came =
        everything(&mut bob.socket().await, hello_with(before.epoch, vec![cursor]), space).await;
    let state = state_of(&came.states, space);
    assert!(state.reset && state.recovering);
    let todos = came.docs.iter().filter(|it| it.kind == Kind::Todo).count();
    assert_eq!(todos, docs.len());
    // A member's word alone holds up nobody else.
    let shown = ada.caller.get(&format!("/api/spaces/{space}")).await.ok();
    assert_eq!(shown["recovering"], false);
    server.stop().await;
}

async fn cursors_of_another_epoch_are_reset(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let (space, _) = todos(&ada, 3).await;
    let cursor = Cursor { space, seq: 1, packed_to: None };
    for epoch in [None, Some(Epoch([9; 16]))] {
        let hello = Hello { epoch, cursors: vec![cursor.clone()], ..hello() };
        let came = everything(&mut ada.socket().await, hello, space).await;
        assert!(state_of(&came.states, space).reset);
        assert!(!came.docs.is_empty());
    }
    server.stop().await;
}
