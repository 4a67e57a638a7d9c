//! Who is where.

use umbra_model::{Kind, Privacy, Role, SpaceKind};
use umbra_sync_protocol::wire::{ClientFrame, Command, Peer, Presence, ServerFrame};
use umbra_tests::{Engine, Pen, Socket, TestServer, on_both_engines, push_of};

on_both_engines! {
    others_see_where_somebody_is_and_that_they_left
    presence_at_a_hidden_document_is_seen_by_who_sees_it
}

async fn peer(socket: &mut Socket) -> Peer {
    let frames = socket.until(|it| matches!(it, ServerFrame::Presence(_))).await;
    match frames.last() {
        Some(ServerFrame::Presence(peer)) => peer.clone(),
        other => panic!("{other:?}"),
    }
}

async fn others_see_where_somebody_is_and_that_they_left(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &bob, Role::Viewer).await.ok();
    let mut pen = Pen::new(ada.prefix);
    let doc = Pen::new_doc();
    let chunk = pen.begin(doc, Kind::Todo, "title", "milk");
    let mut author = ada.live().await;
    author.push(push_of(1, doc, Some((space, Kind::Todo)), &[&chunk])).await;
    let mut socket = bob.live().await;
    let state = Some(vec![1, 2, 3].into());
    let here = Presence { space, doc: Some(doc), state };
    author.say(&ClientFrame::Presence(here.clone())).await;
    let seen = peer(&mut socket).await;
    let expected = Peer {
        user: ada.user,
        device: ada.device,
        space,
        doc: Some(doc),
        state: here.state.clone(),
    };
    assert_eq!(seen, expected, "stamped by the server");
    author.vanish();
    assert_eq!(peer(&mut socket).await, Peer { state: None, ..expected });
    server.stop().await;
}

async fn presence_at_a_hidden_document_is_seen_by_who_sees_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::Calendar).await;
    ada.add(space, &bob, Role::Editor).await.ok();
    let mut pen = Pen::new(ada.prefix);
    let (secret, open) = (Pen::new_doc(), Pen::new_doc());
    let mut author = ada.live().await;
    for (id, doc) in [(1, secret), (2, open)] {
        let chunk = pen.begin(doc, Kind::Event, "title", "a date");
        author.push(push_of(id, doc, Some((space, Kind::Event)), &[&chunk])).await;
    }
    author.say(&ClientFrame::Command(1, Command::SetPrivacy(secret, Privacy::Secret))).await;
    author.until(|it| matches!(it, ServerFrame::Answer(_))).await;
    let mut own = ada.on_another_device().await.live().await;
    let mut other = bob.live().await;
    for doc in [secret, open] {
        let state = Some(vec![1].into());
        author.say(&ClientFrame::Presence(Presence { space, doc: Some(doc), state })).await;
        assert_eq!(peer(&mut own).await.doc, Some(doc));
    }
    assert_eq!(peer(&mut other).await.doc, Some(open), "nothing of the hidden one");
    server.stop().await;
}
