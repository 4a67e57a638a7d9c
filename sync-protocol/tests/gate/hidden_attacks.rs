//! Writes that no diff shows when they come in, and that surface later: in a
//! losing conflict, in a removed object, in the predecessors of an operation.

use automerge::legacy::ObjectId;
use automerge::{ObjType, ScalarValue};
use umbra_model::Role;
use umbra_sync_protocol::gate::Code;

use crate::support::author;
use crate::support::device::Device;
use crate::support::forge::{forge, on_key, own_id, put};
use crate::support::scene::Scene;
use automerge::legacy::OpType;

#[test]
fn a_change_that_claims_to_have_seen_nothing() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        change.deps.clear();
        change.start_op = 1.try_into().unwrap();
        change.operations[0].pred = vec![].into();
    });
    scene.refuses(&chunk, Code::HistoryInconsistent, "history.known_dependencies");
}

#[test]
fn a_viewers_write_that_claims_to_have_seen_only_genesis() {
    let mut scene = Scene::new();
    scene.mallory = Device::new(scene.server.kind(), author(4, 1, Role::Viewer));
    let chunk = scene.mallory.clone().put("title", "Mine");
    scene.mallory = Device::with(scene.server.document(), author(3, 1, Role::Editor));
    let mut server = scene.server.clone();
    let viewer = author(4, 1, Role::Viewer);
    let judged = server.judge(&[&chunk], &viewer, &scene.facts);
    let umbra_sync_protocol::gate::Judgement::Refused { refusal, .. } = &judged[0] else {
        panic!("{judged:?}")
    };
    assert_eq!(refusal.code, Code::RoleTooWeak);
    assert_eq!(refusal.path.as_deref(), Some("title"));
    assert!(server == scene.server);
    scene.goes_on();
}

#[test]
fn a_rival_map_that_would_lose_a_conflict() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        let make = OpType::Make(ObjType::Map);
        change.operations = vec![on_key(ObjectId::Root, "labels", make, vec![])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.action");
}

#[test]
fn a_write_into_a_map_made_by_the_same_change() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        let made = ObjectId::Id(own_id(change, 0));
        change.operations = vec![
            on_key(ObjectId::Root, "labels", OpType::Make(ObjType::Map), vec![]),
            on_key(made, "a", put(1), vec![]),
        ];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.action");
}

#[test]
fn the_removal_of_a_container() {
    let scene = Scene::new();
    let ObjectId::Id(labels) = scene.object("labels") else { unreachable!() };
    let chunk = scene.forged(|change| {
        change.operations = vec![on_key(ObjectId::Root, "labels", OpType::Delete, vec![labels])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.pred_same_place");
}

#[test]
fn a_value_in_the_place_of_a_container() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        change.operations = vec![on_key(ObjectId::Root, "labels", put("gone"), vec![])];
    });
    scene.refuses(&chunk, Code::SchemaViolation, "schema.known_field");
}

#[test]
fn an_increment() {
    let scene = Scene::new();
    let title = scene.value_id("title");
    let chunk = scene.forged(|change| {
        let increment = OpType::Increment(1_000_000);
        change.operations = vec![on_key(ObjectId::Root, "title", increment, vec![title])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.action");
}

#[test]
fn a_counter() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| change.operations[0].action = put(ScalarValue::counter(1)));
    scene.refuses(&chunk, Code::ValueInvalid, "schema.value");
}

#[test]
fn a_predecessor_under_another_key() {
    let scene = Scene::new();
    let when = scene.value_id("when");
    let chunk = scene.forged(|change| change.operations[0].pred = vec![when].into());
    scene.refuses(&chunk, Code::OpInvalid, "op.pred_same_place");
}

#[test]
fn a_predecessor_in_another_object_that_the_change_writes_too() {
    let scene = Scene::new();
    let (labels, when) = (scene.object("labels"), scene.value_id("when"));
    let chunk = scene.forged(|change| {
        change.operations.push(on_key(labels, crate::support::scene::LABEL, put(1), vec![when]));
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.pred_same_place");
}

#[test]
fn a_predecessor_of_the_same_change_under_another_key() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        let title = own_id(change, 0);
        change.operations.push(on_key(ObjectId::Root, "status", put("confirmed"), vec![title]));
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.pred_same_place");
}

#[test]
fn a_forged_author() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| change.extra_bytes = vec![1, 2, 42, 42]);
    scene.refuses(&chunk, Code::ChunkMalformed, None);
}

#[test]
fn a_forged_author_on_a_later_change() {
    let mut scene = Scene::new();
    let chunk = scene.mallory.put("color", "#112233");
    crate::support::scene::accept(&mut scene.server, &[chunk], &scene.mallory, &scene.facts);
    let chunk = forge(&scene.mallory.clone().put("title", "Mine"), |change| {
        change.extra_bytes = vec![1, 2, 42, 42];
    });
    scene.refuses(&chunk, Code::ChunkMalformed, None);
}

#[test]
fn a_foreign_actor() {
    let scene = Scene::new();
    let chunk = scene.away.clone().put("title", "Mine");
    scene.refuses(&chunk, Code::ActorForeign, "history.own_actor");
}
