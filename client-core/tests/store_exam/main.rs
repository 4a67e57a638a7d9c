//! One exam for both stores: the same random work is done on the naive one and on
//! the one on disk, and whatever can be read is the same afterwards.

#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on is to stop")]

#[path = "../world/dice.rs"]
mod dice;
mod hand;
mod work;

use umbra_client_core::sqlite::SqliteStore;
use umbra_client_core::store::{Documents, Edits, MemoryStore, Projection, Query, Sort, Store, Tx};
use umbra_model::recurrence::Zone;
use umbra_model::{DocId, Kind};

use dice::Dice;
use hand::Hand;
use work::{read_all, work};

async fn sqlite(dir: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(&dir.path().join("replica.db")).await.unwrap()
}

#[tokio::test]
async fn both_stores_hold_the_same_after_the_same_work() {
    for seed in 0..16 {
        let dir = tempfile::tempdir().unwrap();
        let (memory, disk) = (MemoryStore::new(), sqlite(&dir).await);
        let mut dice = Dice::new(seed);
        for _ in 0..12 {
            let (mut naive, mut real) =
                (memory.begin().await.unwrap(), disk.begin().await.unwrap());
            for _ in 0..10 {
                let step = dice.next();
                let expected = work(&mut naive, step).await;
                assert_eq!(work(&mut real, step).await, expected, "seed {seed}, step {step}");
            }
            // What isn't committed never happened.
            if dice.chance(80) {
                naive.commit().await.unwrap();
                real.commit().await.unwrap();
            } else {
                drop((naive, real));
            }
            let step = dice.next();
            let (mut naive, mut real) = (memory.read().await.unwrap(), disk.read().await.unwrap());
            let expected = read_all(&mut naive, step).await;
            for (found, expected) in read_all(&mut real, step).await.iter().zip(&expected) {
                assert_eq!(found, expected, "seed {seed}, after step {step}");
            }
        }
    }
}

#[tokio::test]
async fn numbers_are_never_given_twice() {
    let dir = tempfile::tempdir().unwrap();
    examine_numbers(&MemoryStore::new()).await;
    examine_numbers(&sqlite(&dir).await).await;
}

async fn examine_numbers(store: &impl Store) {
    let mut hand = Hand { dice: Dice::new(1) };
    let mut orders = Vec::new();
    for _ in 0..5 {
        let mut tx = store.begin().await.unwrap();
        let edit = hand.pending();
        orders.push(tx.add_pending(&edit).await.unwrap());
        tx.replace_pending(edit.doc, &[]).await.unwrap();
        let one = tx.fresh_number().await.unwrap();
        assert!(tx.fresh_number().await.unwrap() > one);
        tx.commit().await.unwrap();
    }
    assert!(orders.is_sorted_by(|one, other| one < other), "{orders:?}");
}

#[tokio::test]
async fn the_best_match_comes_first() {
    let dir = tempfile::tempdir().unwrap();
    let (memory, disk) = (MemoryStore::new(), sqlite(&dir).await);
    examine_relevance(&memory).await;
    examine_relevance(&disk).await;
    // Only the real one knows that these are the same letters.
    let mut tx = disk.read().await.unwrap();
    let query = Query { words: vec!["gruss".into()], ..Query::default() };
    assert_eq!(tx.list(&query).await.unwrap().len(), 0);
    let query = Query { words: vec!["GRUN".into()], ..Query::default() };
    assert_eq!(tx.list(&query).await.unwrap().len(), 1, "accents don't count");
    let query = Query { words: vec!["\" OR *".into()], ..Query::default() };
    assert_eq!(tx.list(&query).await.unwrap().len(), 0, "nothing in a word is an operator");
}

async fn examine_relevance(store: &impl Store) {
    let mut hand = Hand { dice: Dice::new(2) };
    let mut tx = store.begin().await.unwrap();
    for (number, title, notes) in
        [(1, "shopping", "milk"), (2, "milk", "shopping"), (3, "Grün", "nothing")]
    {
        let mut record = hand.record();
        record.facts.doc = DocId::from_bytes([number; 16]);
        let view = serde_json::json!({ "title": title, "notes": notes });
        let projection = Projection::new(Kind::Todo, view.as_object().unwrap(), &Zone::UTC);
        tx.put_record(&record, &projection).await.unwrap();
    }
    let query = Query { words: vec!["milk".into()], sort: Sort::Relevance, ..Query::default() };
    let found = tx.list(&query).await.unwrap();
    let found: Vec<u8> = found.iter().map(|row| row.facts.doc.as_bytes()[0]).collect();
    assert_eq!(found, [2, 1]);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_file_from_the_future_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("replica.db");
    sqlite(&dir).await.close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 99").execute(&pool).await.unwrap();
    pool.close().await;
    let error = SqliteStore::open(&file).await.unwrap_err();
    assert_eq!(error.code(), "conflict");
    assert!(error.to_string().contains("newer"), "{error}");
}

#[tokio::test]
async fn what_others_write_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (sqlite(&dir).await, sqlite(&dir).await);
    let mut watch = one.watch().await.unwrap();
    assert!(!watch.has_changed().await.unwrap());
    let mut tx = other.begin().await.unwrap();
    tx.fresh_number().await.unwrap();
    assert!(!watch.has_changed().await.unwrap(), "not before it is committed");
    tx.commit().await.unwrap();
    assert!(watch.has_changed().await.unwrap());
    assert!(!watch.has_changed().await.unwrap(), "once");
}
