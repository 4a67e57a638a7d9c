//! The trash, and what is purged from it.

use automerge::transaction::Transactable;
use automerge::{ROOT, ReadDoc};
use umbra_model::{DocId, Kind, Millis, Role, SpaceKind};

use crate::sequencer::Rejection;
use crate::sequencer::keeper::expire;
use crate::settings::{Settings, SystemSettings};
use crate::store::exam::{Author, TestDatabase, World, create, exam, new_doc, push};
use crate::store::{self, db};

exam!(
    the_trash_is_emptied_after_thirty_days,
    an_administrator_says_after_how_many_days,
    purging_takes_the_comments_along,
);

const DAY: i64 = 24 * 3_600 * 1_000;

/// Puts the document into the trash, as a client does it: with the time by its own
/// clock, which may be wrong.
async fn trash(world: &World, by: &mut Author, doc: DocId) {
    let stamp = format!(r#"{{"at":5,"by":"{}"}}"#, by.user);
    let chunk = by.put(doc, "deletedAt", stamp);
    world.push(by, push(doc, &[&chunk])).await.all_accepted();
}

async fn the_trash_is_emptied_after_thirty_days(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let mut bob = world.person("bob").await;
    let space = world.space(&ann, SpaceKind::List).await;
    world.add(&ann, space, &bob, Role::Editor).await;
    let (kept, _) = world.todo(&mut bob, space, "kept").await;
    let (gone, _) = world.todo(&mut bob, space, "gone").await;
    let (back, _) = world.todo(&mut bob, space, "back").await;
    let begun = store::now();
    for doc in [gone, back] {
        trash(&world, &mut bob, doc).await;
    }
    let queue = world.sequencer.queue();
    let after = |millis| Millis(begun.0 + millis);
    // Whatever time the client claims, thirty days pass by the server's clock.
    expire(&world.store, &queue, after(30 * DAY - 60_000)).await.unwrap();
    assert_eq!(purged(&world).await, []);
    let chunk = bob.edit(back, |tx| {
        assert!(tx.get(ROOT, "deletedAt").unwrap().is_some());
        tx.put(ROOT, "deletedAt", ()).unwrap();
    });
    world.push(&bob, push(back, &[&chunk])).await.all_accepted();
    world.edit(&mut bob, gone, "an edit in the trash doesn't begin anew").await;
    expire(&world.store, &queue, after(30 * DAY + 60_000)).await.unwrap();
    assert_eq!(purged(&world).await, [gone]);
    world.edit(&mut bob, kept, "still here").await;
    world.edit(&mut bob, back, "still here").await;
}

async fn an_administrator_says_after_how_many_days(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (gone, _) = world.todo(&mut ann, space, "gone").await;
    let begun = store::now();
    trash(&world, &mut ann, gone).await;
    let settings = SystemSettings { trash_days: 2, ..SystemSettings::default() };
    Settings::default().set(&world.store, settings, begun).await.unwrap();
    let queue = world.sequencer.queue();
    expire(&world.store, &queue, Millis(begun.0 + 2 * DAY - 60_000)).await.unwrap();
    assert_eq!(purged(&world).await, []);
    expire(&world.store, &queue, Millis(begun.0 + 2 * DAY + 60_000)).await.unwrap();
    assert_eq!(purged(&world).await, [gone]);
}

async fn purged(world: &World) -> Vec<DocId> {
    let rows = db!(
        world.store,
        all(uuid::Uuid,),
        "SELECT doc FROM log WHERE event = 'purged' ORDER BY seq"
    );
    rows.unwrap().into_iter().map(|(doc,)| DocId(doc)).collect()
}

async fn purging_takes_the_comments_along(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let bob = world.person("bob").await;
    let space = world.space(&ann, SpaceKind::List).await;
    world.add(&ann, space, &bob, Role::Editor).await;
    let (todo, _) = world.todo(&mut ann, space, "milk").await;
    let comment = new_doc();
    let chunk = ann.begin(comment, Kind::Comment, "subject", todo.to_string());
    world.push(&ann, create(space, comment, Kind::Comment, &[&chunk])).await.all_accepted();
    let denied = world.sequencer.purge_doc(bob.submitter(), todo).await;
    assert!(matches!(denied, Err(Rejection::Denied(_))), "{denied:?}");
    world.sequencer.purge_doc(ann.submitter(), todo).await.unwrap();
    assert_eq!(purged(&world).await, [todo, comment]);
    let left = db!(world.store, one (i64, i64, i64),
        "SELECT (SELECT COUNT(*) FROM views WHERE space = $1), (SELECT COUNT(*) FROM log WHERE space = $1 AND chunk IS NOT NULL),
                (SELECT COUNT(*) FROM documents WHERE space = $1 AND purged_at IS NULL)", space.0);
    assert_eq!(left.unwrap(), (1, 0, 1), "but the space's own");
    let again = world.sequencer.purge_doc(ann.submitter(), todo).await;
    assert_eq!(again, Err(Rejection::NotFound));
}
