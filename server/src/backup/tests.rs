//! Backups of either engine, restored into either.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use umbra_model::{Kind, Role, SpaceKind};

use super::{BadArchive, RestoreError, Summary, backup, restore};
use crate::audit::audit;
use crate::store::exam::{TestDatabase, World, create, exam, fresh, new_doc, push};
use crate::store::{Cell, Engine, Store, StoreError, TABLES, db};

exam!(
    either_engine_restores_it,
    it_is_of_one_moment,
    only_an_empty_database_takes_it,
    a_damaged_backup_restores_nothing,
);

fn path(database: &TestDatabase) -> PathBuf {
    database.dir.path().join("umbra.backup")
}

/// Every row of every table, by the names of the columns.
async fn dump(store: &Store) -> Vec<(&'static str, Vec<Vec<Cell>>)> {
    let mut tx = store.snapshot().await.unwrap();
    let mut tables = Vec::new();
    for table in TABLES {
        let mut rows = Vec::new();
        let take = async |row| -> Result<(), StoreError> {
            rows.push(row);
            Ok(())
        };
        tx.dump(table, take).await.unwrap();
        tables.push((table.name, rows));
    }
    tables
}

/// A server on which every table has rows.
async fn stage(database: TestDatabase) -> World {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let bob = world.person("bob").await;
    let list = world.space(&ann, SpaceKind::List).await;
    world.space(&ann, SpaceKind::Personal).await;
    world.add(&ann, list, &bob, Role::Editor).await;
    let (doc, _) = world.todo(&mut ann, list, "milk").await;
    let chunks: Vec<_> = (0..30).map(|n| ann.put(doc, "title", n.to_string())).collect();
    world.push(&ann, push(doc, &chunks.iter().collect::<Vec<_>>())).await.all_accepted();
    let later = crate::store::now().0 + 2 * crate::store::limits::FOLD_AFTER_MILLIS;
    assert_eq!(world.store.fold(umbra_model::Millis(later)).await.unwrap(), 1);
    world.todo(&mut ann, list, "bread").await;
    world.govern(&bob, crate::sequencer::Governance::Leave(list)).await.unwrap();
    let mut tx = world.store.begin().await.unwrap();
    for kind in ["cookie", "bearer"] {
        db!(tx tx, exec
            "INSERT INTO sessions (id, token_hash, user_id, device_id, kind, created_at, seen_at, fresh_at)
             VALUES ($1, $2, $3, $4, $5, 1, 2, 3)",
            fresh(), kind.as_bytes(), ann.user.0, ann.device.0, kind).unwrap();
    }
    db!(tx tx, exec "INSERT INTO settings (name, value, changed_at) VALUES ('a', 'b', 1)").unwrap();
    db!(tx tx, exec
        "INSERT INTO login_failures (key, failures, failed_at) VALUES ($1, 3, 1)", vec![1_u8])
    .unwrap();
    db!(tx tx, exec
        "INSERT INTO invitations (id, token_hash, note, is_admin, uses_max, uses, created_by, created_at, expires_at)
         VALUES ($1, $2, 'a', true, 1, 0, $3, 1, 2)", fresh(), vec![2_u8], ann.user.0)
    .unwrap();
    db!(tx tx, exec
        "INSERT INTO password_resets (user_id, token_hash, created_at, expires_at) VALUES ($1, $2, 1, 2)",
        ann.user.0, vec![3_u8])
    .unwrap();
    db!(tx tx, exec
        "INSERT INTO audit_log (at, actor_id, action, outcome, detail) VALUES (1, $1, 'x', 'ok', 'ü')",
        ann.user.0).unwrap();
    let id = ann.user.0;
    db!(tx tx, exec
        "INSERT INTO totp (user_id, secret, key_id, last_step, enrolled_at) VALUES ($1, $2, $2, 7, 1)",
        id, vec![1_u8])
    .unwrap();
    db!(tx tx, exec
        "INSERT INTO recovery_codes (user_id, code_hash, created_at) VALUES ($1, $2, 1)", id, vec![2_u8])
    .unwrap();
    db!(tx tx, exec
        "INSERT INTO passkeys (id, user_id, credential_id, name, credential, counter, created_at)
         VALUES ($1, $1, $2, 'key', '{}', 3, 1)", id, vec![3_u8])
    .unwrap();
    db!(tx tx, exec
        "INSERT INTO ceremonies (token_hash, kind, state, attempts, created_at, expires_at)
         VALUES ($1, 'x', $1, 0, 1, 2)", vec![4_u8])
    .unwrap();
    db!(tx tx, exec
        "INSERT INTO device_codes (id, device_hash, user_hash, name, platform, address, created_at, expires_at, pause)
         VALUES ($1, $2, $2, 'a', 'b', '::1', 1, 2, 5)", id, vec![5_u8])
    .unwrap();
    db!(tx tx, exec
        "INSERT INTO api_tokens (id, token_hash, user_id, name, access, kinds, created_at, expires_at)
         VALUES ($1, $2, $1, 'a', 'read', 'list', 1, 2)", id, vec![6_u8])
    .unwrap();
    db!(tx tx, exec
        "INSERT INTO app_passwords (id, secret_hash, user_id, name, created_at)
         VALUES ($1, $2, $1, 'a', 1)", id, vec![7_u8])
    .unwrap();
    tx.commit().await.unwrap();
    world
}

async fn either_engine_restores_it(database: TestDatabase) {
    let world = stage(database).await;
    let file = path(&world.database);
    let Summary { rows, bytes } = backup(&world.store, &file).await.unwrap();
    assert!(rows.iter().all(|(table, rows)| *rows > 0 || *table == "x"), "{rows:?}");
    assert_eq!(std::fs::metadata(&file).unwrap().len(), bytes);
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let target = TestDatabase::fresh(engine).await;
        let empty = target.open().await;
        let restored = restore(&file, &empty).await.unwrap();
        assert_eq!(restored, Summary { rows: rows.clone(), bytes });
        let store = target.open().await;
        let (ours, theirs) = (world.store.meta(), store.meta());
        assert_eq!((ours.receipt_key, ours.lookup_key), (theirs.receipt_key, theirs.lookup_key));
        assert!(ours.epoch != theirs.epoch && theirs.restored_at.is_some());
        assert_ne!(empty.meta().epoch, theirs.epoch);
        let differ = ["meta", "spaces", "sessions", "ceremonies", "device_codes"];
        for ((table, before), (_, after)) in
            dump(&world.store).await.into_iter().zip(dump(&store).await)
        {
            assert!(differ.contains(&table) || before == after, "{table}");
        }
        let spaces = db!(
            store,
            all(String, bool, i64, Option<i64>),
            "SELECT kind, recovering, head, restored_head FROM spaces ORDER BY kind"
        );
        let expected = [("list", true, 39), ("personal", false, 3)];
        let expected = expected
            .map(|(kind, recovering, head)| (kind.to_owned(), recovering, head, Some(head)));
        assert_eq!(spaces.unwrap(), expected);
        let sessions = db!(store, all(String,), "SELECT kind FROM sessions").unwrap();
        assert_eq!(sessions, [("bearer".to_owned(),)], "browsers sign in again");
        let begun = db!(store, val i64,
            "SELECT (SELECT COUNT(*) FROM ceremonies) + (SELECT COUNT(*) FROM device_codes)")
        .unwrap();
        assert_eq!(begun, 0, "what was begun before is not finished here");
        let report = audit(&store).await.unwrap();
        assert_eq!((report.findings, report.changes), (vec![], 32));
        numbers_go_on(&store).await;
    }
}

/// New rows are numbered behind those that were restored.
async fn numbers_go_on(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    let before = db!(tx tx, val i64, "SELECT MAX(id) FROM audit_log").unwrap();
    let next = db!(tx tx, val i64,
        "INSERT INTO audit_log (at, action, outcome) VALUES (2, 'y', 'ok') RETURNING id");
    assert_eq!(next.unwrap(), before + 1);
    tx.commit().await.unwrap();
}

async fn it_is_of_one_moment(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let list = world.space(&ann, SpaceKind::List).await;
    let (doc, _) = world.todo(&mut ann, list, "0").await;
    let file = path(&world.database);
    // Changes go on being accepted while the backup is made.
    let writing = async {
        for n in 1..60 {
            world.edit(&mut ann, doc, &n.to_string()).await;
            let new = new_doc();
            let chunk = ann.begin(new, Kind::Todo, "title", n.to_string());
            world.push(&ann, create(list, new, Kind::Todo, &[&chunk])).await.all_accepted();
        }
    };
    let ((), summary) = tokio::join!(writing, backup(&world.store, &file));
    summary.unwrap();
    let target = world.database.another().await;
    restore(&file, &target.open().await).await.unwrap();
    let report = audit(&target.open().await).await.unwrap();
    assert_eq!(report.findings, []);
    assert!(report.changes >= 1);
}

async fn only_an_empty_database_takes_it(database: TestDatabase) {
    let world = stage(database).await;
    let file = path(&world.database);
    backup(&world.store, &file).await.unwrap();
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else of the machine reads it");
    let before = dump(&world.store).await;
    let refused = restore(&file, &world.store).await;
    assert!(matches!(refused, Err(RestoreError::NotEmpty)), "{refused:?}");
    assert_eq!(dump(&world.store).await, before);
}

async fn a_damaged_backup_restores_nothing(database: TestDatabase) {
    let world = stage(database).await;
    let file = path(&world.database);
    backup(&world.store, &file).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let target = world.database.another().await;
    let store = target.open().await;
    let before = dump(&store).await;
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle] ^= 1;
    for (bytes, cut) in [(damaged, false), (whole[..whole.len() - 1].to_vec(), true)] {
        std::fs::write(&file, bytes).unwrap();
        let refused = restore(&file, &store).await;
        let named = match &refused {
            Err(RestoreError::Archive(BadArchive::CutOff)) => cut,
            Err(RestoreError::Archive(BadArchive::Damaged(_))) => !cut,
            _ => false,
        };
        assert!(named, "{refused:?}");
        assert_eq!(dump(&store).await, before, "all or nothing");
    }
    std::fs::write(&file, "something else").unwrap();
    let refused = restore(&file, &store).await;
    assert!(matches!(refused, Err(RestoreError::Archive(BadArchive::NotOurs))), "{refused:?}");
    std::fs::write(&file, whole).unwrap();
    restore(&file, &store).await.unwrap();
}
