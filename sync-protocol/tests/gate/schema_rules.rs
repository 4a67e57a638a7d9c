//! What a kind of document has no room for.

use automerge::ScalarValue;
use automerge::transaction::Transactable;
use umbra_model::{Kind, Role};
use umbra_sync_protocol::gate::{Code, GateDoc, Judgement};
use umbra_sync_protocol::view::view;

use crate::support::device::Device;
use crate::support::scene::{LABEL, LATER, Scene, accept, sound};
use crate::support::{author, facts, user};

#[test]
fn a_field_that_the_kind_does_not_have() {
    let scene = Scene::new();
    let chunk = scene.mallory.clone().put("isAdmin", true);
    scene.refuses(&chunk, Code::SchemaViolation, "schema.known_field");
}

#[test]
fn a_key_that_the_map_does_not_take() {
    for key in ["urgent", "", "a/b/c/d/e", &LABEL.to_uppercase()] {
        let scene = Scene::new();
        let chunk = scene.mallory.clone().put_in("labels", key, 1);
        scene.refuses(&chunk, Code::SchemaViolation, "schema.known_field");
    }
}

#[test]
fn values_of_another_type() {
    for value in [
        ScalarValue::Int(5),
        ScalarValue::Uint(5),
        ScalarValue::F64(0.5),
        ScalarValue::Boolean(true),
        ScalarValue::Bytes(vec![1, 2]),
        ScalarValue::Timestamp(5),
        ScalarValue::Null,
        ScalarValue::Str("\u{1b}[2J".into()),
        ScalarValue::Str("x".repeat(3_000).into()),
    ] {
        let scene = Scene::new();
        let chunk = scene.mallory.clone().put("title", value);
        scene.refuses(&chunk, Code::ValueInvalid, "schema.value");
    }
}

#[test]
fn a_cluster_that_is_not_spelled_as_it_should_be() {
    for when in [LATER.replace(',', ", "), LATER.replace("PT2H", "PT120M"), "{}".to_owned()] {
        let scene = Scene::new();
        let chunk = scene.mallory.clone().put("when", when);
        scene.refuses(&chunk, Code::ValueInvalid, "schema.value");
    }
}

#[test]
fn the_removal_of_what_must_stay() {
    let scene = Scene::new();
    let chunk = scene.mallory.clone().edit(|tx| tx.delete(automerge::ROOT, "title").unwrap());
    scene.refuses(&chunk, Code::ValueInvalid, "schema.value");
}

#[test]
fn a_second_value_where_the_first_one_stays() {
    let scene = Scene::new();
    let chunk = scene.mallory.clone().put("uid", "mine@example.org");
    scene.refuses(&chunk, Code::WriteOnce, "schema.write_once");
    let scene = Scene::new();
    let chunk = scene.mallory.clone().put("v", 1_i64 << 40);
    scene.refuses(&chunk, Code::WriteOnce, "schema.write_once");
    let scene = Scene::new();
    let chunk = scene.mallory.clone().edit(|tx| tx.delete(automerge::ROOT, "uid").unwrap());
    scene.refuses(&chunk, Code::WriteOnce, "schema.write_once");
}

#[test]
fn a_second_value_by_someone_who_has_not_seen_the_first() {
    let scene = Scene::new();
    let mut blind = Device::new(Kind::Event, scene.mallory.author);
    let chunk = blind.put("uid", "mine@example.org");
    scene.refuses(&chunk, Code::WriteOnce, "schema.write_once");
}

#[test]
fn a_first_value_twice_in_one_change() {
    let scene = Scene::new();
    let chunk = crate::support::forge::forge(
        &scene.mallory.clone().put("createdAt", 1_772_355_600_000_i64),
        |change| change.operations.push(change.operations[0].clone()),
    );
    scene.refuses(&chunk, Code::WriteOnce, "schema.write_once");
}

#[test]
fn a_deed_of_somebody_else() {
    let stamp = format!(r#"{{"at":1772355600000,"by":"{}"}}"#, user(1));
    let mut device = Device::new(Kind::Todo, author(2, 1, Role::Editor));
    let mut server = GateDoc::new(Kind::Todo);
    let chunk = device.put("deletedAt", stamp.replace(&user(1).to_string(), &user(2).to_string()));
    accept(&mut server, &[chunk], &device, &facts(Kind::Todo));
    let chunk = device.put("done", stamp);
    let judged = server.judge(&[chunk], &device.author, &facts(Kind::Todo));
    let [Judgement::Refused { refusal, .. }] = &judged[..] else { panic!("{judged:?}") };
    assert_eq!(
        (refusal.code, refusal.rule, refusal.path.as_deref()),
        (Code::ValueInvalid, Some("schema.claimed_author"), Some("done"))
    );
}

#[test]
fn more_entries_than_a_map_may_ever_hold() {
    let mut device = Device::new(Kind::Event, author(1, 1, Role::Owner));
    let mut server = GateDoc::new(Kind::Event);
    let ext = device.container("ext");
    let key = |n: usize| format!("X-NAME-{n}");
    let mut write = |range: std::ops::Range<usize>| {
        device.edit(|tx| range.for_each(|n| tx.put(&ext, key(n), "value").unwrap()))
    };
    let (fits, more) = (write(0..64), write(64..65));
    let facts = facts(Kind::Event);
    let author = author(1, 1, Role::Owner);
    let judged = server.judge(&[fits, more], &author, &facts);
    let [Judgement::Accepted { .. }, Judgement::Refused { refusal, .. }] = &judged[..] else {
        panic!("{judged:?}")
    };
    assert_eq!(
        (refusal.code, refusal.rule, refusal.path.as_deref()),
        (Code::DocumentFull, Some("schema.entries_max"), Some("ext/X-NAME-64"))
    );
    // What was removed was held; what is there can still be changed.
    let mut device = Device::with(server.document(), author);
    let ext = device.container("ext");
    let changes = [
        device.edit(|tx| tx.delete(&ext, key(0)).unwrap()),
        device.edit(|tx| tx.put(&ext, key(1), "other").unwrap()),
        device.edit(|tx| tx.put(&ext, key(0), "again").unwrap()),
    ];
    accept(&mut server, &changes, &device, &facts);
    sound(&server);
}

#[test]
fn a_text_that_is_too_long() {
    let mut device = Device::new(Kind::Todo, author(1, 1, Role::Owner));
    let mut server = GateDoc::new(Kind::Todo);
    let facts = facts(Kind::Todo);
    let fits = device.splice("notes", 0, 0, &"é".repeat(20_000));
    accept(&mut server, &[fits], &device, &facts);
    let mut late = device.clone();
    let chunk = device.splice("notes", 0, 0, "x");
    let judged = server.judge(&[chunk], &device.author, &facts);
    let [Judgement::Refused { refusal, .. }] = &judged[..] else { panic!("{judged:?}") };
    assert_eq!(
        (refusal.code, refusal.rule, refusal.path.as_deref()),
        (Code::DocumentFull, Some("schema.chars_max"), Some("notes"))
    );
    // Replacing as much as goes away is fine, and so is shortening it.
    let chunks = [late.splice("notes", 5, 10, "0123456789"), late.splice("notes", 0, 100, "")];
    accept(&mut server, &chunks, &late, &facts);
    sound(&server);
}

#[test]
fn receipts_excuse_a_weak_role_and_nothing_else() {
    let scene = Scene::new();
    let mut demoted = Device::with(scene.server.document(), author(3, 2, Role::Viewer));
    let allowed_once = demoted.put("title", "Before the demotion");
    let bad_value = demoted.put("title", 5);
    let mut server = scene.server.clone();
    let judged = server.judge(&[&allowed_once], &demoted.author, &scene.facts);
    assert!(format!("{judged:?}").contains("RoleTooWeak"), "{judged:?}");
    let judged = server.judge_proven(&[allowed_once, bad_value], &demoted.author);
    let [Judgement::Accepted { .. }, Judgement::Refused { refusal, .. }] = &judged[..] else {
        panic!("{judged:?}")
    };
    assert_eq!(refusal.code, Code::ValueInvalid);
}

/// Two devices give a todo different states at once; yields both, having synced.
fn in_conflict() -> (GateDoc, Device, Device) {
    let mut ours = Device::new(Kind::Todo, author(1, 1, Role::Owner));
    let mut server = GateDoc::new(Kind::Todo);
    let first = ours.put("state", "open");
    let mut theirs = Device::with(&ours.document, author(2, 1, Role::Editor));
    let [a, b] = [ours.put("state", "doing"), theirs.put("state", "done")];
    accept(&mut server, &[first, a], &ours, &facts(Kind::Todo));
    accept(&mut server, &[b], &theirs, &facts(Kind::Todo));
    ours.document = server.document().clone().with_actor(ours.document.get_actor().clone());
    theirs.document = server.document().clone().with_actor(theirs.document.get_actor().clone());
    (server, ours, theirs)
}

/// What the library writes for a conflict that is settled for the value that won.
fn settle(device: &mut Device) -> Vec<u8> {
    let won = view(&device.document, Kind::Todo)["state"].as_str().unwrap().to_owned();
    let chunk = device.put("state", won);
    let change = automerge::Change::from_bytes(chunk.clone()).unwrap().decode();
    assert_eq!(change.operations[0].action, automerge::legacy::OpType::Delete);
    chunk
}

#[test]
fn a_conflict_settled_for_the_value_that_won() {
    let (mut server, mut ours, _) = in_conflict();
    let chunk = settle(&mut ours);
    accept(&mut server, &[chunk], &ours, &facts(Kind::Todo));
    assert_eq!(view(server.document(), Kind::Todo), view(&ours.document, Kind::Todo));
    sound(&server);
}

#[test]
fn a_conflict_settled_while_the_value_that_won_is_superseded() {
    let (mut server, mut ours, mut theirs) = in_conflict();
    let [settled, newer] = [settle(&mut ours), theirs.put("state", "cancelled")];
    accept(&mut server, &[newer], &theirs, &facts(Kind::Todo));
    accept(&mut server, &[settled], &ours, &facts(Kind::Todo));
    assert_eq!(view(server.document(), Kind::Todo)["state"], "cancelled");
    sound(&server);
}

#[test]
fn a_removal_that_only_an_unseen_value_survives() {
    let (mut server, mut ours, mut theirs) = in_conflict();
    let newer = theirs.put("state", "cancelled");
    accept(&mut server, &[newer], &theirs, &facts(Kind::Todo));
    let removal = ours.edit(|tx| tx.delete(automerge::ROOT, "state").unwrap());
    let judged = server.judge(&[removal], &ours.author, &facts(Kind::Todo));
    let [Judgement::Refused { refusal, .. }] = &judged[..] else { panic!("{judged:?}") };
    assert_eq!((refusal.code, refusal.rule), (Code::ValueInvalid, Some("schema.value")));
}
