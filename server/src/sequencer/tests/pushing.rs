//! Pushes: places, verdicts, duplicates, refusals.

use umbra_model::{Kind, Role, SpaceKind};
use umbra_sync_protocol::wire::{Cover, Event, Verdict};

use crate::sequencer::ConnectionId;
use crate::store::exam::{TestDatabase, World, connected, create, exam, new_doc, push};

exam!(a_space_begins_with_its_founding, changes_get_places, a_duplicate_gets_its_old_place);

async fn a_space_begins_with_its_founding(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let committed = world.heard.commit_of(space, 1).await;
    assert_eq!((committed.space, committed.from, committed.to), (space, 1, 3));
    let events: Vec<_> = committed.entries.iter().map(|it| &it.event).collect();
    assert!(
        matches!(events.as_slice(), [
            Event::Founded { kind: SpaceKind::List, founder },
            Event::Member(member),
            Event::Created { kind: Kind::Space, doc, .. },
        ] if *founder == ann.user && member.role == Some(Role::Owner) && member.name == "ann"
            && *doc == space.into()),
        "{events:?}"
    );
    let state = world.store.space_of(ann.user, space).await.unwrap();
    assert_eq!((state.role, state.head, state.recovering), (Role::Owner, 3, false));
}

async fn changes_get_places(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    ann.connection = Some(ConnectionId(7));
    let space = world.space(&ann, SpaceKind::List).await;
    let doc = new_doc();
    let first = ann.begin(doc, Kind::Todo, "title", "milk");
    let second = ann.put(doc, "title", "bread");
    let pushed = world.push(&ann, create(space, doc, Kind::Todo, &[&first, &second])).await;
    assert_eq!(pushed.all_accepted(), [5, 6]);
    assert_eq!(pushed.verdicts.covers, [Cover { space, from: 4, to: 6 }]);
    let third = ann.put(doc, "title", "butter");
    let pushed = world.push(&ann, push(doc, &[&third])).await;
    assert_eq!(pushed.all_accepted(), [7]);
    let last = world.heard.commit_of(space, 7).await;
    assert_eq!(last.origin, Some(ConnectionId(7)));
    let view = last.docs[&doc].view.as_deref().unwrap();
    assert!(view.contains(r#""title":"butter""#), "{view}");
}

async fn a_duplicate_gets_its_old_place(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let doc = new_doc();
    let chunk = ann.begin(doc, Kind::Todo, "title", "milk");
    let first = world.push(&ann, create(space, doc, Kind::Todo, &[&chunk])).await;
    let Verdict::Accepted { .. } = first.verdicts.verdicts[0] else { panic!("{first:?}") };
    world.edit(&mut ann, doc, "bread").await;
    let again =
        world.sequencer.push(connected(&ann, 3), create(space, doc, Kind::Todo, &[&chunk])).await;
    assert_eq!(again.verdicts.verdicts, first.verdicts.verdicts, "the same place and seal");
    assert_eq!(again.verdicts.covers, []);
    assert_eq!(world.store.space_of(ann.user, space).await.unwrap().head, 6);
}
