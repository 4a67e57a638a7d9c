//! A server that was restored from a backup gets back what it had lost.

use umbra_model::{DocId, Kind, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::genesis;
use umbra_sync_protocol::wire::{
    Accepted, Bytes, Command, Event, MemberEvent, Push, Receipt, Verdict,
};

use crate::audit::audit;
use crate::backup::{backup, restore};
use crate::sequencer::Governance::{AddMember, ChangeRole, RemoveMember};
use crate::sequencer::Rejection;
use crate::store::exam::{Author, TestDatabase, World, create, exam, new_doc, push};

exam!(
    what_was_accepted_comes_back,
    who_was_demoted_slips_nothing_in,
    receipts_prove_nothing_else,
    what_comes_back_early_may_come_again,
    what_builds_on_another_device_waits_for_it,
    a_space_that_was_lost_comes_back,
    lost_memberships_come_back_in_their_order,
    lost_memberships_may_come_late,
    purge_orders_wait_for_the_owner,
    a_cold_start_tells_what_is_purged,
    an_owner_ahead_of_the_log_is_believed,
);

/// Ann's list, where Bob edits.
struct Stage {
    world: World,
    ann: Author,
    bob: Author,
    list: SpaceId,
    doc: DocId,
}

async fn stage(database: TestDatabase) -> Stage {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let mut bob = world.person("bob").await;
    let list = world.space(&ann, SpaceKind::List).await;
    world.add(&ann, list, &bob, Role::Editor).await;
    let (doc, chunk) = world.todo(&mut ann, list, "milk").await;
    bob.take(doc, Kind::Todo, &[chunk]);
    Stage { world, ann, bob, list, doc }
}

impl World {
    /// Takes a backup, lets this happen, loses the server, and restores it.
    pub(super) async fn lose(self, what: impl AsyncFnOnce(&Self)) -> Self {
        let file = self.database.dir.path().join("umbra.backup");
        backup(&self.store, &file).await.unwrap();
        what(&self).await;
        self.sequencer.close().await;
        let target = self.database.another().await;
        restore(&file, &target.open().await).await.unwrap();
        Self::over(target).await
    }

    /// Pushes a change, and keeps what the verdict says of it.
    async fn kept(&self, by: &Author, space: SpaceId, push: Push) -> Vec<Accepted> {
        let pushed = self.push(by, push).await;
        let kept = pushed.verdicts.verdicts.into_iter().map(|verdict| match verdict {
            Verdict::Accepted { seq, receipt, .. } => Accepted { space, seq, receipt },
            Verdict::Refused { .. } => panic!("{verdict:?}"),
        });
        kept.collect()
    }

    /// The membership event at this place of the log.
    pub(super) async fn membership(&self, space: SpaceId, seq: u64) -> MemberEvent {
        let told = self.heard.commit_of(space, seq).await;
        let entry = told.entries.iter().find(|it| it.seq == seq).unwrap();
        let Event::Member(event) = &entry.event else { panic!("{entry:?}") };
        event.clone()
    }

    pub(super) async fn assert_sound(&self) {
        assert_eq!(audit(&self.store).await.unwrap().findings, []);
    }

    async fn is_recovering(&self, by: &Author, space: SpaceId) -> bool {
        self.store.space_of(by.user, space).await.unwrap().recovering
    }
}

/// A push that gives changes back.
fn back(doc: DocId, chunk: &Bytes, receipts: &[Accepted]) -> Push {
    let mut it = push(doc, &[chunk]);
    it.items[0].receipts = Some(receipts.to_vec());
    it
}

fn back_new(space: SpaceId, doc: DocId, chunk: &Bytes, receipts: &[Accepted]) -> Push {
    let mut it = create(space, doc, Kind::Todo, &[chunk]);
    it.items[0].receipts = Some(receipts.to_vec());
    it
}

async fn what_was_accepted_comes_back(database: TestDatabase) {
    let Stage { world, mut ann, mut bob, list, doc } = stage(database).await;
    let (anns, bobs) = (ann.put(doc, "title", "ann's"), bob.put(doc, "title", "bob's"));
    let (new, mine) = (new_doc(), bob.begin(new_doc(), Kind::Todo, "title", "new"));
    let mut kept = Vec::new();
    let world = world
        .lose(async |world| {
            kept.push(world.kept(&ann, list, push(doc, &[&anns])).await);
            kept.push(world.kept(&bob, list, push(doc, &[&bobs])).await);
            kept.push(world.kept(&bob, list, create(list, new, Kind::Todo, &[&mine])).await);
        })
        .await;
    assert!(world.is_recovering(&bob, list).await);
    let pushed = world.push(&bob, push(doc, &[&bobs])).await;
    assert_eq!(pushed.codes(), ["space_recovering"], "without proof, he waits");
    let pushed = world.push(&bob, back(doc, &bobs, &kept[1])).await;
    assert_eq!(pushed.all_accepted(), [7], "a new place");
    let Verdict::Accepted { receipt, .. } = pushed.verdicts.verdicts[0] else { panic!() };
    assert_ne!(receipt, kept[1][0].receipt, "and a new seal");
    let pushed = world.push(&bob, back_new(list, new, &mine, &kept[2])).await;
    assert_eq!(pushed.all_accepted(), [9]);
    let pushed = world.push(&ann, back(doc, &anns, &kept[0])).await;
    assert_eq!(pushed.all_accepted(), [10]);
    let again = world.push(&bob, back(doc, &bobs, &kept[1])).await;
    assert_eq!(again.all_accepted(), [7], "once is enough");
    let later = ann.put(doc, "title", "the owner goes on");
    assert_eq!(world.push(&ann, push(doc, &[&later])).await.all_accepted(), [11]);
    let recovered = Command::Recovered(list);
    let denied = world.command(&bob, recovered.clone()).await;
    assert!(matches!(denied, Err(Rejection::Denied(_))), "{denied:?}");
    world.command(&ann, recovered.clone()).await.unwrap();
    world.command(&ann, recovered).await.unwrap();
    let notes = world.heard.until(|notes| notes.committed.iter().any(|it| it.announce)).await;
    let told = notes.committed.iter().find(|it| it.announce && it.from > it.to).unwrap();
    assert_eq!((told.from, told.to, told.entries.len()), (12, 11, 0));
    assert!(!world.is_recovering(&bob, list).await);
    let edit = bob.put(doc, "title", "and so does he");
    world.push(&bob, push(doc, &[&edit])).await.all_accepted();
    world.assert_sound().await;
}

async fn who_was_demoted_slips_nothing_in(database: TestDatabase) {
    let Stage { world, ann, mut bob, list, doc } = stage(database).await;
    let before = bob.put(doc, "title", "while he might");
    let slipped = bob.put(doc, "title", "never accepted");
    let mut kept = Vec::new();
    let mut demotion = None;
    let world = world
        .lose(async |world| {
            kept = world.kept(&bob, list, push(doc, &[&before])).await;
            world.govern(&ann, ChangeRole(list, bob.user, Role::Viewer)).await.unwrap();
            demotion = Some(world.membership(list, 8).await);
            assert_eq!(world.push(&bob, push(doc, &[&slipped])).await.codes(), ["role_too_weak"]);
        })
        .await;
    let demotion = demotion.unwrap();
    assert_eq!(world.push(&bob, push(doc, &[&slipped])).await.codes(), ["space_recovering"]);
    let forged = Accepted { seq: 9, ..kept[0].clone() };
    let pushed = world.push(&bob, back(doc, &slipped, &[forged])).await;
    assert_eq!(pushed.codes(), ["receipt_invalid"]);
    // Anybody may give back what is sealed, even who would rather not.
    world.command(&bob, Command::RestoreMember(demotion.clone(), list, 8)).await.unwrap();
    assert_eq!(world.store.space_of(bob.user, list).await.unwrap().role, Role::Viewer);
    let pushed = world.push(&bob, back(doc, &before, &kept)).await;
    assert_eq!(pushed.all_accepted(), [8], "it was accepted once, whatever he is now");
    world.command(&ann, Command::Recovered(list)).await.unwrap();
    assert_eq!(world.push(&bob, push(doc, &[&slipped])).await.codes(), ["role_too_weak"]);
    let late = world.command(&bob, Command::RestoreMember(demotion, list, 8)).await;
    assert_eq!(late, Err(Rejection::NotRecovering));
    world.assert_sound().await;
}

async fn receipts_prove_nothing_else(database: TestDatabase) {
    let Stage { world, ann, mut bob, list, doc } = stage(database).await;
    let phone = world.device(bob.user).await;
    let chunk = bob.put(doc, "title", "bob's");
    let other = bob.put(doc, "title", "another");
    let mut kept = Vec::new();
    let world =
        world.lose(async |world| kept = world.kept(&bob, list, push(doc, &[&chunk])).await).await;
    let elsewhere = world.space(&ann, SpaceKind::List).await;
    let shown = &kept[0];
    let cases = [
        Accepted { receipt: Receipt([0; 16]), ..shown.clone() },
        Accepted { seq: shown.seq + 1, ..shown.clone() },
        Accepted { space: elsewhere, ..shown.clone() },
    ];
    for case in cases {
        let pushed = world.push(&bob, back(doc, &chunk, &[case])).await;
        assert_eq!(pushed.codes(), ["receipt_invalid"]);
    }
    let mut two = push(doc, &[&chunk, &other]);
    two.items[0].receipts = Some(kept.clone());
    let both = ["receipt_invalid", "receipt_invalid"];
    assert_eq!(world.push(&bob, two.clone()).await.codes(), both, "one a change");
    let pushed = world.push(&phone, back(doc, &chunk, &kept)).await;
    assert_eq!(pushed.codes(), ["receipt_invalid"], "it is his laptop's");
    assert_eq!(world.push(&ann, back(doc, &chunk, &kept)).await.codes(), ["receipt_invalid"]);
    two.items[0].receipts = Some(vec![shown.clone(), shown.clone()]);
    let pushed = world.push(&bob, two).await;
    assert_eq!(pushed.codes(), ["accepted", "receipt_invalid"]);
    world.assert_sound().await;
}

async fn what_comes_back_early_may_come_again(database: TestDatabase) {
    let Stage { world, mut ann, mut bob, list, .. } = stage(database).await;
    let new = new_doc();
    let anns = ann.begin(new, Kind::Todo, "title", "ann's");
    bob.take(new, Kind::Todo, std::slice::from_ref(&anns));
    let bobs = bob.put(new, "title", "bob's");
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let world = world
        .lose(async |world| {
            first = world.kept(&ann, list, create(list, new, Kind::Todo, &[&anns])).await;
            second = world.kept(&bob, list, push(new, &[&bobs])).await;
        })
        .await;
    let early = world.push(&bob, back(new, &bobs, &second)).await;
    let Verdict::Refused { code, permanent: false, .. } = &early.verdicts.verdicts[0] else {
        panic!("{early:?}")
    };
    assert_eq!(code, "space_recovering", "somebody may bring what it builds on");
    let ordinary = world.push(&bob, push(new, &[&bobs])).await;
    assert_eq!(ordinary.codes(), ["space_recovering"], "what isn't there may come back");
    world.push(&ann, back_new(list, new, &anns, &first)).await.all_accepted();
    world.push(&bob, back(new, &bobs, &second)).await.all_accepted();
    world.assert_sound().await;
}

/// In a personal space too, which never recovers: whoever comes first doesn't have to
/// make anew what the second would have made possible.
async fn what_builds_on_another_device_waits_for_it(database: TestDatabase) {
    let world = World::over(database).await;
    let mut laptop = world.person("ann").await;
    let mut phone = world.device(laptop.user).await;
    let personal = world.space(&laptop, SpaceKind::Personal).await;
    let doc = DocId::from(personal);
    phone.hold(doc, genesis::start(Kind::Space));
    laptop.hold(doc, genesis::start(Kind::Space));
    let first = phone.put(doc, "name", "the phone's");
    laptop.take(doc, Kind::Space, std::slice::from_ref(&first));
    let second = laptop.put(doc, "name", "the laptop's, after it");
    let (mut phones, mut laptops) = (Vec::new(), Vec::new());
    let world = world
        .lose(async |world| {
            phones = world.kept(&phone, personal, push(doc, &[&first])).await;
            laptops = world.kept(&laptop, personal, push(doc, &[&second])).await;
        })
        .await;
    assert!(!world.is_recovering(&laptop, personal).await);
    let early = world.push(&laptop, back(doc, &second, &laptops)).await;
    assert_eq!(early.codes(), ["space_recovering"]);
    let new = world.push(&laptop, push(doc, &[&second])).await;
    assert_eq!(new.codes(), ["missing_dependencies"], "without proof it is as ever");
    world.push(&phone, back(doc, &first, &phones)).await.all_accepted();
    world.push(&laptop, back(doc, &second, &laptops)).await.all_accepted();
    world.assert_sound().await;
}

async fn a_space_that_was_lost_comes_back(database: TestDatabase) {
    let Stage { world, mut ann, mut bob, .. } = stage(database).await;
    let (doc, mut lost) = (new_doc(), None);
    let chunk = ann.begin(doc, Kind::Todo, "title", "ann's");
    bob.take(doc, Kind::Todo, std::slice::from_ref(&chunk));
    let bobs = bob.put(doc, "title", "bob's");
    let (mut anns_kept, mut bobs_kept, mut joined) = (Vec::new(), Vec::new(), None);
    let world = world
        .lose(async |world| {
            let space = world.space(&ann, SpaceKind::Project).await;
            world.add(&ann, space, &bob, Role::Editor).await;
            joined = Some(world.membership(space, 4).await);
            anns_kept = world.kept(&ann, space, create(space, doc, Kind::Todo, &[&chunk])).await;
            bobs_kept = world.kept(&bob, space, push(doc, &[&bobs])).await;
            lost = Some(space);
        })
        .await;
    let (space, joined) = (lost.unwrap(), joined.unwrap());
    let give_back = back_new(space, doc, &bobs, &bobs_kept);
    assert_eq!(world.push(&bob, give_back.clone()).await.codes(), ["space_recovering"]);
    world.command(&ann, Command::CreateSpace(space, SpaceKind::Project)).await.unwrap();
    assert!(!world.is_recovering(&ann, space).await);
    world.push(&ann, back_new(space, doc, &chunk, &anns_kept)).await.all_accepted();
    assert!(world.is_recovering(&ann, space).await, "the receipt shows that it was lost");
    world.command(&bob, Command::RestoreMember(joined, space, 4)).await.unwrap();
    assert_eq!(world.push(&bob, push(doc, &[&bobs])).await.codes(), ["space_recovering"]);
    world.push(&bob, give_back).await.all_accepted();
    world.command(&ann, Command::Recovered(space)).await.unwrap();
    let edit = bob.put(doc, "title", "on");
    world.push(&bob, push(doc, &[&edit])).await.all_accepted();
    world.assert_sound().await;
}

async fn lost_memberships_come_back_in_their_order(database: TestDatabase) {
    let Stage { world, ann, bob, list, .. } = stage(database).await;
    let eve = world.person("eve").await;
    let carl = world.person("carl").await;
    let mut events = Vec::new();
    let world = world
        .lose(async |world| {
            world.govern(&ann, AddMember(list, eve.user, Role::Editor)).await.unwrap();
            world.govern(&ann, RemoveMember(list, eve.user)).await.unwrap();
            world.govern(&ann, AddMember(list, carl.user, Role::Editor)).await.unwrap();
            world.govern(&ann, ChangeRole(list, bob.user, Role::Commenter)).await.unwrap();
            for seq in 7..=10 {
                events.push((world.membership(list, seq).await, seq));
            }
        })
        .await;
    let give = async |by: &Author, n: usize| {
        let (event, seq) = &events[n];
        world.command(by, Command::RestoreMember(event.clone(), list, *seq)).await
    };
    let role =
        async |who: &Author| world.store.space_of(who.user, list).await.ok().map(|it| it.role);
    // The later first: the earlier changes nothing any more.
    give(&bob, 1).await.unwrap();
    give(&eve, 0).await.unwrap();
    assert_eq!(role(&eve).await, None);
    // A decision of this time outranks one of the lost time.
    world.govern(&ann, ChangeRole(list, bob.user, Role::Manager)).await.unwrap();
    give(&ann, 3).await.unwrap();
    assert_eq!(role(&bob).await, Some(Role::Manager));
    give(&carl, 2).await.unwrap();
    assert_eq!(role(&carl).await, Some(Role::Editor));
    give(&carl, 2).await.unwrap();
    let (event, seq) = &events[2];
    let forged = MemberEvent { role: Some(Role::Manager), ..event.clone() };
    let forged = world.command(&carl, Command::RestoreMember(forged, list, *seq)).await;
    assert_eq!(forged, Err(Rejection::ReceiptInvalid));
    let waits = world.govern(&bob, RemoveMember(list, carl.user)).await;
    assert_eq!(waits, Err(Rejection::Recovering), "only the owner governs meanwhile");
    assert_eq!(world.store.space_of(ann.user, list).await.unwrap().head, 9);
    world.assert_sound().await;
}

/// The owner's phone ended the recovery, and knew less than the laptop that comes
/// behind it.
async fn lost_memberships_may_come_late(database: TestDatabase) {
    let Stage { world, ann, bob, list, .. } = stage(database).await;
    let eve = world.person("eve").await;
    let (mut demoted, mut joined) = (None, None);
    let world = world
        .lose(async |world| {
            world.govern(&ann, ChangeRole(list, bob.user, Role::Viewer)).await.unwrap();
            world.govern(&ann, AddMember(list, eve.user, Role::Editor)).await.unwrap();
            demoted = Some(world.membership(list, 7).await);
            joined = Some(world.membership(list, 8).await);
        })
        .await;
    world.command(&ann, Command::Recovered(list)).await.unwrap();
    let joined = Command::RestoreMember(joined.unwrap(), list, 8);
    let late = world.command(&eve, joined.clone()).await;
    assert_eq!(late, Err(Rejection::NotRecovering), "nobody rises by themselves");
    let demoted = Command::RestoreMember(demoted.unwrap(), list, 7);
    world.command(&eve, demoted.clone()).await.unwrap();
    assert_eq!(world.store.space_of(bob.user, list).await.unwrap().role, Role::Viewer);
    world.command(&ann, joined).await.unwrap();
    assert_eq!(world.store.space_of(eve.user, list).await.unwrap().role, Role::Editor);
    world.govern(&ann, ChangeRole(list, bob.user, Role::Manager)).await.unwrap();
    world.command(&ann, demoted).await.unwrap();
    assert_eq!(world.store.space_of(bob.user, list).await.unwrap().role, Role::Manager);
    world.assert_sound().await;
}

async fn purge_orders_wait_for_the_owner(database: TestDatabase) {
    let Stage { world, ann, bob, list, .. } = stage(database).await;
    world.govern(&ann, RemoveMember(list, bob.user)).await.unwrap();
    let mut readded = None;
    let world = world
        .lose(async |world| {
            world.govern(&ann, AddMember(list, bob.user, Role::Editor)).await.unwrap();
            readded = Some(world.membership(list, 8).await);
        })
        .await;
    assert_eq!(world.store.open_purges(bob.device).await.unwrap(), [], "he may hold what was lost");
    world.command(&bob, Command::RestoreMember(readded.unwrap(), list, 8)).await.unwrap();
    world.command(&ann, Command::Recovered(list)).await.unwrap();
    assert_eq!(world.store.open_purges(bob.device).await.unwrap(), []);
    world.govern(&ann, RemoveMember(list, bob.user)).await.unwrap();
    assert_eq!(world.store.open_purges(bob.device).await.unwrap().len(), 1);
}

/// Whoever has such a document can't know otherwise that nobody will bring it back.
async fn a_cold_start_tells_what_is_purged(database: TestDatabase) {
    let Stage { world, ann, bob, list, doc } = stage(database).await;
    world.sequencer.purge_doc(ann.submitter(), doc).await.unwrap();
    let told = async |world: &World| {
        let pack = world.store.pack(bob.user, list, None, false, 1 << 20).await.unwrap();
        let events = pack.events.unwrap().into_iter().map(|it| it.event);
        events.filter(|it| matches!(it, Event::Purged { .. })).collect::<Vec<_>>()
    };
    assert_eq!(told(&world).await, [], "without a restore, the log has told it");
    let world = world.lose(async |_| {}).await;
    assert_eq!(told(&world).await, [Event::Purged { doc }]);
}

/// Somebody put an old copy of the database back without `restore`.
async fn an_owner_ahead_of_the_log_is_believed(database: TestDatabase) {
    let Stage { world, ann, mut bob, list, doc } = stage(database).await;
    world.sequencer.behind(bob.submitter(), list, 99).await.unwrap();
    world.sequencer.behind(ann.submitter(), list, 6).await.unwrap();
    assert!(!world.is_recovering(&ann, list).await, "who else says so proves nothing");
    let stranger = world.person("eve").await;
    let pried = world.sequencer.behind(stranger.submitter(), list, 99).await;
    assert_eq!(pried, Err(Rejection::NotFound));
    world.sequencer.behind(ann.submitter(), list, 7).await.unwrap();
    assert!(world.is_recovering(&ann, list).await);
    let edit = bob.put(doc, "title", "waits");
    assert_eq!(world.push(&bob, push(doc, &[&edit])).await.codes(), ["space_recovering"]);
}
