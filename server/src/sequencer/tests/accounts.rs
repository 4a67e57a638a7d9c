//! What only the database can promise of accounts.

use umbra_model::{Millis, Role, SpaceKind};

use crate::sequencer::keeper::{close, forget};
use crate::store::exam::{TestDatabase, World, exam};
use crate::store::{AuditEvent, AuditFilter, db, now};

exam!(
    the_audit_log_only_grows,
    the_audit_log_is_forgotten_as_was_set,
    what_a_deleted_account_left_is_closed_by_housekeeping,
);

const DAY: i64 = 24 * 3_600 * 1_000;

async fn the_audit_log_only_grows(database: TestDatabase) {
    let store = database.open().await;
    store.audit(&AuditEvent::new("sign_in", "ok"), now()).await.unwrap();
    let old = Millis(now().0 - 31 * DAY);
    store.audit(&AuditEvent::new("sign_in", "ok"), old).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    db!(tx tx, exec "UPDATE audit_log SET outcome = 'x'").unwrap_err();
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    db!(tx tx, exec "DELETE FROM audit_log").unwrap_err();
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    db!(tx tx, exec pg "TRUNCATE audit_log", lite "DELETE FROM audit_log WHERE true").unwrap_err();
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    db!(tx tx, exec
        pg "INSERT INTO audit_log (id, at, action, outcome) OVERRIDING SYSTEM VALUE
            SELECT id, 1, 'x', 'x' FROM audit_log ON CONFLICT (id) DO UPDATE SET at = 1",
        lite "INSERT INTO audit_log (id, at, action, outcome)
              SELECT id, 1, 'x', 'x' FROM audit_log WHERE true ON CONFLICT (id) DO UPDATE SET at = 1")
    .unwrap_err();
    drop(tx);
    let trail = store.audit_trail(&AuditFilter::default(), i64::MAX, 10).await.unwrap();
    assert_eq!(trail.len(), 2);
    assert!(trail.iter().all(|entry| entry.outcome == "ok"));
}

async fn the_audit_log_is_forgotten_as_was_set(database: TestDatabase) {
    let store = database.open().await;
    for days in [0, 29, 364, 366, 4_000] {
        store.audit(&AuditEvent::new("sign_in", "ok"), Millis(now().0 - days * DAY)).await.unwrap();
    }
    let left =
        async || store.audit_trail(&AuditFilter::default(), i64::MAX, 10).await.unwrap().len();
    forget(&store, now()).await.unwrap();
    assert_eq!(left().await, 3);
    // However wrong the clock of a node is, what is young stays.
    assert!(forget(&store, Millis(now().0 + 4_000 * DAY)).await.is_err());
    assert_eq!(left().await, 3);
}

async fn what_a_deleted_account_left_is_closed_by_housekeeping(database: TestDatabase) {
    let world = World::over(database).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let shared = world.space(&ann, SpaceKind::List).await;
    world.add(&ann, shared, &bob, Role::Editor).await;
    let own = world.space(&bob, SpaceKind::Calendar).await;
    world.space(&bob, SpaceKind::Personal).await;
    // The server stopped here, behind the first step of deleting bob's account.
    world.store.bury(bob.user, b"bob", now()).await.unwrap();
    assert_eq!(world.store.remains(None).await.unwrap().len(), 3);
    close(&world.store, &world.sequencer.queue()).await.unwrap();
    assert_eq!(world.store.remains(None).await.unwrap(), []);
    assert_eq!(world.store.members(ann.user, shared).await.unwrap().len(), 1);
    assert!(world.store.owned_spaces(bob.user).await.unwrap().is_empty());
    assert!(world.store.space_of(bob.user, own).await.is_err());
    let named = db!(world.store, val i64,
        "SELECT COUNT(*) FROM log WHERE member_id = $1 AND member_name <> ''", bob.user.0);
    assert_eq!(named.unwrap(), 0, "no log says what they were called");
    let report = crate::audit::audit(&world.store).await.unwrap();
    assert_eq!(report.findings, []);
}
