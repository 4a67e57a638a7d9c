//! The schema: alike on both engines, known to backups, migrated once.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::exam::{TestDatabase, exam};
use crate::store::{Engine, Holds, Store, StoreError, TABLES, db};

exam!(many_may_open_it_at_once, a_newer_schema_is_refused, what_was_opened_is_the_same_again);

/// Whether each column may be null, by table and name.
type Schema = BTreeMap<(String, String), (bool, &'static [Holds])>;

async fn postgres_schema(store: &Store) -> Schema {
    let rows = db!(store, all (String, String, String, String),
        pg "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(is_nullable AS TEXT), CAST(data_type AS TEXT)
            FROM information_schema.columns WHERE table_schema = 'public'",
        lite "SELECT '', '', '', ''");
    let column = |(table, column, nullable, holds): (String, String, String, String)| {
        let holds: &[Holds] = match holds.as_str() {
            "uuid" => &[Holds::Id],
            "bytea" => &[Holds::Bytes],
            "text" => &[Holds::Text],
            "bigint" => &[Holds::Number],
            "boolean" => &[Holds::Flag],
            other => {
                panic!("{table}.{column} is {other}: no column but these keeps one SQL text true")
            }
        };
        ((table, column), (nullable == "YES", holds))
    };
    rows.unwrap().into_iter().map(column).collect()
}

async fn sqlite_schema(store: &Store) -> Schema {
    let rows = db!(store, all (String, String, i64, String),
        pg "SELECT '', '', CAST(0 AS BIGINT), ''",
        lite "SELECT t.name, c.name, c.\"notnull\", c.type FROM pragma_table_list t, pragma_table_info(t.name) c
              WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'");
    let column = |(table, column, not_null, holds): (String, String, i64, String)| {
        let holds: &[Holds] = match holds.as_str() {
            "BLOB" => &[Holds::Id, Holds::Bytes],
            "TEXT" => &[Holds::Text],
            "INTEGER" => &[Holds::Number, Holds::Flag],
            other => panic!("{table}.{column} is {other}"),
        };
        ((table, column), (not_null == 0, holds))
    };
    rows.unwrap().into_iter().map(column).collect()
}

#[tokio::test]
async fn both_engines_have_the_same_tables() {
    let postgres = TestDatabase::fresh(Engine::Postgres).await;
    let sqlite = TestDatabase::fresh(Engine::Sqlite).await;
    let postgres = postgres_schema(&postgres.open().await).await;
    let sqlite = sqlite_schema(&sqlite.open().await).await;
    let names = |schema: &Schema| schema.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&postgres), names(&sqlite));
    for (column, (nullable, holds)) in &postgres {
        assert_eq!(*nullable, sqlite[column].0, "{column:?}: whether it may be null");
        assert!(sqlite[column].1.contains(&holds[0]), "{column:?}: what it holds");
    }
}

#[tokio::test]
async fn a_backup_knows_every_column() {
    let database = TestDatabase::fresh(Engine::Postgres).await;
    let schema = postgres_schema(&database.open().await).await;
    let known = TABLES.iter().flat_map(|table| {
        let named =
            |it: &crate::store::Column| ((table.name.to_owned(), it.name.to_owned()), it.holds);
        table.columns.iter().map(named).collect::<Vec<_>>()
    });
    let known: BTreeMap<_, _> = known.collect();
    let there = schema.iter().filter(|((table, _), _)| table != "migrations");
    let there: BTreeMap<_, _> = there.map(|(name, (_, it))| (name.clone(), it[0])).collect();
    assert_eq!(known, there);
}

async fn many_may_open_it_at_once(database: TestDatabase) {
    let opening = (0..6).map(|_| database.open());
    let stores = futures_util::future::join_all(opening).await;
    let epochs: BTreeSet<_> = stores.iter().map(|store| store.meta().epoch).collect();
    assert_eq!(epochs.len(), 1, "one of them made it");
    for store in &stores {
        store.ping().await.unwrap();
        let steps = db!(store, val i64, "SELECT COUNT(*) FROM migrations").unwrap();
        assert_eq!(steps, crate::store::steps());
    }
}

async fn a_newer_schema_is_refused(database: TestDatabase) {
    let store = database.open().await;
    let mut tx = store.begin().await.unwrap();
    db!(tx tx, exec "INSERT INTO migrations (version, name) VALUES (9999, 'from the future')")
        .unwrap();
    tx.commit().await.unwrap();
    let refused = Store::open(&database.config).await;
    let Err(StoreError::Corrupt(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("9999"), "{why}");
}

async fn what_was_opened_is_the_same_again(database: TestDatabase) {
    let store = database.open().await;
    let meta = store.meta().clone();
    store.close().await;
    let again = database.open().await;
    assert_eq!(again.meta(), &meta);
    assert_ne!(meta.receipt_key, meta.lookup_key);
    assert!(!format!("{meta:?} {:?}", database.config).contains("receipt_key"));
}
