//! A space gets another owner, and a restored server loses that.

use umbra_model::{Kind, Privacy, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{Command, MemberEvent, Push};

use crate::sequencer::Governance::{RemoveMember, Transfer};
use crate::sequencer::Rejection;
use crate::store::exam::{Author, TestDatabase, World, create_private, exam, new_doc};

exam!(
    what_only_owners_see_changes_hands,
    a_handover_comes_back,
    a_handover_comes_back_by_its_first_half,
    a_handover_changes_nothing_behind_a_new_one,
    whoever_was_removed_behind_it_stays_so,
);

/// Ann's calendar, where Bob and Carl edit.
struct Stage {
    world: World,
    ann: Author,
    bob: Author,
    carl: Author,
    space: SpaceId,
}

async fn stage(database: TestDatabase) -> Stage {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let bob = world.person("bob").await;
    let carl = world.person("carl").await;
    let space = world.space(&ann, SpaceKind::Calendar).await;
    world.add(&ann, space, &bob, Role::Editor).await;
    world.add(&ann, space, &carl, Role::Editor).await;
    Stage { world, ann, bob, carl, space }
}

/// An event that only its author and the owner see.
fn secret(by: &mut Author, space: SpaceId) -> (umbra_model::DocId, Push) {
    let doc = new_doc();
    let chunk = by.begin(doc, Kind::Event, "title", "surprise");
    (doc, create_private(space, doc, Kind::Event, Privacy::Secret, &[&chunk]))
}

async fn what_only_owners_see_changes_hands(database: TestDatabase) {
    let Stage { world, ann, bob, mut carl, space } = stage(database).await;
    let (event, push) = secret(&mut carl, space);
    world.push(&carl, push).await.all_accepted();
    world.govern(&ann, Transfer(space, bob.user)).await.unwrap();
    let orders = world.store.open_purges(ann.device).await.unwrap();
    let told: Vec<_> = orders.iter().map(|it| (it.doc, it.reason.as_str())).collect();
    assert_eq!(told, [(Some(event), "hidden")], "she is a manager now");
    let seen = world.store.pack(bob.user, space, None, true, 1 << 20).await.unwrap();
    assert!(seen.docs.iter().any(|it| it.doc == event), "he is the owner now");
    world.govern(&bob, Transfer(space, ann.user)).await.unwrap();
    assert_eq!(world.store.open_purges(ann.device).await.unwrap(), []);
    let orders = world.store.open_purges(bob.device).await.unwrap();
    assert_eq!(orders.iter().map(|it| it.doc).collect::<Vec<_>>(), [Some(event)]);
    world.assert_sound().await;
}

/// What came of it: the events of the heir and of the owner before.
struct Lost {
    heir: (MemberEvent, u64),
    owner: (MemberEvent, u64),
}

impl World {
    async fn role(&self, who: &Author, space: SpaceId) -> Option<Role> {
        self.store.space_of(who.user, space).await.ok().map(|it| it.role)
    }

    async fn give(&self, by: &Author, space: SpaceId, (event, seq): &(MemberEvent, u64)) {
        let command = Command::RestoreMember(event.clone(), space, *seq);
        self.command(by, command).await.unwrap();
    }

    /// Hands the space over, and loses that.
    async fn lose_handover(self, from: &Author, to: &Author, space: SpaceId) -> (Self, Lost) {
        let mut lost = None;
        let world = self
            .lose(async |world| {
                let head = world.store.space_of(from.user, space).await.unwrap().head;
                world.govern(from, Transfer(space, to.user)).await.unwrap();
                lost = Some(Lost {
                    heir: (world.membership(space, head + 1).await, head + 1),
                    owner: (world.membership(space, head + 2).await, head + 2),
                });
            })
            .await;
        (world, lost.unwrap())
    }
}

async fn a_handover_comes_back(database: TestDatabase) {
    let Stage { world, ann, bob, carl, space } = stage(database).await;
    let (world, lost) = world.lose_handover(&ann, &bob, space).await;
    assert_eq!(world.role(&ann, space).await, Some(Role::Owner));
    world.give(&carl, space, &lost.heir).await;
    world.give(&carl, space, &lost.owner).await;
    assert_eq!(world.role(&bob, space).await, Some(Role::Owner));
    assert_eq!(world.role(&ann, space).await, Some(Role::Manager));
    let denied = world.command(&ann, Command::Recovered(space)).await;
    assert!(matches!(denied, Err(Rejection::Denied(_))), "it isn't hers to end: {denied:?}");
    world.command(&bob, Command::Recovered(space)).await.unwrap();
    world.assert_sound().await;
}

async fn a_handover_comes_back_by_its_first_half(database: TestDatabase) {
    let Stage { world, ann, bob, carl, space } = stage(database).await;
    let (world, lost) = world.lose_handover(&ann, &bob, space).await;
    // As the owner's she stays, until somebody else is shown to be.
    world.give(&carl, space, &lost.owner).await;
    assert_eq!(world.role(&ann, space).await, Some(Role::Owner));
    world.give(&carl, space, &lost.heir).await;
    assert_eq!(world.role(&bob, space).await, Some(Role::Owner));
    assert_eq!(world.role(&ann, space).await, Some(Role::Manager));
    let head = world.store.space_of(ann.user, space).await.unwrap().head;
    world.give(&carl, space, &lost.heir).await;
    assert_eq!(world.store.space_of(ann.user, space).await.unwrap().head, head, "once is enough");
    world.assert_sound().await;
}

async fn a_handover_changes_nothing_behind_a_new_one(database: TestDatabase) {
    let Stage { world, ann, bob, carl, space } = stage(database).await;
    let (world, lost) = world.lose_handover(&ann, &bob, space).await;
    world.govern(&ann, Transfer(space, carl.user)).await.unwrap();
    world.give(&bob, space, &lost.heir).await;
    assert_eq!(world.role(&carl, space).await, Some(Role::Owner));
    assert_eq!(world.role(&bob, space).await, Some(Role::Editor));
    world.assert_sound().await;
}

async fn whoever_was_removed_behind_it_stays_so(database: TestDatabase) {
    let Stage { world, ann, bob, carl, space } = stage(database).await;
    let mut events = Vec::new();
    let world = world
        .lose(async |world| {
            world.govern(&ann, Transfer(space, bob.user)).await.unwrap();
            world.govern(&bob, RemoveMember(space, ann.user)).await.unwrap();
            let head = world.store.space_of(bob.user, space).await.unwrap().head;
            for seq in [head - 2, head] {
                events.push((world.membership(space, seq).await, seq));
            }
        })
        .await;
    world.give(&carl, space, &events[0]).await;
    assert_eq!(world.role(&ann, space).await, Some(Role::Manager));
    world.give(&carl, space, &events[1]).await;
    assert_eq!(world.role(&ann, space).await, None);
    world.assert_sound().await;
}
