//! Who sees a document, and what follows when that changes.

use umbra_model::{DocId, Kind, Privacy, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{Command, Event, PurgeOrder};

use crate::sequencer::Rejection;
use crate::store::exam::{
    Author, TestDatabase, World, create, create_private, exam, new_doc, push,
};
use crate::store::{Viewer, db};

exam!(
    hiding_orders_a_purge_and_showing_takes_it_back,
    only_some_may_hide,
    what_is_hidden_is_not_there,
    hiding_hides_the_comments_too,
);

struct Calendar {
    ann: Author,
    bob: Author,
    eve: Author,
    space: SpaceId,
    event: DocId,
}

/// Ann's calendar with an event of Bob's, at which Eve looks on.
async fn calendar(world: &World) -> Calendar {
    let ann = world.person("ann").await;
    let mut bob = world.person("bob").await;
    let eve = world.person("eve").await;
    let space = world.space(&ann, SpaceKind::Calendar).await;
    world.add(&ann, space, &bob, Role::Editor).await;
    world.add(&ann, space, &eve, Role::Viewer).await;
    let event = new_doc();
    let chunk = bob.begin(event, Kind::Event, "title", "party");
    world.push(&bob, create(space, event, Kind::Event, &[&chunk])).await.all_accepted();
    Calendar { ann, bob, eve, space, event }
}

fn viewer(who: &Author, role: Role) -> Viewer {
    Viewer { user: who.user, role }
}

async fn hiding_orders_a_purge_and_showing_takes_it_back(database: TestDatabase) {
    let world = World::over(database).await;
    let Calendar { ann, bob, eve, space, event } = calendar(&world).await;
    world.command(&bob, Command::SetPrivacy(event, Privacy::Secret)).await.unwrap();
    let told = world.heard.commit_of(space, 8).await;
    let [(device, order)] = told.purges.as_slice() else { panic!("{told:?}") };
    assert_eq!((*device, order.doc, order.reason.as_str()), (eve.device, Some(event), "hidden"));
    assert_eq!(world.store.open_purges(eve.device).await.unwrap(), std::slice::from_ref(order));
    assert!(!told.is_public());
    assert_eq!(told.entries_for(viewer(&eve, Role::Viewer), true), []);
    assert_eq!(told.entries_for(viewer(&ann, Role::Owner), true).len(), 1);
    assert_eq!(told.entries_for(viewer(&bob, Role::Editor), true).len(), 1);
    assert!(!told.reveals(viewer(&eve, Role::Viewer)));

    world.command(&bob, Command::SetPrivacy(event, Privacy::Default)).await.unwrap();
    let told = world.heard.commit_of(space, 9).await;
    assert!(told.purges.is_empty() && told.reveals(viewer(&eve, Role::Viewer)));
    assert!(!told.reveals(viewer(&ann, Role::Owner)), "who saw it before needs no copy");
    assert_eq!(world.store.open_purges(eve.device).await.unwrap(), []);
    world.command(&bob, Command::SetPrivacy(event, Privacy::Default)).await.unwrap();
    assert_eq!(world.store.space_of(ann.user, space).await.unwrap().head, 9);
}

async fn only_some_may_hide(database: TestDatabase) {
    let world = World::over(database).await;
    let Calendar { mut ann, mut eve, space, event, .. } = calendar(&world).await;
    let hide = Command::SetPrivacy(event, Privacy::Secret);
    let done = world.command(&eve, hide.clone()).await;
    assert!(matches!(done, Err(Rejection::Denied(_))), "{done:?}");
    let mallory = world.person("mallory").await;
    assert_eq!(world.command(&mallory, hide).await, Err(Rejection::NotFound));
    let nothing = Command::SetPrivacy(new_doc(), Privacy::Secret);
    assert_eq!(world.command(&mallory, nothing).await, Err(Rejection::NotFound));
    let (list, todo) = (world.space(&ann, SpaceKind::List).await, new_doc());
    let chunk = ann.begin(todo, Kind::Todo, "title", "milk");
    let it = create_private(list, todo, Kind::Todo, Privacy::Secret, &[&chunk]);
    assert_eq!(world.push(&ann, it).await.codes(), ["role_too_weak"], "a todo has no privacy");
    let doc = new_doc();
    let chunk = eve.begin(doc, Kind::Event, "title", "mine");
    let it = create_private(space, doc, Kind::Event, Privacy::Secret, &[&chunk]);
    assert_eq!(world.push(&eve, it).await.codes(), ["role_too_weak"]);
}

async fn what_is_hidden_is_not_there(database: TestDatabase) {
    let world = World::over(database).await;
    let Calendar { bob, space, event, .. } = calendar(&world).await;
    let mut carl = world.person("carl").await;
    world.add(&bob_owner(&world, space).await, space, &carl, Role::Editor).await;
    let page = world.store.entries(carl.user, space, 0, false, 1 << 20).await.unwrap();
    let chunk = page.entries.iter().find_map(|it| match &it.event {
        Event::Change { doc, chunk, .. } if *doc == event => Some(chunk.clone()),
        _ => None,
    });
    carl.take(event, Kind::Event, &[chunk.unwrap()]);
    world.command(&bob, Command::SetPrivacy(event, Privacy::Secret)).await.unwrap();
    let edit = carl.put(event, "title", "spoiled");
    assert_eq!(world.push(&carl, push(event, &[&edit])).await.codes(), ["not_found"]);
    let hide = Command::SetPrivacy(event, Privacy::Default);
    assert_eq!(world.command(&carl, hide).await, Err(Rejection::NotFound));
    let purged = world.sequencer.purge_doc(carl.submitter(), event).await;
    assert_eq!(purged, Err(Rejection::NotFound));
}

/// The owner of the space, as somebody who governs.
async fn bob_owner(world: &World, space: SpaceId) -> Author {
    let owner = db!(world.store, val uuid::Uuid,
        "SELECT owner_id FROM spaces WHERE space = $1", space.0);
    world.device(umbra_model::UserId(owner.unwrap())).await
}

async fn hiding_hides_the_comments_too(database: TestDatabase) {
    let world = World::over(database).await;
    let Calendar { ann, bob, mut eve, space, event } = calendar(&world).await;
    let carl = world.person("carl").await;
    world.add(&ann, space, &carl, Role::Viewer).await;
    let comment = new_doc();
    let chunk = eve.begin(comment, Kind::Comment, "subject", event.to_string());
    let commenting =
        world.sequencer.push(eve.submitter(), create(space, comment, Kind::Comment, &[&chunk]));
    // In the same batch: the comment is known before it is written.
    let hiding =
        world.sequencer.command(bob.submitter(), Command::SetPrivacy(event, Privacy::Secret));
    let (commented, hidden) = tokio::join!(commenting, hiding);
    commented.all_accepted();
    hidden.unwrap();
    let orders = |orders: Vec<PurgeOrder>| orders.iter().map(|it| it.doc).collect::<Vec<_>>();
    let carls = orders(world.store.open_purges(carl.device).await.unwrap());
    assert_eq!(carls, [Some(event), Some(comment)]);
    let eves = orders(world.store.open_purges(eve.device).await.unwrap());
    assert_eq!(eves, [Some(event)], "what she wrote herself stays hers");
    world.heard.commit_of(space, 11).await;
    let privacies = |who: &Author, role| {
        let told = world.heard.notes().committed;
        let entries = told.iter().flat_map(|it| it.entries_for(viewer(who, role), true));
        entries.filter(|it| matches!(it.event, Event::Privacy { .. })).count()
    };
    assert_eq!(privacies(&ann, Role::Owner), 2);
    assert_eq!(privacies(&eve, Role::Viewer), 1);
    assert_eq!(privacies(&carl, Role::Viewer), 0);
}
