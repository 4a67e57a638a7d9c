//! Two nodes over one database.

use std::sync::Arc;

use futures_util::future::join_all;
use umbra_model::{Kind, Role, SpaceKind, UserId};

use crate::sequencer::{Concern, Governance, Revocation, Sequencer};
use crate::store::exam::{Author, TestDatabase, World, create, exam, new_doc, push};
use crate::store::{Engine, db};

exam!(
    nodes_share_one_order,
    a_node_sees_what_another_wrote,
    one_of_two_creators_wins,
    nodes_tell_each_other,
);

async fn nodes_share_one_order(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (another, _) = world.another_node().await;
    let mut devices = Vec::new();
    for _ in 0..4 {
        devices.push(world.device(ann.user).await);
    }
    let nodes = [&world.sequencer, &another].into_iter().cycle();
    let writing = devices.into_iter().zip(nodes).map(|(mut device, node): (Author, &Sequencer)| {
        let node = node.clone();
        tokio::spawn(async move {
            let doc = new_doc();
            let first = device.begin(doc, Kind::Todo, "title", "0");
            let it = create(space, doc, Kind::Todo, &[&first]);
            node.push(device.submitter(), it).await.all_accepted();
            for n in 1..20 {
                let chunk = device.put(doc, "title", n.to_string());
                node.push(device.submitter(), push(doc, &[&chunk])).await.all_accepted();
            }
        })
    });
    for done in join_all(writing).await {
        done.unwrap();
    }
    let seqs =
        db!(world.store, all(i64,), "SELECT seq FROM log WHERE space = $1 ORDER BY seq", space.0);
    let seqs: Vec<_> = seqs.unwrap().into_iter().map(|(seq,)| seq).collect();
    assert_eq!(seqs, Vec::from_iter(1..=3 + 4 * 21));
}

async fn a_node_sees_what_another_wrote(database: TestDatabase) {
    let world = World::over(database).await;
    let (another, _) = world.another_node().await;
    let mut laptop = world.person("ann").await;
    let mut phone = world.device(laptop.user).await;
    let space = world.space(&laptop, SpaceKind::List).await;
    let (doc, chunk) = world.todo(&mut laptop, space, "milk").await;
    phone.take(doc, Kind::Todo, &[chunk]);
    // In turns, each upon what the other wrote, so that neither node's open document
    // is ever the newest.
    for n in 0..6 {
        let (node, writer, reader) = match n % 2 {
            0 => (&another, &mut phone, &mut laptop),
            _ => (&world.sequencer, &mut laptop, &mut phone),
        };
        let chunk = writer.put(doc, "title", n.to_string());
        node.push(writer.submitter(), push(doc, &[&chunk])).await.all_accepted();
        reader.take(doc, Kind::Todo, &[chunk]);
    }
    let page = world.store.pack(laptop.user, space, None, true, 1 << 20).await.unwrap();
    let packed = page.docs.iter().find(|it| it.doc == doc).unwrap();
    assert_eq!(packed.view.as_deref(), Some(r#"{"title":"5","v":1}"#));
}

/// Two spaces, two nodes, one id. The database itself refuses the second; nothing
/// else that was in the same batch is harmed.
async fn one_of_two_creators_wins(database: TestDatabase) {
    let world = World::over(database).await;
    let (another, _) = world.another_node().await;
    let ann = world.person("ann").await;
    let bob = world.person("bob").await;
    let mine = world.space(&ann, SpaceKind::List).await;
    let yours = world.space(&bob, SpaceKind::List).await;
    for _ in 0..8 {
        let doc = new_doc();
        let pushes =
            [(&ann, mine, &world.sequencer), (&bob, yours, &another)].map(|(who, space, node)| {
                let mut who = who.clone();
                let beside = new_doc();
                let first = who.begin(doc, Kind::Todo, "title", "mine");
                let second = who.begin(beside, Kind::Todo, "title", "beside");
                let first = node.push(who.submitter(), create(space, doc, Kind::Todo, &[&first]));
                let second = create(space, beside, Kind::Todo, &[&second]);
                (first, node.push(who.submitter(), second))
            });
        let [(a, a_beside), (b, b_beside)] = pushes;
        let (a, b, a_beside, b_beside) = tokio::join!(a, b, a_beside, b_beside);
        a_beside.all_accepted();
        b_beside.all_accepted();
        let mut codes = [a.codes(), b.codes()].concat();
        codes.sort_unstable();
        assert_eq!(codes, ["accepted", "not_found"]);
    }
}

async fn nodes_tell_each_other(database: TestDatabase) {
    let world = World::over(database).await;
    let (another, heard) = world.another_node().await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    if world.store.engine() == Engine::Sqlite {
        // There is one node, and it hears itself directly.
        world.sequencer.revoke(Revocation::User(ann.user));
        assert_eq!(world.heard.notes().revoked, [Revocation::User(ann.user)]);
        return;
    }
    heard.follow(space);
    heard.until(|notes| notes.resumed > 0).await;
    world.todo(&mut ann, space, "milk").await;
    heard.until(|notes| notes.moved.contains(&(space, None))).await;
    heard.until(|notes| notes.moved.contains(&(space, Some(5)))).await;
    let bob = world.person("bob").await;
    world.add(&ann, space, &bob, Role::Viewer).await;
    heard.until(|notes| notes.concerned.contains(&Concern::Member(bob.user))).await;
    world.govern(&ann, Governance::RemoveMember(space, bob.user)).await.unwrap();
    heard.until(|notes| notes.concerned.contains(&Concern::Orders(bob.device))).await;
    let revocations = [
        Revocation::User(ann.user),
        Revocation::Device(ann.device),
        Revocation::Session(UserId::from_bytes([5; 16]).0),
    ];
    for revocation in revocations {
        world.sequencer.revoke(revocation);
        heard.until(|notes| notes.revoked.contains(&revocation)).await;
    }
    assert_eq!(world.heard.notes().revoked, revocations, "each once: a node ignores itself");
    assert!(Arc::strong_count(&heard) > 1);
    another.close().await;
    let after = another.push(ann.submitter(), push(new_doc(), &[])).await;
    assert_eq!(after.codes(), Vec::<&str>::new());
    assert!(heard.notes().committed.is_empty(), "it committed nothing itself");
}

/// The log in partitions by space, as `docs/OPERATIONS.md` shows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partitioned_log_serves_the_same() {
    let database = TestDatabase::fresh(Engine::Postgres).await;
    database.open().await.close().await;
    let page = include_str!("../../../../docs/OPERATIONS.md");
    let (_, page) = page.split_once("```sql\n").unwrap();
    let (sql, _) = page.split_once("```").unwrap();
    assert!(sql.contains("PARTITION BY HASH (space)"));
    database.run(sql).await;
    nodes_share_one_order(database).await;
    let database = TestDatabase::fresh(Engine::Postgres).await;
    database.open().await.close().await;
    database.run(sql).await;
    a_node_sees_what_another_wrote(database).await;
}
