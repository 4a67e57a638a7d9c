//! One order per space, whoever writes at once, and one commit for all that waits.

use std::sync::Arc;

use futures_util::future::join_all;
use umbra_model::{Kind, Role, SpaceId, SpaceKind};

use crate::sequencer::core::{Needs, Open, decide};
use crate::sequencer::{Committed, Request, Seal, Submission};
use crate::store::exam::{TestDatabase, World, create, exam, new_doc, push};
use crate::store::{self, Store, db};

exam!(
    order_is_gap_free_under_concurrency,
    what_waits_is_committed_together,
    what_is_not_committed_never_happened,
    an_unknown_outcome_is_repaired_by_pushing_again,
);

/// The sequence numbers of a space's log.
async fn log_of(store: &Store, space: SpaceId) -> Vec<i64> {
    let rows = db!(store, all(i64,), "SELECT seq FROM log WHERE space = $1 ORDER BY seq", space.0);
    rows.unwrap().into_iter().map(|(seq,)| seq).collect()
}

async fn order_is_gap_free_under_concurrency(database: TestDatabase) {
    let world = Arc::new(World::over(database).await);
    let ann = world.person("ann").await;
    let spaces =
        [world.space(&ann, SpaceKind::List).await, world.space(&ann, SpaceKind::List).await];
    let mut people = Vec::new();
    for n in 0..6 {
        let person = world.person(&format!("person{n}")).await;
        for space in spaces {
            world.add(&ann, space, &person, Role::Editor).await;
        }
        people.push(person);
    }
    let writing = people.into_iter().map(|mut person| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let mut places = Vec::new();
            for space in spaces {
                let (doc, _) = world.todo(&mut person, space, "0").await;
                for n in 1..15 {
                    let chunk = person.put(doc, "title", n.to_string());
                    let seqs = world.push(&person, push(doc, &[&chunk])).await.all_accepted();
                    places.push((space, seqs[0]));
                }
            }
            places
        })
    });
    let mut places: Vec<_> = join_all(writing).await.into_iter().flat_map(Result::unwrap).collect();
    let given = places.len();
    places.sort();
    places.dedup();
    assert_eq!(places.len(), given, "no place was given twice");
    for space in spaces {
        let head = world.store.space_of(ann.user, space).await.unwrap().head;
        assert_eq!(head, 9 + 6 * 16);
        assert_eq!(log_of(&world.store, space).await, Vec::from_iter(1..=head as i64));
        world.heard.commit_of(space, head).await;
        let told = world.heard.notes().committed;
        let told: Vec<_> = told.iter().filter(|it| it.space == space).collect();
        for (earlier, later) in told.iter().zip(&told[1..]) {
            assert_eq!(earlier.to + 1, later.from, "news come in the order of the log");
        }
        let seqs = |it: &&Arc<Committed>| it.entries.iter().map(|it| it.seq).collect::<Vec<_>>();
        assert!(told.iter().all(|it| seqs(it) == Vec::from_iter(it.from..=it.to)));
    }
}

async fn what_waits_is_committed_together(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let before = world.heard.commit_of(space, 1).await.to;
    let mut holding = world.store.begin().await.unwrap();
    db!(tx holding, val i64,
        pg "SELECT head FROM spaces WHERE space = $1 FOR UPDATE",
        lite "SELECT head FROM spaces WHERE space = $1", space.0)
    .unwrap();
    let pushes: Vec<_> = (0..64)
        .map(|n| {
            let doc = new_doc();
            let chunk = ann.begin(doc, Kind::Todo, "title", n.to_string());
            world.sequencer.push(ann.submitter(), create(space, doc, Kind::Todo, &[&chunk]))
        })
        .collect();
    drop(holding);
    let places = join_all(pushes).await;
    let places: Vec<_> = places.iter().flat_map(|pushed| pushed.all_accepted()).collect();
    let expected: Vec<_> = (0..64).map(|n| before + 2 + 2 * n).collect();
    assert_eq!(places, expected, "what is called first is judged first");
    world.heard.commit_of(space, before + 128).await;
    let commits = world.heard.notes().committed.len();
    assert!(commits <= 3, "{commits} commits for 64 pushes, the founding among them");
}

async fn what_is_not_committed_never_happened(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let doc = new_doc();
    let chunk = ann.begin(doc, Kind::Todo, "title", "milk");
    let push = create(space, doc, Kind::Todo, &[&chunk]);

    // All that the sequencer does, up to the commit; then the process is gone.
    let submissions = [Submission { by: ann.submitter(), request: Request::Push(push.clone()) }];
    let mut needs = Needs::of(&submissions);
    let mut tx = world.store.begin().await.unwrap();
    needs.locate(&tx.homes(needs.docs.keys().copied()).await.unwrap());
    let facts = tx.facts(&needs, None).await.unwrap();
    let seal = Seal::new(&world.store.meta().receipt_key);
    let decision = decide(&submissions, facts, Open::new(), &seal, store::now());
    assert_eq!(decision.rows().len(), 2);
    tx.write(&decision).await.unwrap();
    drop(tx);

    assert_eq!(log_of(&world.store, space).await, [1, 2, 3]);
    assert_eq!(world.push(&ann, push).await.all_accepted(), [5]);
}

async fn an_unknown_outcome_is_repaired_by_pushing_again(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (doc, _) = world.todo(&mut ann, space, "milk").await;
    let chunk = ann.put(doc, "title", "bread");
    // The answer is lost: the connection goes while the push waits.
    drop(world.sequencer.push(ann.submitter(), push(doc, &[&chunk])));
    world.heard.commit_of(space, 6).await;
    let (another, _) = world.another_node().await;
    for sequencer in [&world.sequencer, &another] {
        let pushed = sequencer.push(ann.submitter(), push(doc, &[&chunk])).await;
        assert_eq!(pushed.all_accepted(), [6]);
    }
}
