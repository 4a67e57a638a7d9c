//! Those who are not in a space, administrators among them.

use umbra_model::{Kind, Privacy, Role, SpaceKind};
use umbra_sync_protocol::wire::{
    ClientFrame, Command, Create, Cursor, Purged, Push, PushItem, ServerFrame,
};
use umbra_tests::{Engine, Pen, hello, on_both_engines, push_of};

use super::stage::{Stage, codes, cold_start, edit};

on_both_engines! {
    an_administrator_sees_nothing_of_what_others_have
    a_stranger_cannot_tell_a_document_from_none
    a_stranger_creates_nothing_in_a_space_of_others
    a_document_stays_where_it_is_whatever_a_push_says
    a_cursor_in_a_space_of_others_brings_nothing
    commands_in_a_space_of_others_look_like_there_is_none
    nobody_confirms_another_device_s_order
}

async fn an_administrator_sees_nothing_of_what_others_have(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Viewer).await;
    let (admin, other) = (&stage.ada, &stage.bob);
    let space = other.space(SpaceKind::List).await;
    let mut pen = Pen::new(other.prefix);
    let doc = Pen::new_doc();
    let chunk = pen.begin(doc, Kind::Todo, "title", "private");
    other.live().await.push(push_of(1, doc, Some((space, Kind::Todo)), &[&chunk])).await;
    let welcome = admin.socket().await.greet().await;
    assert!(welcome.spaces.iter().all(|it| it.space != space));
    admin.caller.get(&format!("/api/spaces/{space}")).await.is_problem(404, "not_found");
    let mut pen = Pen::new(admin.prefix);
    pen.take(doc, Kind::Todo, &[chunk]);
    let meddling = pen.put(doc, "title", "governed");
    assert_eq!(codes(&edit(&mut admin.live().await, doc, &meddling).await), ["not_found"]);
    stage.server.stop().await;
}

async fn a_stranger_cannot_tell_a_document_from_none(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Viewer).await;
    let (doc, ..) = stage.shared(Kind::Todo, "milk").await;
    let eve = stage.server.register("eve").await;
    let mut socket = eve.live().await;
    let mut pen = Pen::new(eve.prefix);
    let nowhere = Pen::new_doc();
    let at_nowhere = pen.begin(nowhere, Kind::Todo, "title", "mine");
    let at_doc = pen.begin(doc, Kind::Todo, "title", "mine");
    let there = edit(&mut socket, doc, &at_doc).await;
    let missing = edit(&mut socket, nowhere, &at_nowhere).await;
    let shape = |verdicts: &umbra_sync_protocol::wire::Verdicts| match &verdicts.verdicts[0] {
        umbra_sync_protocol::wire::Verdict::Refused { code, path, rule, permanent, .. } => {
            (code.clone(), path.clone(), rule.clone(), *permanent)
        }
        accepted => panic!("{accepted:?}"),
    };
    assert_eq!(shape(&there), shape(&missing));
    assert_eq!(shape(&there).0, "not_found");
    stage.server.stop().await;
}

async fn a_stranger_creates_nothing_in_a_space_of_others(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Viewer).await;
    let eve = stage.server.register("eve").await;
    let mut pen = Pen::new(eve.prefix);
    let doc = Pen::new_doc();
    let chunk = pen.begin(doc, Kind::Todo, "title", "planted");
    let push = push_of(1, doc, Some((stage.space, Kind::Todo)), &[&chunk]);
    assert_eq!(codes(&eve.live().await.push(push).await), ["not_found"]);
    assert!(cold_start(&stage.ada, stage.space).await.iter().all(|it| it.doc != doc));
    stage.server.stop().await;
}

async fn a_document_stays_where_it_is_whatever_a_push_says(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Viewer).await;
    let (doc, _, mut member) = stage.shared(Kind::Todo, "milk").await;
    let own = stage.bob.space(SpaceKind::List).await;
    let chunk = member.put(doc, "title", "beer");
    // In his own space he may write; the document is in another.
    let create = Create { space: own, kind: Kind::Todo, privacy: Privacy::Default };
    let item = PushItem { doc, create: Some(create), chunks: vec![chunk], receipts: None };
    let push = Push { id: 1, atomic: false, items: vec![item] };
    assert_eq!(codes(&stage.bob.live().await.push(push).await), ["role_too_weak"]);
    assert!(cold_start(&stage.bob, own).await.iter().all(|it| it.doc != doc));
    stage.server.stop().await;
}

async fn a_cursor_in_a_space_of_others_brings_nothing(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Viewer).await;
    stage.shared(Kind::Todo, "milk").await;
    let eve = stage.server.register("eve").await;
    let mut socket = eve.socket().await;
    let cursor = Cursor { space: stage.space, seq: 0, packed_to: None };
    let hello = umbra_sync_protocol::wire::Hello { cursors: vec![cursor], ..hello() };
    socket.say(&ClientFrame::Hello(hello)).await;
    let welcome = socket.welcomed().await;
    assert!(welcome.spaces.iter().all(|it| it.space != stage.space));
    // Whatever else came would come before this is answered.
    socket.say(&ClientFrame::Push(push_of(1, Pen::new_doc(), None, &[]))).await;
    let frames = socket.until(|it| matches!(it, ServerFrame::Verdicts(_))).await;
    assert_eq!(frames.len(), 1, "{frames:?}");
    stage.server.stop().await;
}

async fn commands_in_a_space_of_others_look_like_there_is_none(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::Calendar, Role::Viewer).await;
    let (doc, ..) = stage.shared(Kind::Event, "a date").await;
    let eve = stage.server.register("eve").await;
    let mut socket = eve.live().await;
    let mut answer = async |id, command| {
        socket.say(&ClientFrame::Command(id, command)).await;
        let frames = socket.until(|it| matches!(it, ServerFrame::Answer(_))).await;
        match frames.last() {
            Some(ServerFrame::Answer(answer)) => answer.error.clone().unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let there = answer(1, Command::SetPrivacy(doc, Privacy::Secret)).await;
    let missing = answer(2, Command::SetPrivacy(Pen::new_doc(), Privacy::Secret)).await;
    assert_eq!(there, missing);
    assert_eq!((there.code.as_str(), there.fatal), ("not_found", false));
    let there = answer(3, Command::Recovered(stage.space)).await;
    assert_eq!(there.code, "not_found");
    stage.server.stop().await;
}

async fn nobody_confirms_another_device_s_order(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Viewer).await;
    stage.ada.remove(stage.space, &stage.bob).await.ok();
    let path = format!("/api/spaces/{}/purges", stage.space);
    let orders = stage.ada.caller.get(&path).await.ok();
    let order = orders[0]["order"].as_u64().unwrap();
    let eve = stage.server.register("eve").await;
    let mut socket = eve.live().await;
    socket.say(&ClientFrame::Purged(Purged { order })).await;
    socket.push(push_of(1, Pen::new_doc(), None, &[])).await;
    eve.live().await;
    let orders = stage.ada.caller.get(&path).await.ok();
    assert!(orders[0]["confirmed_at"].is_null());
    stage.server.stop().await;
}
