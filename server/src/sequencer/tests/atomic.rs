//! All-or-nothing pushes.

use umbra_model::{Kind, Privacy, Role, SpaceKind};
use umbra_sync_protocol::wire::{Create, PushItem};

use crate::store::exam::{TestDatabase, World, create, exam, new_doc, push};

exam!(one_refusal_refuses_all, nothing_of_a_refused_push_remains, a_whole_push_is_accepted);

async fn one_refusal_refuses_all(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let mut bob = world.person("bob").await;
    let theirs = world.space(&ann, SpaceKind::List).await;
    let own = world.space(&bob, SpaceKind::List).await;
    let (doc, chunk) = world.todo(&mut ann, theirs, "milk").await;
    world.add(&ann, theirs, &bob, Role::Viewer).await;
    bob.take(doc, Kind::Todo, &[chunk]);
    let (mine, known) = world.todo(&mut bob, own, "bread").await;
    let fine = bob.put(mine, "title", "butter");
    let refused = bob.put(doc, "title", "beer");
    let mut it = push(mine, &[&known, &fine]);
    it.items.extend(push(doc, &[&refused]).items);
    it.atomic = true;
    let pushed = world.push(&bob, it.clone()).await;
    assert_eq!(pushed.codes(), ["accepted", "atomic_push_refused", "role_too_weak"]);
    assert!(pushed.verdicts.covers.is_empty());
    assert_eq!(world.store.space_of(bob.user, own).await.unwrap().head, 5);
    it.atomic = false;
    let pushed = world.push(&bob, it).await;
    assert_eq!(pushed.codes(), ["accepted", "accepted", "role_too_weak"]);
}

async fn nothing_of_a_refused_push_remains(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let doc = new_doc();
    let first = ann.begin(doc, Kind::Todo, "title", "milk");
    let second = ann.put(doc, "title", "bread");
    let missing = new_doc();
    // Twice the same change: the second is a duplicate of what is taken back.
    let mut it = create(space, doc, Kind::Todo, &[&first, &first]);
    it.items.extend(push(doc, &[&second]).items);
    it.items.extend(push(missing, &[&second]).items);
    it.atomic = true;
    let before = world.sequencer.push(ann.submitter(), it);
    // In the same batch, behind it: the document isn't there.
    let behind = world.sequencer.push(ann.submitter(), push(doc, &[&second]));
    let then = world.sequencer.push(ann.submitter(), create(space, doc, Kind::Todo, &[&first]));
    let (before, behind, then) = tokio::join!(before, behind, then);
    let atomic = "atomic_push_refused";
    assert_eq!(before.codes(), [atomic, atomic, atomic, "not_found"]);
    assert_eq!(behind.codes(), ["not_found"]);
    assert_eq!(then.all_accepted(), [5]);
    assert_eq!(world.push(&ann, push(doc, &[&second])).await.all_accepted(), [6]);
}

async fn a_whole_push_is_accepted(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let from = world.space(&ann, SpaceKind::List).await;
    let to = world.space(&ann, SpaceKind::Project).await;
    let (old, _) = world.todo(&mut ann, from, "milk").await;
    // A move, as a client does it: a copy there, the trash here.
    let new = new_doc();
    let copy = ann.begin(new, Kind::Todo, "title", "milk");
    let retitle = ann.put(old, "title", "moved");
    let mut it = push(old, &[&retitle]);
    it.items.push(PushItem {
        doc: new,
        create: Some(Create { space: to, kind: Kind::Todo, privacy: Privacy::Default }),
        chunks: vec![copy],
        receipts: None,
    });
    it.atomic = true;
    assert_eq!(world.push(&ann, it.clone()).await.all_accepted(), [6, 5]);
    assert_eq!(world.push(&ann, it).await.all_accepted(), [6, 5], "again, the same");
}
