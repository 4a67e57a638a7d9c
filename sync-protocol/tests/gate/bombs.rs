//! Small chunks that claim to be huge, and traffic that would make a document
//! slow. The library would take seconds, gigabytes or for ever for most of it; here
//! nothing is done that a claim asks for, so that these tests end is half of what
//! they show.

use automerge::legacy::ObjectId;
use automerge::{ActorId, Automerge};
use umbra_model::Kind;
use umbra_sync_protocol::gate::{Code, Judgement};
use umbra_sync_protocol::limits::{
    CHUNK_ACTORS_MAX, CHUNK_BYTES_MAX, CHUNK_DEPS_MAX, CHUNK_OPS_MAX, DOCUMENT_ACTORS_MAX,
    KEY_VALUES_MAX,
};

use crate::support::device::Device;
use crate::support::forge::{forge, on_key, put};
use crate::support::raw::{
    ACTION, INSERT, KEY_TEXT, OBJECT_ACTOR, OBJECT_COUNTER, PRED_ACTOR, PRED_COUNT, PRED_COUNTER,
    RawChunk, VALUE_META, delta_run, run, text_run, unsigned, wrap,
};
use crate::support::scene::{Scene, sound};

/// A title that is put so many times by one change.
fn claims_ops(scene: &Scene, ops: u64) -> Vec<u8> {
    let mut raw = RawChunk::of(&scene.mallory.clone().put("title", "Mine"));
    let len = i64::try_from(ops).unwrap();
    *raw.column(ACTION) = run(len, 1);
    *raw.column(KEY_TEXT) = text_run(len, "title");
    *raw.column(INSERT) = unsigned(ops);
    *raw.column(VALUE_META) = run(len, 0);
    *raw.column(PRED_COUNT) = run(len, 0);
    raw.others.clear();
    raw.drop_column(crate::support::raw::VALUE);
    raw.drop_column(PRED_ACTOR);
    raw.drop_column(PRED_COUNTER);
    raw.chunk()
}

#[test]
fn a_million_operations_in_a_hundred_bytes() {
    for ops in [CHUNK_OPS_MAX + 1, 1_000_000, 100_000_000, 1 << 40, i64::MAX as u64] {
        let scene = Scene::new();
        let chunk = claims_ops(&scene, ops);
        assert!(chunk.len() < 200);
        scene.refuses(&chunk, Code::ChunkTooLarge, None);
    }
}

#[test]
fn more_predecessors_than_there_are_bytes() {
    let scene = Scene::new();
    let mut raw = RawChunk::of(&scene.mallory.clone().put("title", "Mine"));
    *raw.column(PRED_COUNT) = run(-1, 1 << 40);
    *raw.column(PRED_ACTOR) = run(1 << 40, 1);
    *raw.column(PRED_COUNTER) = delta_run(1 << 40, 1);
    scene.refuses(&raw.chunk(), Code::ChunkTooLarge, None);
}

#[test]
fn a_column_longer_than_the_operations() {
    let scene = Scene::new();
    let mut raw = RawChunk::of(&scene.mallory.clone().put("title", "Mine"));
    *raw.column(OBJECT_ACTOR) = run(1 << 50, 0);
    *raw.column(OBJECT_COUNTER) = run(1 << 50, 1);
    scene.refuses(&raw.chunk(), Code::OpInvalid, "op.known_object");
}

#[test]
fn compressed_zeros() {
    use std::io::Write;
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    deflate.write_all(&vec![0; 64 << 20]).unwrap();
    let bomb = wrap(2, &deflate.finish().unwrap());
    assert!(bomb.len() < 100_000);
    Scene::new().refuses(&bomb, Code::ChunkMalformed, None);
}

#[test]
fn one_dependency_a_hundred_thousand_times() {
    for deps in [CHUNK_DEPS_MAX as usize + 1, 7_000] {
        let scene = Scene::new();
        let mut raw = RawChunk::of(&scene.mallory.clone().put("title", "Mine"));
        raw.deps = vec![raw.deps[0]; deps];
        scene.refuses(&raw.chunk(), Code::ChunkTooLarge, None);
    }
    // More than there are bytes.
    let scene = Scene::new();
    let chunk = wrap(1, &unsigned(1 << 60));
    scene.refuses(&chunk, Code::ChunkTooLarge, None);
}

#[test]
fn more_actors_than_a_change_may_name() {
    let scene = Scene::new();
    let mut raw = RawChunk::of(&scene.mallory.clone().put("title", "Mine"));
    raw.others = (0..=CHUNK_ACTORS_MAX).map(|n| vec![n as u8; 16]).collect();
    scene.refuses(&raw.chunk(), Code::ChunkTooLarge, None);
}

#[test]
fn a_long_message() {
    let scene = Scene::new();
    let mut raw = RawChunk::of(&scene.mallory.clone().put("title", "Mine"));
    raw.message = vec![b'x'; 257];
    scene.refuses(&raw.chunk(), Code::ChunkTooLarge, None);
}

#[test]
fn a_chunk_of_too_many_bytes() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        change.operations[0].action = put("x".repeat(CHUNK_BYTES_MAX));
    });
    scene.refuses(&chunk, Code::ChunkTooLarge, None);
}

#[test]
fn ten_thousand_nested_maps() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        let mut object = ObjectId::Root;
        change.operations = (0..10_000)
            .map(|n| {
                let make = automerge::legacy::OpType::Make(automerge::ObjType::Map);
                let op = on_key(object.clone(), "a", make, vec![]);
                object = ObjectId::Id(crate::support::forge::own_id(change, n));
                op
            })
            .collect();
    });
    scene.refuses(&chunk, Code::OpInvalid, "op.action");
}

#[test]
fn an_actor_for_every_change() {
    let mut scene = Scene::new();
    let changes: Vec<_> = (0..DOCUMENT_ACTORS_MAX + 10)
        .map(|n| {
            let mut device = scene.mallory.clone();
            let generation = (n as u64).to_be_bytes();
            let actor = device.author.prefix.actor(generation);
            device.document.set_actor(ActorId::from(actor));
            device.put_in("labels", crate::support::scene::LABEL, n as i64)
        })
        .collect();
    let judged = scene.server.judge(&changes, &scene.mallory.author, &scene.facts);
    let accepted = judged.iter().filter(|it| matches!(it, Judgement::Accepted { .. })).count();
    // Under one key, the values in conflict are the narrower bound.
    assert_eq!(accepted, KEY_VALUES_MAX);
    sound(&scene.server);
}

#[test]
fn more_actors_than_a_document_may_have() {
    let mut scene = Scene::new();
    let changes: Vec<_> = (0..DOCUMENT_ACTORS_MAX + 10)
        .map(|n| {
            let mut device = scene.mallory.clone();
            let actor = device.author.prefix.actor((n as u64).to_be_bytes());
            device.document.set_actor(ActorId::from(actor));
            device.splice("desc", 0, 0, "x")
        })
        .collect();
    let judged = scene.server.judge(&changes, &scene.mallory.author, &scene.facts);
    let accepted = judged.iter().filter(|it| matches!(it, Judgement::Accepted { .. })).count();
    // Two there are: genesis and the owner.
    assert_eq!(accepted, DOCUMENT_ACTORS_MAX - 2);
    let Some(Judgement::Refused { refusal, .. }) = judged.last() else { panic!("{judged:?}") };
    assert_eq!((refusal.code, refusal.rule), (Code::DocumentFull, Some("history.room")));
    // Those who are in it go on.
    let chunk = scene.owner.put("title", "Still open");
    crate::support::scene::accept(&mut scene.server, &[chunk], &scene.owner, &scene.facts);
}

#[test]
fn a_pile_of_values_under_one_key() {
    let mut scene = Scene::new();
    let mut chunks = Vec::new();
    for n in 0..10_000 {
        // Each claims that there was no value before.
        let chunk = scene.mallory.clone().put("title", format!("Mine {n}"));
        chunks.push(forge(&chunk, |change| change.operations[0].pred = vec![].into()));
        match scene.push(chunks.last().unwrap()) {
            Judgement::Accepted { .. } => scene.mallory.take(&chunks[chunks.len() - 1..]),
            Judgement::Refused { refusal, .. } => {
                assert_eq!(refusal.rule, Some("schema.values_max"));
                assert_eq!(refusal.path.as_deref(), Some("title"));
                break;
            }
            judged => panic!("{judged:?}"),
        }
    }
    assert_eq!(chunks.len(), KEY_VALUES_MAX);
    // Whoever settles the conflict is welcome.
    scene.goes_on();
}

#[test]
fn walks_through_a_long_history_are_bounded() {
    // A thousand changes that each claim to have seen nothing of a long history.
    let mut scene = Scene::new();
    let typed: Vec<_> = (0..2_000).map(|_| scene.owner.splice("desc", 0, 0, "x")).collect();
    let (owner, facts) = (scene.owner.clone(), scene.facts);
    crate::support::scene::accept(&mut scene.server, &typed, &owner, &facts);
    let blind = Device::new(Kind::Event, scene.mallory.author);
    let chunks: Vec<_> = (0..1_000_u64)
        .map(|n| {
            let mut device = blind.clone();
            let actor = device.author.prefix.actor(n.to_be_bytes());
            device.document.set_actor(ActorId::from(actor));
            // Not even its number is right, so that the walk is all that it costs.
            forge(&device.put("title", "Mine"), |change| change.operations[0].insert = true)
        })
        .collect();
    let judged = scene.server.judge(&chunks, &scene.mallory.author, &facts);
    let busy = judged.iter().filter(|it| format!("{it:?}").contains("Busy")).count();
    assert_eq!(busy, 1_000 - 1_000_000 / 2_007);
    let saved = scene.server.save();
    assert!(Automerge::load(&saved).is_ok());
}
