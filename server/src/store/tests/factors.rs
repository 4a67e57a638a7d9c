//! What looking at an account's factors costs, and how ceremonies come and go.

use umbra_model::{Millis, UserId};

use crate::store::exam::{TestDatabase, World, exam};
use crate::store::{Celebrant, CeremonyKind, Engine, Factors, NewCeremony, Store, db};

exam!(the_status_reads_index_entries_and_counts_nothing, ceremonies_are_bounded_and_swept);

/// How the database goes about the query of `Store::factors`.
async fn plan(store: &Store, user: UserId) -> Vec<String> {
    let mut tx = store.begin().await.unwrap();
    match store.engine() {
        Engine::Sqlite => {
            let rows = db!(tx tx, all (i64, i64, i64, String),
                pg "SELECT $1::BIGINT, 0::BIGINT, 0::BIGINT, ''",
                lite "EXPLAIN QUERY PLAN SELECT passwordless,
                    EXISTS (SELECT 1 FROM totp WHERE user_id = $1) AS has_totp,
                    EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1) AS has_passkeys
             FROM users WHERE id = $1", user.0);
            rows.unwrap().into_iter().map(|(_, _, _, step)| step).collect()
        }
        Engine::Postgres => {
            // Of small tables it would rather read the whole.
            db!(tx tx, exec pg "SET LOCAL enable_seqscan = off", lite "SELECT 1").unwrap();
            let rows = db!(tx tx, all (String,),
                pg "EXPLAIN SELECT passwordless,
                    EXISTS (SELECT 1 FROM totp WHERE user_id = $1) AS has_totp,
                    EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1) AS has_passkeys
             FROM users WHERE id = $1",
                lite "SELECT '' WHERE $1 IS NULL", user.0);
            rows.unwrap().into_iter().map(|(step,)| step).collect()
        }
    }
}

async fn the_status_reads_index_entries_and_counts_nothing(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let plan = plan(&world.store, ann.user).await;
    let reads: Vec<_> = plan
        .iter()
        .filter(|step| ["SEARCH", "SCAN", "Scan"].iter().any(|word| step.contains(word)))
        .collect();
    assert_eq!(reads.len(), 3, "users, totp, passkeys: {plan:?}");
    for step in reads {
        let by_index = step.contains("USING") || step.contains("Index");
        assert!(by_index && !step.contains("Seq"), "{plan:?}");
    }
    assert!(!plan.iter().any(|step| step.contains("Aggregate")), "{plan:?}");
    // What was explained is what is asked.
    let explained = include_str!("factors.rs").split("EXPLAIN SELECT").nth(1).unwrap();
    let explained = explained.split('"').next().unwrap();
    assert!(include_str!("../factors.rs").contains(&format!("SELECT{explained}")));
    assert_eq!(include_str!("factors.rs").matches(explained).count(), 2, "on both engines");
    let none = Factors { has_totp: false, has_passkeys: false, passwordless: false };
    assert_eq!(world.store.factors(ann.user).await.unwrap(), none);
}

fn ceremony(n: u8, expires_at: i64) -> NewCeremony {
    NewCeremony {
        token_hash: [n; 32],
        kind: CeremonyKind::PasskeySignIn,
        whose: Celebrant::default(),
        state: vec![n],
        expires_at: Millis(expires_at),
    }
}

async fn ceremonies_are_bounded_and_swept(database: TestDatabase) {
    let world = World::over(database).await;
    let store = &world.store;
    for n in 1..=5 {
        store.begin_ceremony(&ceremony(n, 100), 3, Millis(n.into())).await.unwrap();
    }
    let take = async |n: u8, now: i64| {
        let kind = CeremonyKind::PasskeySignIn;
        store.take_ceremony(&[n; 32], kind, Celebrant::default(), Millis(now)).await.unwrap()
    };
    assert_eq!(take(2, 50).await, None, "the oldest went");
    assert_eq!(take(3, 100).await, None, "it is over");
    assert_eq!(take(3, 99).await, Some(vec![3]));
    assert_eq!(take(3, 99).await, None, "once");
    store.begin_ceremony(&ceremony(6, 300), 3, Millis(200)).await.unwrap();
    let left = db!(store, val i64, "SELECT COUNT(*) FROM ceremonies").unwrap();
    assert_eq!(left, 1, "what is over is swept away");
}
