//! Documents that not every member may see.

use umbra_model::{DocId, Kind, Privacy, Role, SpaceKind};
use umbra_sync_protocol::wire::{ClientFrame, Command, Create, Event, Push, PushItem, ServerFrame};
use umbra_tests::{Engine, Pen, Socket, on_both_engines};

use super::stage::{Stage, codes, cold_start, edit, next_entries, next_order};

on_both_engines! {
    a_secret_event_is_for_its_creator_and_the_owner
    hiding_an_event_orders_the_others_to_remove_it
    what_is_shown_again_arrives_whole
    an_editor_hides_only_what_is_theirs
}

async fn set_privacy(socket: &mut Socket, doc: DocId, privacy: Privacy) -> Option<String> {
    socket.say(&ClientFrame::Command(9, Command::SetPrivacy(doc, privacy))).await;
    let frames = socket.until(|it| matches!(it, ServerFrame::Answer(_))).await;
    match frames.last() {
        Some(ServerFrame::Answer(answer)) => answer.error.as_ref().map(|it| it.code.clone()),
        other => panic!("{other:?}"),
    }
}

async fn a_secret_event_is_for_its_creator_and_the_owner(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::Calendar, Role::Editor).await;
    let carol = stage.server.register("carol").await;
    stage.ada.add(stage.space, &carol, Role::Manager).await.ok();
    let (mut owner, mut manager) = (stage.ada.live().await, carol.live().await);
    let doc = Pen::new_doc();
    let mut pen = Pen::new(stage.bob.prefix);
    let chunk = pen.begin(doc, Kind::Event, "title", "a surprise");
    let create = Create { space: stage.space, kind: Kind::Event, privacy: Privacy::Secret };
    let item = PushItem { doc, create: Some(create), chunks: vec![chunk], receipts: None };
    let push = Push { id: 1, atomic: false, items: vec![item] };
    let mut author = stage.bob.live().await;
    assert_eq!(codes(&author.push(push).await), ["accepted"]);
    assert_eq!(next_entries(&mut owner, stage.space).await.len(), 2, "created and changed");
    let heard = next_entries(&mut manager, stage.space).await;
    assert!(heard.is_empty(), "a manager's cursor moves on over nothing: {heard:?}");
    for (who, sees) in [(&stage.ada, true), (&stage.bob, true), (&carol, false)] {
        let docs = cold_start(who, stage.space).await;
        assert_eq!(docs.iter().any(|it| it.doc == doc), sees, "{}", who.name);
    }
    let mut pen = Pen::new(carol.prefix);
    let meddling = pen.begin(doc, Kind::Event, "title", "found you");
    assert_eq!(codes(&edit(&mut manager, doc, &meddling).await), ["not_found"]);
    assert_eq!(
        set_privacy(&mut manager, doc, Privacy::Default).await.as_deref(),
        Some("not_found")
    );
    stage.server.stop().await;
}

async fn hiding_an_event_orders_the_others_to_remove_it(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::Calendar, Role::Editor).await;
    let (doc, mut owner, _) = stage.shared(Kind::Event, "a date").await;
    let mut own = stage.ada.on_another_device().await.live().await;
    let mut other = stage.bob.live().await;
    let mut author = stage.ada.live().await;
    assert_eq!(set_privacy(&mut author, doc, Privacy::Secret).await, None);
    let order = next_order(&mut other).await;
    assert_eq!((order.space, order.doc, order.reason.as_str()), (stage.space, Some(doc), "hidden"));
    let heard = next_entries(&mut own, stage.space).await;
    assert!(matches!(heard[..], [_] if matches!(heard[0].event, Event::Privacy { .. })));
    // The others hear nothing of what is written from here on.
    let chunk = owner.put(doc, "title", "another date");
    assert_eq!(codes(&edit(&mut author, doc, &chunk).await), ["accepted"]);
    assert_eq!(next_entries(&mut own, stage.space).await.len(), 1);
    assert!(cold_start(&stage.bob, stage.space).await.iter().all(|it| it.doc != doc));
    stage.server.stop().await;
}

async fn what_is_shown_again_arrives_whole(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::Calendar, Role::Viewer).await;
    let (doc, mut owner, _) = stage.shared(Kind::Event, "a date").await;
    let mut author = stage.ada.live().await;
    assert_eq!(set_privacy(&mut author, doc, Privacy::Secret).await, None);
    let chunk = owner.put(doc, "title", "another date");
    assert_eq!(codes(&edit(&mut author, doc, &chunk).await), ["accepted"]);
    let mut other = stage.bob.live().await;
    assert_eq!(set_privacy(&mut author, doc, Privacy::Default).await, None);
    let heard = next_entries(&mut other, stage.space).await;
    let saved = heard.iter().find_map(|entry| match &entry.event {
        Event::Saved(packed) if packed.doc == doc => Some(packed),
        _ => None,
    });
    let saved = saved.expect("the document comes whole");
    assert!(saved.saved.is_some() || saved.chunks.contains(&chunk));
    let chunk = owner.put(doc, "title", "one more date");
    assert_eq!(codes(&edit(&mut author, doc, &chunk).await), ["accepted"]);
    assert_eq!(next_entries(&mut other, stage.space).await.len(), 1);
    stage.server.stop().await;
}

async fn an_editor_hides_only_what_is_theirs(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::Calendar, Role::Editor).await;
    let (doc, ..) = stage.shared(Kind::Event, "a date").await;
    let mut socket = stage.bob.live().await;
    let refused = set_privacy(&mut socket, doc, Privacy::Secret).await;
    assert_eq!(refused.as_deref(), Some("role_too_weak"));
    stage.server.stop().await;
}
