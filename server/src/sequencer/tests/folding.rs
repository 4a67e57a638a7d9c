//! Folding, beside writers and readers.

use umbra_model::{DocId, Kind, Millis, SpaceId, SpaceKind};
use umbra_sync_protocol::gate::GateDoc;
use umbra_sync_protocol::wire::Event;

use crate::store::exam::{Author, TestDatabase, World, exam, push};
use crate::store::{self, db};

exam!(
    folding_keeps_the_rows_and_the_content,
    a_reader_behind_the_fold_gets_the_saved_document,
    folding_stops_no_writer,
    only_one_of_two_folds_is_written,
    recent_changes_stay,
);

/// A todo of so many changes.
async fn edited(world: &World, ann: &mut Author, space: SpaceId, changes: usize) -> DocId {
    let (doc, _) = world.todo(ann, space, "0").await;
    let chunks: Vec<_> = (1..changes).map(|n| ann.put(doc, "title", n.to_string())).collect();
    world.push(ann, push(doc, &chunks.iter().collect::<Vec<_>>())).await.all_accepted();
    doc
}

/// When everything that has happened is long ago.
fn later() -> Millis {
    Millis(store::now().0 + 2 * store::limits::FOLD_AFTER_MILLIS)
}

async fn chunks_left(world: &World, doc: DocId) -> i64 {
    db!(world.store, val i64, "SELECT COUNT(*) FROM log WHERE doc = $1 AND chunk IS NOT NULL", doc.0)
        .unwrap()
}

async fn folding_keeps_the_rows_and_the_content(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let doc = edited(&world, &mut ann, space, 40).await;
    let few = edited(&world, &mut ann, space, 5).await;
    assert_eq!(world.store.fold(store::now()).await.unwrap(), 0, "nothing is old yet");
    assert_eq!(world.store.fold(later()).await.unwrap(), 1);
    assert_eq!(world.store.fold(later()).await.unwrap(), 0, "once is enough");
    assert_eq!((chunks_left(&world, doc).await, chunks_left(&world, few).await), (0, 5));
    let rows = db!(world.store, val i64,
        "SELECT COUNT(*) FROM log WHERE doc = $1 AND hash IS NOT NULL AND receipt IS NOT NULL", doc.0);
    assert_eq!(rows.unwrap(), 40);
    let page = world.store.pack(ann.user, space, None, true, 1 << 20).await.unwrap();
    let packed = page.docs.iter().find(|it| it.doc == doc).unwrap();
    assert!(packed.chunks.is_empty());
    let opened = GateDoc::open(Kind::Todo, packed.saved.as_ref().map(|it| it.as_slice()), []);
    assert_eq!(opened.unwrap().document().get_heads(), ann.document(doc).get_heads());
    // The open document knows of nothing, and another node opens it from the fold.
    let (another, _) = world.another_node().await;
    for node in [&world.sequencer, &another, &world.sequencer] {
        let chunk = ann.put(doc, "title", "on");
        let next = ann.put(doc, "title", "and on");
        node.push(ann.submitter(), push(doc, &[&chunk, &next])).await.all_accepted();
    }
    assert_eq!(chunks_left(&world, doc).await, 6);
}

async fn a_reader_behind_the_fold_gets_the_saved_document(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let doc = edited(&world, &mut ann, space, 30).await;
    assert_eq!(world.store.fold(later()).await.unwrap(), 1);
    let behind = world.edit(&mut ann, doc, "behind the fold").await;
    for after in [0, 10, 33] {
        let page = world.store.entries(ann.user, space, after, true, 1 << 20).await.unwrap();
        let of_doc: Vec<_> = page
            .entries
            .iter()
            .filter_map(|entry| match &entry.event {
                Event::Saved(packed) => Some((entry.seq, packed.seq, packed.chunks.len(), 'S')),
                Event::Change { chunk, view: Some(view), .. } => {
                    assert!(*chunk == behind && view.contains("behind the fold"));
                    Some((entry.seq, entry.seq, 1, 'C'))
                }
                _ => None,
            })
            .collect();
        assert_eq!(of_doc, [(34, 34, 0, 'S'), (35, 35, 1, 'C')], "from {after}");
    }
    let page = world.store.entries(ann.user, space, 34, true, 1 << 20).await.unwrap();
    assert_eq!(page.entries.len(), 1, "who has the fold gets what is behind it");
    // However small the pages are, the document comes once.
    let (mut after, mut saved) = (0, 0);
    while after < 35 {
        let page = world.store.entries(ann.user, space, after, true, 1).await.unwrap();
        saved += page.entries.iter().filter(|it| matches!(it.event, Event::Saved(_))).count();
        after = page.to;
    }
    assert_eq!(saved, 1);
}

async fn folding_stops_no_writer(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let doc = edited(&world, &mut ann, space, 20).await;
    let prepared = world.store.prepare_fold(space, doc, later()).await.unwrap().unwrap();
    world.edit(&mut ann, doc, "meanwhile").await;
    assert!(world.store.write_fold(prepared).await.unwrap());
    assert_eq!(chunks_left(&world, doc).await, 1);
    let counts = db!(
        world.store,
        one(i64, i64, i64),
        "SELECT unfolded, saved_seq, last_seq FROM documents WHERE doc = $1",
        doc.0
    );
    assert_eq!(counts.unwrap(), (1, 24, 25));
    let page = world.store.pack(ann.user, space, None, true, 1 << 20).await.unwrap();
    let packed = page.docs.iter().find(|it| it.doc == doc).unwrap();
    let saved = packed.saved.as_ref().map(|it| it.as_slice());
    let opened = GateDoc::open(Kind::Todo, saved, packed.chunks.iter().map(|it| it.as_slice()));
    assert_eq!(opened.unwrap().document().get_heads(), ann.document(doc).get_heads());
}

async fn only_one_of_two_folds_is_written(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let doc = edited(&world, &mut ann, space, 20).await;
    let one = world.store.prepare_fold(space, doc, later()).await.unwrap().unwrap();
    let two = world.store.prepare_fold(space, doc, later()).await.unwrap().unwrap();
    let gone = world.store.prepare_fold(space, doc, later()).await.unwrap().unwrap();
    let (one, two) = tokio::join!(world.store.write_fold(one), world.store.write_fold(two));
    assert!(one.unwrap() != two.unwrap());
    world.sequencer.purge_doc(ann.submitter(), doc).await.unwrap();
    assert!(!world.store.write_fold(gone).await.unwrap());
    let saves = db!(world.store, val i64, "SELECT COUNT(*) FROM saves WHERE doc = $1", doc.0);
    assert_eq!(saves.unwrap(), 0);
}

async fn recent_changes_stay(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let doc = edited(&world, &mut ann, space, 20).await;
    let mut tx = world.store.begin().await.unwrap();
    let long_ago = store::now().0 - 2 * store::limits::FOLD_AFTER_MILLIS;
    db!(tx tx, exec "UPDATE log SET at = $2 WHERE doc = $1 AND seq < 20", doc.0, long_ago).unwrap();
    db!(tx tx, exec "UPDATE documents SET unfolded_since = $2 WHERE doc = $1", doc.0, long_ago)
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.store.fold(store::now()).await.unwrap(), 1);
    assert_eq!(chunks_left(&world, doc).await, 5);
    let since = db!(world.store, one (i64, i64),
        "SELECT d.unfolded_since, l.at FROM documents d JOIN log l ON l.space = d.space AND l.seq = 20
         WHERE d.doc = $1", doc.0);
    let (since, first_left) = since.unwrap();
    assert_eq!(since, first_left);
}
