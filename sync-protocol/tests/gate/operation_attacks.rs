//! Operations that name what isn't there, what their author can't have seen, or
//! what doesn't belong together.

use automerge::legacy::{ElementId, Key, MarkData, ObjectId, OpType};
use automerge::{ActorId, ObjType, ScalarValue};
use umbra_sync_protocol::gate::Code;

use crate::support::forge::{id, insert, on_element, on_key, own_id, put};
use crate::support::raw::{PRED_ACTOR, PRED_COUNT, PRED_COUNTER, RawChunk, delta_run, run};
use crate::support::scene::{LABEL, Scene, accept};

fn stranger() -> ActorId {
    ActorId::from([0x55; 16])
}

#[test]
fn an_unknown_object() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        let nothing = ObjectId::Id(id(1, &change.actor_id));
        change.operations = vec![on_key(nothing, "a", put(1), vec![])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.known_object");
}

#[test]
fn a_value_used_as_an_object() {
    let scene = Scene::new();
    let title = ObjectId::Id(scene.value_id("title"));
    let chunk = scene.forged(|change| {
        change.operations = vec![on_key(title, "a", put(1), vec![])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.known_object");
}

#[test]
fn an_object_beyond_those_of_genesis() {
    let scene = Scene::new();
    let genesis = ActorId::from(umbra_sync_protocol::genesis::genesis(scene.server.kind()).actor);
    for counter in [7, 8, 300, 0xffff_ffff] {
        let chunk = scene.forged(|change| {
            let object = ObjectId::Id(id(counter, &genesis));
            change.operations = vec![on_key(object, "a", put(1), vec![])];
        });
        let mut server = scene.server.clone();
        let judged = server.judge(&[chunk], &scene.mallory.author, &scene.facts);
        assert!(format!("{judged:?}").contains("op.known_object"), "{judged:?}");
    }
}

#[test]
fn an_object_of_an_unknown_actor() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        let object = ObjectId::Id(id(1, &stranger()));
        change.operations = vec![on_key(object, "a", put(1), vec![])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.known_actor");
}

#[test]
fn an_element_of_an_unknown_actor() {
    let scene = Scene::new();
    let desc = scene.object("desc");
    let chunk = scene.forged(|change| {
        change.operations = vec![insert(desc, ElementId::Id(id(1, &stranger())), "x")];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.known_actor");
}

#[test]
fn an_unknown_element() {
    let scene = Scene::new();
    let (desc, owner) = (scene.object("desc"), scene.owner.document.get_actor().clone());
    let chunk = scene.forged(|change| {
        change.operations = vec![insert(desc, ElementId::Id(id(5_000, &owner)), "x")];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.known_op");
}

#[test]
fn an_element_that_is_a_value_of_a_map() {
    let scene = Scene::new();
    let (desc, title) = (scene.object("desc"), scene.value_id("title"));
    let chunk = scene.forged(|change| {
        change.operations = vec![insert(desc, ElementId::Id(title), "x")];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.element_same_object");
}

#[test]
fn an_element_of_a_text_in_a_map() {
    let scene = Scene::new();
    let (labels, character) = (scene.object("labels"), scene.character(0));
    let chunk = scene.forged(|change| {
        change.operations = vec![insert(labels, ElementId::Id(character), "x")];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.key_fits_object");
}

#[test]
fn an_element_that_the_same_change_makes_later() {
    let scene = Scene::new();
    let desc = scene.object("desc");
    let chunk = scene.forged(|change| {
        let (first, second) = (own_id(change, 0), own_id(change, 1));
        change.operations = vec![
            insert(desc.clone(), ElementId::Id(second), "x"),
            insert(desc, ElementId::Id(first), "y"),
        ];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.known_op");
}

#[test]
fn an_element_that_is_itself() {
    let scene = Scene::new();
    let desc = scene.object("desc");
    let chunk = scene.forged(|change| {
        let own = own_id(change, 0);
        change.operations = vec![insert(desc, ElementId::Id(own), "x")];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.known_op");
}

#[test]
fn an_object_that_contains_itself() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        let own = ObjectId::Id(own_id(change, 0));
        change.operations = vec![on_key(own, "a", OpType::Make(ObjType::Map), vec![])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.known_object");
}

#[test]
fn an_operation_that_its_author_had_not_seen() {
    let mut scene = Scene::new();
    let chunk = scene.away.put("title", "From afar");
    accept(&mut scene.server, std::slice::from_ref(&chunk), &scene.away, &scene.facts);
    let mut knowing = scene.mallory.clone();
    knowing.take(&[chunk]);
    let unseen = {
        use automerge::ReadDoc;
        let all = knowing.document.get_all(automerge::ROOT, "title").unwrap();
        let away = scene.away.document.get_actor();
        all.into_iter().map(|(_, it)| crate::support::forge::id_of(&it)).find(|it| it.1 == *away)
    };
    let chunk = scene.forged(|change| {
        let seen = change.operations[0].pred.iter().cloned();
        change.operations[0].pred = seen.chain(unseen).collect::<Vec<_>>().into();
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.causal");
}

#[test]
fn an_unknown_predecessor() {
    let scene = Scene::new();
    let owner = scene.owner.document.get_actor().clone();
    let chunk = scene.forged(|change| {
        change.operations[0].pred = vec![id(5_000, &owner)].into();
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.known_op");
}

#[test]
fn a_predecessor_that_is_itself() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        change.operations[0].pred = vec![own_id(change, 0)].into();
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.known_op");
}

#[test]
fn a_predecessor_that_deleted_something() {
    let mut scene = Scene::new();
    let map = scene.mallory.container("labels");
    let chunk = scene.mallory.edit(|tx| {
        use automerge::transaction::Transactable;
        tx.delete(&map, LABEL).unwrap();
    });
    accept(&mut scene.server, &[chunk], &scene.mallory, &scene.facts);
    let labels = scene.object("labels");
    let chunk =
        crate::support::forge::forge(&scene.mallory.clone().put("title", "Mine"), |change| {
            let deletion = id(change.start_op.get() - 1, &change.actor_id);
            change.operations = vec![on_key(labels, LABEL, put(1), vec![deletion])];
        });
    scene.refuses(&chunk, Code::OpInvalid, "op.pred_same_place");
}

#[test]
fn a_predecessor_named_twice() {
    let scene = Scene::new();
    let mut raw = RawChunk::of(&scene.mallory.clone().put("title", "Mine"));
    let counter = scene.value_id("title").0;
    *raw.column(PRED_COUNT) = run(-1, 2);
    *raw.column(PRED_ACTOR) = run(2, 1);
    *raw.column(PRED_COUNTER) = [delta_run(-2, i64::try_from(counter).unwrap()), vec![0]].concat();
    scene.refuses(&raw.chunk(), Code::ChunkMalformed, None);
}

#[test]
fn an_element_deleted_by_another_predecessor() {
    let scene = Scene::new();
    let (desc, first, second) = (scene.object("desc"), scene.character(0), scene.character(1));
    let chunk = scene.forged(|change| {
        change.operations =
            vec![on_element(desc, ElementId::Id(first), OpType::Delete, vec![second])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.delete_names_value");
}

#[test]
fn a_deletion_without_a_predecessor() {
    for in_text in [false, true] {
        let scene = Scene::new();
        let (desc, first) = (scene.object("desc"), scene.character(0));
        let chunk = scene.forged(|change| {
            let delete = OpType::Delete;
            change.operations = vec![match in_text {
                true => on_element(desc, ElementId::Id(first), delete, vec![]),
                false => on_key(ObjectId::Root, "status", delete, vec![]),
            }];
        });
        scene.refuses(&chunk, Code::OpInvalid, "op.delete_names_value");
    }
}

#[test]
fn an_update_of_an_element() {
    let scene = Scene::new();
    let (desc, first) = (scene.object("desc"), scene.character(0));
    let chunk = scene.forged(|change| {
        let element = ElementId::Id(first.clone());
        change.operations = vec![on_element(desc, element, put("x"), vec![first])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.text_inserts");
}

#[test]
fn an_update_of_an_unknown_element() {
    let scene = Scene::new();
    let (desc, owner) = (scene.object("desc"), scene.owner.document.get_actor().clone());
    let chunk = scene.forged(|change| {
        let element = ElementId::Id(id(5_000, &owner));
        change.operations = vec![on_element(desc, element, put("x"), vec![])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.known_op");
}

#[test]
fn a_key_of_a_text() {
    let scene = Scene::new();
    let desc = scene.object("desc");
    let chunk = scene.forged(|change| {
        change.operations = vec![on_key(desc, "a", put("x"), vec![])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.key_fits_object");
}

#[test]
fn an_element_of_a_map() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        change.operations[0].key = Key::Seq(ElementId::Head);
        change.operations[0].pred = vec![].into();
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.key_fits_object");
}

#[test]
fn an_insertion_into_a_map() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| change.operations[0].insert = true);
    scene.refuses(&chunk, Code::OpInvalid, "op.key_fits_object");
}

#[test]
fn a_write_at_the_head_of_a_text_that_does_not_insert() {
    let scene = Scene::new();
    let desc = scene.object("desc");
    let chunk = scene.forged(|change| {
        change.operations = vec![on_element(desc, ElementId::Head, put("x"), vec![])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.text_inserts");
}

#[test]
fn a_deletion_of_the_head_of_a_text() {
    let scene = Scene::new();
    let (desc, first) = (scene.object("desc"), scene.character(0));
    let chunk = scene.forged(|change| {
        change.operations = vec![on_element(desc, ElementId::Head, OpType::Delete, vec![first])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.delete_names_value");
}

#[test]
fn an_insertion_that_supersedes() {
    let scene = Scene::new();
    let (desc, first) = (scene.object("desc"), scene.character(0));
    let chunk = scene.forged(|change| {
        let mut op = insert(desc, ElementId::Head, "x");
        op.pred = vec![first].into();
        change.operations = vec![op];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.insert_is_new");
}

#[test]
fn values_in_a_text_that_are_no_character() {
    for value in [
        ScalarValue::Null,
        ScalarValue::Int(1),
        ScalarValue::Boolean(true),
        ScalarValue::counter(1),
        ScalarValue::Str("".into()),
        ScalarValue::Str("two".into()),
    ] {
        let scene = Scene::new();
        let desc = scene.object("desc");
        let chunk = scene.forged(|change| {
            change.operations = vec![insert(desc, ElementId::Head, value)];
        });
        scene.refuses(&chunk, Code::OpInvalid, "op.character");
    }
}

#[test]
fn control_characters_in_a_text() {
    for value in ["\0", "\u{1b}", "\r", "\u{7f}", "\u{85}"] {
        let scene = Scene::new();
        let desc = scene.object("desc");
        let chunk = scene.forged(|change| {
            change.operations = vec![insert(desc, ElementId::Head, value)];
        });
        scene.refuses(&chunk, Code::ValueInvalid, "op.character");
    }
}

#[test]
fn containers_of_every_type() {
    for made in [ObjType::Map, ObjType::List, ObjType::Text, ObjType::Table] {
        let scene = Scene::new();
        let chunk = scene.forged(|change| {
            let make = OpType::Make(made);
            change.operations = vec![on_key(ObjectId::Root, "mine", make, vec![])];
        });
        scene.refuses(&chunk, Code::OpInvalid, "op.action");
    }
}

#[test]
fn a_table_and_a_key_in_it() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        let made = ObjectId::Id(own_id(change, 0));
        change.operations = vec![
            on_key(ObjectId::Root, "mine", OpType::Make(ObjType::Table), vec![]),
            on_key(made, "a", put(1), vec![]),
        ];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.action");
}

#[test]
fn a_container_in_a_text() {
    let scene = Scene::new();
    let desc = scene.object("desc");
    let chunk = scene.forged(|change| {
        let mut op = insert(desc, ElementId::Head, "x");
        op.action = OpType::Make(ObjType::Map);
        change.operations = vec![op];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.action");
}

#[test]
fn an_increment_of_a_character() {
    let scene = Scene::new();
    let (desc, first) = (scene.object("desc"), scene.character(0));
    let chunk = scene.forged(|change| {
        let element = ElementId::Id(first.clone());
        change.operations = vec![on_element(desc, element, OpType::Increment(1), vec![first])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.action");
}

#[test]
fn marks() {
    let begin = |name: &str| {
        let mark = MarkData { name: name.into(), value: true.into(), expand: true };
        OpType::MarkBegin(mark)
    };
    for actions in [
        vec![begin("bold"), OpType::MarkEnd(true)],
        vec![OpType::MarkEnd(true)],
        vec![OpType::MarkEnd(false)],
        vec![OpType::MarkEnd(true), begin("bold")],
    ] {
        let scene = Scene::new();
        let (desc, first) = (scene.object("desc"), scene.character(0));
        let bare = matches!(actions[..], [OpType::MarkEnd(false)]);
        let chunk = scene.forged(|change| {
            let mark = |action| {
                let mut op = insert(desc.clone(), ElementId::Id(first.clone()), "x");
                op.action = action;
                op
            };
            change.operations = actions.into_iter().map(mark).collect();
        });
        // A mark's end without a flag shows in no column but that of the actions.
        let rule = bare.then_some("op.action");
        scene.refuses(&chunk, Code::OpInvalid, rule);
    }
}

#[test]
fn a_mark_on_a_map() {
    let scene = Scene::new();
    let title = scene.value_id("title");
    let chunk = scene.forged(|change| {
        change.operations =
            vec![on_key(ObjectId::Root, "title", OpType::MarkEnd(false), vec![title])];
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.action");
}

#[test]
fn a_change_without_operations() {
    let scene = Scene::new();
    let mut raw = RawChunk::of(&scene.mallory.clone().put("title", "Mine"));
    raw.columns.clear();
    raw.others.clear();
    scene.refuses(&raw.chunk(), Code::OpInvalid, None);
}
