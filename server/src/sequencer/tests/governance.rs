//! Who is in a space, and what follows for their devices.

use umbra_model::{DeviceId, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{Command, Event};

use crate::sequencer::Governance::{AddMember, ChangeRole, DeleteSpace, Leave, RemoveMember};
use crate::sequencer::{MemberChange, Rejection, Seal, SealedMember};
use crate::store::exam::{TestDatabase, World, exam, fresh, push};
use crate::store::{StoreError, db};

exam!(
    members_come_and_go,
    removal_orders_every_device_to_purge,
    who_comes_back_need_not_purge,
    the_policy_decides_who_governs,
    a_space_is_deleted_with_all_in_it,
    founding_is_idempotent,
    one_personal_space_a_person,
);

async fn members_come_and_go(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let bob = world.person("bob").await;
    let space = world.space(&ann, SpaceKind::List).await;
    world.govern(&ann, AddMember(space, bob.user, Role::Viewer)).await.unwrap();
    world.govern(&ann, ChangeRole(space, bob.user, Role::Editor)).await.unwrap();
    world.govern(&ann, ChangeRole(space, bob.user, Role::Editor)).await.unwrap();
    world.govern(&bob, Leave(space)).await.unwrap();
    let seal = Seal::new(&world.store.meta().receipt_key);
    let roles = [Some(Role::Viewer), Some(Role::Editor), None];
    let mut was = None;
    for (seq, role) in (4..).zip(roles) {
        let told = world.heard.commit_of(space, seq).await;
        assert_eq!(told.members, [MemberChange { user: bob.user, was, role }]);
        let Event::Member(it) = &told.entries[0].event else { panic!("{told:?}") };
        assert_eq!((it.user, it.name.as_str(), it.role), (bob.user, "bob", role));
        let sealed = SealedMember { space, seq, user: bob.user, role, by: it.by };
        assert_eq!(it.receipt, seal.member(&sealed));
        was = role;
    }
    let state = world.store.space_of(ann.user, space).await.unwrap();
    assert_eq!(state.head, 6, "the same role again is no event");
    assert!(matches!(world.store.space_of(bob.user, space).await, Err(StoreError::Missing)));
    assert_eq!(world.govern(&ann, RemoveMember(space, bob.user)).await, Err(Rejection::NotMember));
}

async fn removal_orders_every_device_to_purge(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let laptop = world.person("bob").await;
    let phone = world.device(laptop.user).await;
    let space = world.space(&ann, SpaceKind::List).await;
    world.add(&ann, space, &laptop, Role::Editor).await;
    world.govern(&ann, RemoveMember(space, laptop.user)).await.unwrap();
    let told = world.heard.commit_of(space, 5).await;
    let mut devices: Vec<_> = told.purges.iter().map(|(device, _)| *device).collect();
    devices.sort();
    let mut expected = [laptop.device, phone.device];
    expected.sort();
    assert_eq!(devices, expected);
    for device in expected {
        let orders = world.store.open_purges(device).await.unwrap();
        let [order] = orders.as_slice() else { panic!("{orders:?}") };
        assert_eq!((order.space, order.doc, order.reason.as_str()), (space, None, "removed"));
        assert!(told.purges.iter().any(|(_, told)| told == order));
    }
    let [order] = &world.store.open_purges(phone.device).await.unwrap()[..] else { panic!() };
    let now = crate::store::now();
    world.store.confirm_purge(laptop.device, order.order, now).await.unwrap();
    assert_eq!(world.store.open_purges(phone.device).await.unwrap().len(), 1, "not its order");
    world.store.confirm_purge(phone.device, order.order, now).await.unwrap();
    world.store.confirm_purge(phone.device, u64::MAX, now).await.unwrap();
    assert_eq!(world.store.open_purges(phone.device).await.unwrap(), []);
    let status = world.store.purges_in(ann.user, space).await.unwrap();
    let confirmed: Vec<_> =
        status.iter().filter(|it| it.confirmed_at.is_some()).map(|it| it.device).collect();
    assert_eq!((status.len(), confirmed), (2, vec![phone.device]));
    assert_eq!((status[0].user_name.as_str(), status[0].device_name.as_str()), ("bob", "a device"));
    let prying = world.store.purges_in(laptop.user, space).await;
    assert!(matches!(prying, Err(StoreError::Missing)));
}

async fn who_comes_back_need_not_purge(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let bob = world.person("bob").await;
    let space = world.space(&ann, SpaceKind::List).await;
    world.add(&ann, space, &bob, Role::Editor).await;
    world.govern(&bob, Leave(space)).await.unwrap();
    assert_eq!(world.store.open_purges(bob.device).await.unwrap().len(), 1);
    world.add(&ann, space, &bob, Role::Viewer).await;
    assert_eq!(world.store.open_purges(bob.device).await.unwrap(), []);
    let status = world.store.purges_in(ann.user, space).await.unwrap();
    assert!(status[0].withdrawn_at.is_some() && status[0].reason == "left");
    // All in one batch: what counts is how it ends.
    let calls = [
        world.sequencer.govern(ann.submitter(), RemoveMember(space, bob.user)),
        world.sequencer.govern(ann.submitter(), AddMember(space, bob.user, Role::Editor)),
    ];
    for call in futures_util::future::join_all(calls).await {
        call.unwrap();
    }
    assert_eq!(world.store.open_purges(bob.device).await.unwrap(), []);
}

async fn the_policy_decides_who_governs(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let bob = world.person("bob").await;
    let eve = world.person("eve").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let missing = SpaceId(fresh());
    for space in [space, missing] {
        for what in [
            AddMember(space, eve.user, Role::Viewer),
            ChangeRole(space, ann.user, Role::Viewer),
            RemoveMember(space, ann.user),
            Leave(space),
            DeleteSpace(space),
        ] {
            assert_eq!(world.govern(&eve, what).await, Err(Rejection::NotFound), "{what:?}");
        }
    }
    world.add(&ann, space, &bob, Role::Editor).await;
    let denied = |done| matches!(done, Err(Rejection::Denied(_)));
    assert!(denied(world.govern(&bob, AddMember(space, eve.user, Role::Viewer)).await));
    assert!(denied(world.govern(&bob, DeleteSpace(space)).await));
    assert!(denied(world.govern(&bob, RemoveMember(space, ann.user)).await));
    assert!(denied(world.govern(&ann, Leave(space)).await), "an owner can't just go");
    assert!(denied(world.govern(&ann, AddMember(space, eve.user, Role::Owner)).await));
    assert_eq!(
        world.govern(&ann, AddMember(space, bob.user, Role::Viewer)).await,
        Err(Rejection::AlreadyMember)
    );
    let nobody = umbra_model::UserId(fresh());
    assert_eq!(
        world.govern(&ann, AddMember(space, nobody, Role::Viewer)).await,
        Err(Rejection::NoSuchUser)
    );
    let home = world.space(&ann, SpaceKind::Personal).await;
    assert!(denied(world.govern(&ann, AddMember(home, bob.user, Role::Viewer)).await));
    assert!(denied(world.govern(&ann, DeleteSpace(home)).await));
    let mut tx = world.store.begin().await.unwrap();
    db!(tx tx, exec "UPDATE users SET disabled_at = 1 WHERE id = $1", eve.user.0).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        world.govern(&ann, AddMember(space, eve.user, Role::Viewer)).await,
        Err(Rejection::NoSuchUser)
    );
}

async fn a_space_is_deleted_with_all_in_it(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let bob = world.person("bob").await;
    let space = world.space(&ann, SpaceKind::List).await;
    world.add(&ann, space, &bob, Role::Editor).await;
    let (doc, chunk) = world.todo(&mut ann, space, "milk").await;
    world.govern(&ann, DeleteSpace(space)).await.unwrap();
    let notes = world.heard.until(|notes| notes.committed.iter().any(|it| it.from > it.to)).await;
    let told = notes.committed.last().unwrap();
    assert_eq!((told.from, told.to, told.entries.len()), (7, 6, 0));
    assert!(told.members.iter().all(|it| it.role.is_none()) && told.members.len() == 2);
    let mut ordered: Vec<DeviceId> = told.purges.iter().map(|(device, _)| *device).collect();
    ordered.sort();
    let mut devices = [ann.device, bob.device];
    devices.sort();
    assert_eq!(ordered, devices);
    assert!(told.purges.iter().all(|(_, order)| order.reason == "space_deleted"));
    assert_eq!(world.store.spaces_of(ann.user).await.unwrap(), []);
    assert_eq!(world.push(&ann, push(doc, &[&chunk])).await.codes(), ["not_found"]);
    assert_eq!(
        world.command(&ann, Command::CreateSpace(space, SpaceKind::List)).await,
        Err(Rejection::Taken),
        "its id is never taken again"
    );
    while world.store.erase_some(crate::store::now()).await.unwrap() {}
    let left = db!(world.store, one (i64, i64, i64, i64, i64),
        "SELECT (SELECT COUNT(*) FROM log WHERE space = $1), (SELECT COUNT(*) FROM documents WHERE space = $1),
                (SELECT COUNT(*) FROM views WHERE space = $1), (SELECT COUNT(*) FROM homes WHERE space = $1),
                (SELECT COUNT(*) FROM purge_orders WHERE space = $1)", space.0);
    assert_eq!(left.unwrap(), (0, 0, 0, 0, 2), "but the orders, until they are confirmed");
    assert_eq!(world.store.purges_in(ann.user, space).await.unwrap().len(), 2);
}

async fn founding_is_idempotent(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let eve = world.person("eve").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let again = Command::CreateSpace(space, SpaceKind::List);
    world.command(&ann, again.clone()).await.unwrap();
    assert_eq!(world.command(&eve, again).await, Err(Rejection::Taken));
    let other = Command::CreateSpace(space, SpaceKind::Calendar);
    assert_eq!(world.command(&ann, other).await, Err(Rejection::Taken));
    assert_eq!(world.store.space_of(ann.user, space).await.unwrap().head, 3);
    // Two at once, from two nodes.
    let (another, _) = world.another_node().await;
    let space = SpaceId(fresh());
    let it = Command::CreateSpace(space, SpaceKind::List);
    let (one, two) = tokio::join!(
        world.sequencer.command(ann.submitter(), it.clone()),
        another.command(ann.submitter(), it)
    );
    assert_eq!((one, two), (Ok(()), Ok(())));
    assert_eq!(world.store.space_of(ann.user, space).await.unwrap().head, 3);
}

async fn one_personal_space_a_person(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let (another, _) = world.another_node().await;
    let found = || Command::CreateSpace(SpaceId(fresh()), SpaceKind::Personal);
    let (one, two) = tokio::join!(
        world.sequencer.command(ann.submitter(), found()),
        another.command(ann.submitter(), found())
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(one.and(two), Err(Rejection::PersonalExists));
    assert_eq!(world.store.spaces_of(ann.user).await.unwrap().len(), 1);
}
