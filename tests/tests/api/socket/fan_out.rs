//! What one writes and others receive.

use std::collections::BTreeSet;

use umbra_model::{DocId, Kind, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{
    Bytes, ClientFrame, Command, Event, LogEntry, ServerFrame, Verdict,
};
use umbra_tests::{Engine, Pen, Socket, TestServer, on_both_engines, push_of};

on_both_engines! {
    a_change_reaches_everybody_and_its_author_gets_a_cover
    a_space_that_is_gained_arrives_on_every_live_device
    another_role_is_told_at_once
    a_command_makes_a_space_that_is_followed_at_once
    pushes_of_one_connection_are_judged_in_their_order
    what_many_write_at_once_reaches_everybody_without_gaps
}

/// The changes of a space as they come, until so many are there.
async fn changes(socket: &mut Socket, space: SpaceId, count: usize) -> Vec<(u64, Bytes)> {
    let mut changes = Vec::new();
    while changes.len() < count {
        if let ServerFrame::Entries(entries) = socket.frame().await
            && entries.space == space
        {
            for entry in entries.body.unpack::<LogEntry>().unwrap() {
                if let Event::Change { chunk, .. } = entry.event {
                    changes.push((entry.seq, chunk));
                }
            }
        }
    }
    changes
}

async fn a_change_reaches_everybody_and_its_author_gets_a_cover(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &bob, Role::Viewer).await.ok();
    let mut laptop = ada.live().await;
    let mut phone = ada.on_another_device().await.live().await;
    let mut other = bob.live().await;
    let mut pen = Pen::new(ada.prefix);
    let doc = Pen::new_doc();
    let chunk = pen.begin(doc, Kind::Todo, "title", "milk");
    let verdicts = laptop.push(push_of(1, doc, Some((space, Kind::Todo)), &[&chunk])).await;
    let [Verdict::Accepted { seq, .. }] = verdicts.verdicts[..] else { panic!("{verdicts:?}") };
    assert_eq!(verdicts.covers.len(), 1);
    assert_eq!((verdicts.covers[0].space, verdicts.covers[0].to), (space, seq));
    for socket in [&mut phone, &mut other] {
        assert_eq!(changes(socket, space, 1).await, [(seq, chunk.clone())]);
    }
    // The author hears of it no second time: the next thing is the next change.
    let next = pen.put(doc, "title", "oat milk");
    laptop.say(&ClientFrame::Push(push_of(2, doc, None, &[&next]))).await;
    assert!(matches!(laptop.frame().await, ServerFrame::Verdicts(it) if it.id == 2));
    server.stop().await;
}

async fn a_space_that_is_gained_arrives_on_every_live_device(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::List).await;
    let mut pen = Pen::new(ada.prefix);
    let doc = Pen::new_doc();
    let chunk = pen.begin(doc, Kind::Todo, "title", "milk");
    ada.live().await.push(push_of(1, doc, Some((space, Kind::Todo)), &[&chunk])).await;
    let mut laptop = bob.live().await;
    let mut phone = bob.on_another_device().await.live().await;
    ada.add(space, &bob, Role::Viewer).await.ok();
    for socket in [&mut laptop, &mut phone] {
        let frames =
            socket.until(|it| matches!(it, ServerFrame::Current(of, _) if *of == space)).await;
        let gained = frames.iter().any(
            |it| matches!(it, ServerFrame::Space(state) if state.space == space && state.role == Role::Viewer),
        );
        let packed =
            frames.iter().any(|it| matches!(it, ServerFrame::Pack(pack) if pack.space == space));
        assert!(gained && packed, "{frames:?}");
    }
    let more = pen.put(doc, "title", "oat milk");
    ada.live().await.push(push_of(1, doc, None, &[&more])).await;
    assert_eq!(changes(&mut laptop, space, 1).await[0].1, more);
    server.stop().await;
}

async fn another_role_is_told_at_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &bob, Role::Viewer).await.ok();
    let mut socket = bob.live().await;
    ada.change(space, &bob, Role::Editor).await.ok();
    let told = socket.until(|it| matches!(it, ServerFrame::Space(_))).await;
    let Some(ServerFrame::Space(state)) = told.last() else { panic!("{told:?}") };
    assert_eq!((state.space, state.role, state.reset), (space, Role::Editor, false));
    server.stop().await;
}

async fn a_command_makes_a_space_that_is_followed_at_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let mut socket = ada.live().await;
    let mut phone = ada.on_another_device().await.live().await;
    let space = SpaceId(Pen::new_doc().0);
    socket.say(&ClientFrame::Command(5, Command::CreateSpace(space, SpaceKind::Project))).await;
    // The client needn't wait: what follows is judged behind it.
    let mut pen = Pen::new(ada.prefix);
    let doc = Pen::new_doc();
    let chunk = pen.begin(doc, Kind::Todo, "title", "plan");
    socket.say(&ClientFrame::Push(push_of(1, doc, Some((space, Kind::Todo)), &[&chunk]))).await;
    let (mut accepted, mut current) = (false, false);
    while !(accepted && current) {
        match socket.frame().await {
            ServerFrame::Answer(answer) => assert_eq!((answer.id, answer.error), (5, None)),
            ServerFrame::Verdicts(verdicts) => {
                accepted = matches!(verdicts.verdicts[..], [Verdict::Accepted { .. }]);
                assert!(accepted, "{verdicts:?}");
            }
            ServerFrame::Current(of, _) => current |= of == space,
            _ => {}
        }
    }
    phone.until(|it| matches!(it, ServerFrame::Current(of, _) if *of == space)).await;
    server.stop().await;
}

async fn pushes_of_one_connection_are_judged_in_their_order(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let space = ada.space(SpaceKind::List).await;
    let mut socket = ada.live().await;
    let mut pen = Pen::new(ada.prefix);
    let doc = Pen::new_doc();
    let first = pen.begin(doc, Kind::Todo, "title", "0");
    socket.say(&ClientFrame::Push(push_of(0, doc, Some((space, Kind::Todo)), &[&first]))).await;
    for n in 1..60 {
        let chunk = pen.put(doc, "title", n.to_string());
        socket.say(&ClientFrame::Push(push_of(n, doc, None, &[&chunk]))).await;
    }
    let mut last = 0;
    for id in 0..60 {
        let verdicts = socket.verdicts(id).await;
        let [Verdict::Accepted { seq, .. }] = verdicts.verdicts[..] else { panic!("{verdicts:?}") };
        assert!(seq > last);
        last = seq;
    }
    server.stop().await;
}

async fn what_many_write_at_once_reaches_everybody_without_gaps(engine: Engine) {
    const WRITERS: usize = 6;
    const EDITS: usize = 25;
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let space = ada.space(SpaceKind::List).await;
    let mut readers = vec![ada.live().await, ada.on_another_device().await.live().await];
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let device = ada.on_another_device().await;
        let socket = device.live().await;
        writers.push((Pen::new(device.prefix), socket));
    }
    let writing = writers.into_iter().map(|(mut pen, mut socket)| {
        tokio::spawn(async move {
            let doc = Pen::new_doc();
            let mut chunk = pen.begin(doc, Kind::Todo, "title", "0");
            let mut seqs = Vec::new();
            for n in 0..EDITS {
                let create = (n == 0).then_some((space, Kind::Todo));
                let verdicts = socket.push(push_of(n as u32, doc, create, &[&chunk])).await;
                let [Verdict::Accepted { seq, .. }] = verdicts.verdicts[..] else {
                    panic!("{verdicts:?}")
                };
                seqs.push(seq);
                chunk = pen.put(doc, "title", n.to_string());
            }
            seqs
        })
    });
    let mut written: Vec<u64> = Vec::new();
    for seqs in futures_util::future::join_all(writing).await {
        written.extend(seqs.unwrap());
    }
    let last = written.into_iter().max().unwrap();
    for reader in &mut readers {
        let (mut cursor, mut seen) = (None, BTreeSet::new());
        while cursor < Some(last) {
            let ServerFrame::Entries(entries) = reader.frame().await else { continue };
            if entries.space != space {
                continue;
            }
            let at = cursor.unwrap_or(entries.from - 1);
            assert!(
                entries.from <= at + 1 && entries.to > at,
                "{} {} at {at}",
                entries.from,
                entries.to
            );
            cursor = Some(entries.to);
            // Who fell behind gets a folded document in place of its changes.
            seen.extend(entries.body.unpack::<LogEntry>().unwrap().into_iter().map(doc_of));
        }
        assert_eq!(seen.len(), WRITERS);
    }
    server.stop().await;
}

fn doc_of(entry: LogEntry) -> DocId {
    match entry.event {
        Event::Change { doc, .. } | Event::Created { doc, .. } => doc,
        Event::Saved(packed) => packed.doc,
        other => panic!("{other:?}"),
    }
}
