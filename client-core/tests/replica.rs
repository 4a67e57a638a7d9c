//! The facade, without a network.

#![cfg(all(feature = "sqlite", feature = "link"))]
#![expect(clippy::unwrap_used, reason = "a test that can't go on is to stop")]

use std::path::Path;
use std::process::Command;

use umbra_client_core::document::chunk;
use umbra_client_core::edit::{Edit, Value};
use umbra_client_core::replica::{Filter, Import, Order, Progress, Step, Trash};
use umbra_client_core::sqlite::SqliteStore;
use umbra_client_core::store::{AccountRow, Edits, Meta, Store, Tx};
use umbra_client_core::{Error, Fault, Replica};
use umbra_model::{
    ActorPrefix, DeviceId, DocId, Kind, Millis, Privacy, SpaceId, SpaceKind, UserId,
};

const DAY: i64 = 86_400_000;

/// A replica that is signed in to a server that isn't there.
async fn signed_in(dir: &Path, server: &str) -> Replica {
    let store = SqliteStore::open(&dir.join("replica.db")).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let account = AccountRow {
        server: server.to_owned(),
        user: UserId::from_bytes([1; 16]),
        name: "alice".to_owned(),
        device: DeviceId::from_bytes([2; 16]),
        prefix: ActorPrefix([3; 8]),
        token: Some("token".to_owned()),
    };
    tx.put_meta(&Meta { account: Some(account), ..Meta::default() }).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    Replica::open(dir).await.unwrap().in_zone("Europe/Paris").unwrap()
}

async fn offline(dir: &Path) -> Replica {
    signed_in(dir, "http://127.0.0.1:1").await
}

fn todo(title: &str) -> Vec<Edit> {
    vec![Edit::set("title", title)]
}

fn due(day: u32) -> Edit {
    Edit::set("due", format!("{{\"date\":\"2026-03-{day:02}\"}}"))
}

/// It holds the device's token.
#[cfg(unix)]
#[tokio::test]
async fn nobody_else_of_the_machine_looks_into_it() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("share").join("umbra");
    Replica::open(&inside).await.unwrap().close().await;
    assert_eq!(inside.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_list_is_kept_without_a_network() {
    let dir = tempfile::tempdir().unwrap();
    let replica = offline(dir.path()).await;
    let list = replica.create_space(SpaceKind::List, "Groceries").await.unwrap();
    let milk = replica.create(list, Kind::Todo, todo("buy milk")).await.unwrap();
    let bread = replica.create(list, Kind::Todo, todo("buy bread")).await.unwrap();
    assert!(replica.edit(milk, &[due(2), Edit::text("notes", "two bottles")]).await.unwrap());
    assert!(!replica.edit(milk, &[due(2)]).await.unwrap(), "it was so already");
    replica.edit(bread, &[due(1), Edit::set("state", "done")]).await.unwrap();

    let titles = async |filter: Filter| -> Vec<String> {
        replica.list(&filter).await.unwrap().into_iter().map(|it| it.title).collect()
    };
    let kinds = vec![Kind::Todo];
    let all = Filter { kinds: kinds.clone(), order: Order::Due, ..Filter::default() };
    assert_eq!(titles(all.clone()).await, ["buy bread", "buy milk"]);
    assert_eq!(titles(Filter { done: Some(false), ..all.clone() }).await, ["buy milk"]);
    // The first of March ends at eleven in the evening, for a server in UTC.
    let midnight = Millis(1_772_406_000_000);
    assert_eq!(titles(Filter { due_from: Some(midnight), ..all.clone() }).await.len(), 2);
    let later = Some(Millis(midnight.0 + 1));
    assert_eq!(titles(Filter { due_from: later, ..all.clone() }).await, ["buy milk"]);
    assert_eq!(replica.search("bottl", 5).await.unwrap()[0].id, milk);
    assert_eq!(replica.find("Buy Milk", &all).await.unwrap()[0].id, milk);
    let digits = &milk.to_string()[..13];
    assert!(replica.find(digits, &all).await.unwrap().iter().any(|it| it.id == milk));
    assert_eq!(replica.find_spaces("groc").await.unwrap()[0].id, list);

    let comment = replica.comment(milk, "the blue one").await.unwrap();
    assert_eq!(replica.comments(milk).await.unwrap()[0].id, comment);
    assert!(replica.trash(bread).await.unwrap() && !replica.trash(bread).await.unwrap());
    assert_eq!(titles(Filter { trash: Trash::Only, ..all.clone() }).await, ["buy bread"]);
    assert!(replica.restore(bread).await.unwrap());

    replica.rename_space(list, "Food").await.unwrap();
    let space = replica.space(list).await.unwrap();
    assert_eq!((space.name.as_str(), space.unsynced, space.members), ("Food", true, 1));
    replica.archive_space(list, true).await.unwrap();
    assert_eq!(titles(all).await, [""; 0], "what is put away isn't listed");
    let status = replica.status().await.unwrap();
    assert_eq!((status.documents, status.spaces, status.commands), (4, 1, 1));
    let export = replica.export().await.unwrap();
    assert_eq!(export["spaces"][0]["documents"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let replica = offline(dir.path()).await;
    let list = replica.create_space(SpaceKind::List, "Groceries").await.unwrap();
    let nowhere = DocId::from_bytes([0xee; 16]);
    let error = replica.edit(nowhere, &todo("x")).await.unwrap_err();
    assert_eq!((error.fault(), error.code()), (Fault::Input, "no_such_document"));
    assert!(error.remedy().is_some());
    let error = replica.create(list, Kind::Event, todo("x")).await.unwrap_err();
    assert_eq!(error.to_string(), "a list takes no event");
    let priority = vec![Edit::set("title", "x"), Edit::set("priority", 9)];
    let error = replica.create(list, Kind::Todo, priority).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`priority` doesn't take this value: expected a whole number from 0 to 3"
    );
    assert_eq!(replica.list(&Filter::default()).await.unwrap().len(), 1, "nothing was made");
    let error = replica.create(list, Kind::Todo, vec![Edit::set("titel", "x")]).await.unwrap_err();
    assert_eq!(error.to_string(), "a todo has no field `titel`");
    let error = replica.sync(|_| {}).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Offline, "{error}");
    let error = replica.in_zone("Europe/Nowhere").unwrap_err();
    assert_eq!(error.fault(), Fault::Input);
}

#[tokio::test]
async fn edits_are_taken_back_and_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let replica = offline(dir.path()).await;
    let list = replica.create_space(SpaceKind::List, "Groceries").await.unwrap();
    let milk = replica.create(list, Kind::Todo, todo("buy milk")).await.unwrap();
    replica.edit(milk, &[Edit::text("notes", "one two three")]).await.unwrap();
    let change = [Edit::text("notes", "one 2 three"), Edit::set("title", "oat milk")];
    replica.edit(milk, &change).await.unwrap();
    let text = async || replica.get(milk).await.unwrap().view["notes"].clone();

    assert_eq!(replica.undo().await.unwrap().documents, [milk]);
    assert_eq!(
        (text().await, replica.get(milk).await.unwrap().title.as_str()),
        ("one two three".into(), "buy milk")
    );
    replica.redo().await.unwrap();
    assert_eq!(
        (text().await, replica.get(milk).await.unwrap().title.as_str()),
        ("one 2 three".into(), "oat milk")
    );
    replica.undo().await.unwrap();
    replica.undo().await.unwrap();
    assert_eq!(text().await, serde_json::Value::Null);
    // What came into being is put into the trash, and comes out of it again.
    assert_eq!(replica.undo().await.unwrap().label, "new todo “buy milk”");
    assert!(replica.get(milk).await.unwrap().deleted);
    replica.redo().await.unwrap();
    assert!(!replica.get(milk).await.unwrap().deleted);
    // A new edit ends what can be made again.
    replica.undo().await.unwrap();
    replica.create(list, Kind::Todo, todo("bread")).await.unwrap();
    assert_eq!(replica.redo().await.unwrap_err().code(), "nothing_to_do");
}

#[tokio::test]
async fn several_documents_are_edited_as_one() {
    let dir = tempfile::tempdir().unwrap();
    let replica = offline(dir.path()).await;
    let list = replica.create_space(SpaceKind::List, "Groceries").await.unwrap();
    let (one, other) = (replica.new_id(), replica.new_id());
    let create = |doc, title: &str| Step::Create {
        doc,
        space: list,
        kind: Kind::Todo,
        privacy: Privacy::Default,
        edits: todo(title),
    };
    replica.together(vec![create(one, "a"), create(other, "b")]).await.unwrap();
    let edit = |doc, value: Value| Step::Edit { doc, edits: vec![Edit::set("priority", value)] };
    let steps = vec![edit(one, Value::Int(1)), edit(other, Value::Int(77))];
    assert!(replica.together(steps).await.is_err());
    assert_eq!(replica.get(one).await.unwrap().view.get("priority"), None, "all or nothing");
    replica.undo().await.unwrap();
    let filter = Filter { kinds: vec![Kind::Todo], ..Filter::default() };
    assert_eq!(replica.list(&filter).await.unwrap().len(), 0, "undo takes both back");
}

#[tokio::test]
async fn importing_the_same_again_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let replica = offline(dir.path()).await;
    let calendar = replica.create_space(SpaceKind::Calendar, "Work").await.unwrap();
    let event = |number: u32| {
        let mut bytes = [0x10; 16];
        bytes[12..].copy_from_slice(&number.to_be_bytes());
        let when = format!(
            r#"{{"allDay":false,"dur":"PT1H","start":"2026-03-{:02}T09:00:00","tz":"Europe/Paris"}}"#,
            number % 28 + 1
        );
        let edits = vec![
            Edit::set("title", format!("meeting {number}")),
            Edit::set("when", when),
            Edit::text("desc", "what it is about"),
        ];
        let (doc, uid) = (DocId::from_bytes(bytes), Some(format!("uid-{number}@example")));
        Import { doc, space: calendar, kind: Kind::Event, privacy: Privacy::Default, uid, edits }
    };
    let batch = || (0..500).map(event).collect::<Vec<_>>();
    let mut told = Vec::new();
    let first = replica.import(batch(), |progress| told.push(progress)).await.unwrap();
    assert_eq!((first.created, first.updated, first.unchanged), (500, 0, 0));
    assert_eq!(told.last(), Some(&Progress::Imported { done: 500, total: 500 }));
    let again = replica.import(batch(), |_| {}).await.unwrap();
    assert_eq!((again.created, again.updated, again.unchanged), (0, 0, 500));
    assert_eq!(again.documents, first.documents);
    let mut changed = batch();
    changed[7].edits[0] = Edit::set("title", "moved");
    // Found by its UID although it comes under another id.
    changed[7].doc = DocId::from_bytes([0x77; 16]);
    let changed = replica.import(changed, |_| {}).await.unwrap();
    assert_eq!((changed.created, changed.updated, changed.unchanged), (0, 1, 499));

    let from = Millis(1_772_319_600_000);
    let agenda = replica.agenda(from, Millis(from.0 + DAY), "Europe/Paris").await.unwrap();
    assert_eq!(agenda.len(), 18, "on the first of March, of five hundred");
    assert_eq!(agenda[0].local_start, "2026-03-01T09:00:00");
    let bad = Import { edits: vec![Edit::set("when", "nonsense")], ..event(900) };
    let batch = vec![event(901), bad];
    assert_eq!(replica.import(batch, |_| {}).await.unwrap_err().code(), "value_invalid");
    assert_eq!(replica.by_uid(calendar, Kind::Event, "uid-901@example").await.unwrap(), None);
}

/// Not a test by itself: what a second process does.
#[tokio::test]
async fn child_process() {
    let Ok(dir) = std::env::var("UMBRA_CHILD_DIR") else { return };
    let replica = Replica::open(Path::new(&dir)).await.unwrap();
    let doc: DocId = std::env::var("UMBRA_CHILD_DOC").unwrap().parse().unwrap();
    let name = std::env::var("UMBRA_CHILD_NAME").unwrap();
    for number in 0..EDITS {
        let key = format!("{name}-{number}");
        replica.edit(doc, &[Edit::put("ext", key, "x")]).await.unwrap();
    }
}

const EDITS: usize = 12;

#[tokio::test]
async fn several_processes_edit_one_replica() {
    let dir = tempfile::tempdir().unwrap();
    let replica = offline(dir.path()).await;
    let list = replica.create_space(SpaceKind::List, "Groceries").await.unwrap();
    let doc = replica.create(list, Kind::Todo, todo("shared")).await.unwrap();
    let children: Vec<_> = ["a", "b", "c"]
        .into_iter()
        .map(|name| {
            Command::new(std::env::current_exe().unwrap())
                .args(["child_process", "--exact"])
                .env("UMBRA_CHILD_DIR", dir.path())
                .env("UMBRA_CHILD_DOC", doc.to_string())
                .env("UMBRA_CHILD_NAME", name)
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for number in 0..EDITS {
        replica.edit(doc, &[Edit::put("ext", format!("parent-{number}"), "x")]).await.unwrap();
    }
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let entries = replica.get(doc).await.unwrap().view["ext"].as_object().unwrap().len();
    assert_eq!(entries, 4 * EDITS, "every process's edits are there");
    let store = SqliteStore::open(&dir.path().join("replica.db")).await.unwrap();
    let pending = store.read().await.unwrap().pending(doc).await.unwrap();
    assert_eq!(pending.len(), 1 + 4 * EDITS);
    let actors: std::collections::BTreeSet<_> =
        pending.iter().map(|edit| chunk::header(&edit.chunk).unwrap().actor).collect();
    assert_eq!(actors.len(), 1, "one actor, whose sequence never forks");
}

#[tokio::test]
async fn one_process_syncs_at_a_time() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let server = format!("http://{}", silent.local_addr().unwrap());
    let replica = signed_in(dir.path(), &server).await;
    let other = Replica::open(dir.path()).await.unwrap();
    let syncing = {
        let replica = replica.clone();
        tokio::spawn(async move { replica.sync(|_| {}).await })
    };
    // Once it has knocked at the server's door, it has the lock.
    let (_socket, _) = silent.accept().await.unwrap();
    let error = other.sync(|_| {}).await.unwrap_err();
    assert!(matches!(error, Error::Busy(_)), "{error}");
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    assert!(matches!(
        other.status().await.unwrap().connection,
        umbra_client_core::session::Connection::Connecting
    ));
    syncing.abort();
    assert!(syncing.await.unwrap_err().is_cancelled());
    let stopped = other.watch(|_| {}, std::future::ready(())).await.unwrap();
    assert_eq!(stopped.accepted, 0, "the lock is free again");
    let nobody: SpaceId = SpaceId::from_bytes([0xcc; 16]);
    assert_eq!(other.members(nobody).await.unwrap_err().code(), "no_such_space");
}
