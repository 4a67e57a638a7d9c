//! Chunks that say something legal in a way that the library doesn't write, or
//! nothing that it could read.

use automerge::Change;
use umbra_sync_protocol::gate::Code;

use crate::support::raw::{
    ACTION, INSERT, KEY_ACTOR, KEY_COUNTER, KEY_TEXT, OBJECT_ACTOR, OBJECT_COUNTER, PRED_ACTOR,
    PRED_COUNT, PRED_COUNTER, RawChunk, VALUE, VALUE_META, delta_run, nulls, run, seal, signed,
    text_run, unsigned, wrap,
};
use crate::support::scene::Scene;

/// Mallory's honest change of the title, taken apart.
fn raw(scene: &Scene) -> RawChunk {
    RawChunk::of(&scene.mallory.clone().put("title", "Mine"))
}

/// Mallory's honest change, altered, is refused as malformed.
#[track_caller]
fn malformed(alter: impl FnOnce(&mut RawChunk)) {
    let scene = Scene::new();
    let mut raw = raw(&scene);
    alter(&mut raw);
    scene.refuses(&raw.chunk(), Code::ChunkMalformed, None);
}

#[test]
fn the_raw_chunk_is_the_honest_one() {
    let scene = Scene::new();
    let chunk = scene.mallory.clone().put("title", "Mine");
    assert_eq!(RawChunk::of(&chunk).chunk(), chunk);
}

#[test]
fn a_wrong_checksum() {
    let scene = Scene::new();
    let mut chunk = scene.mallory.clone().put("title", "Mine");
    chunk[4] ^= 1;
    assert!(Change::from_bytes(chunk.clone()).is_ok(), "the library ignores it");
    scene.refuses(&chunk, Code::ChunkMalformed, None);
}

#[test]
fn chunks_that_are_no_single_change() {
    let scene = Scene::new();
    let change = scene.mallory.clone().put("title", "Mine");
    for chunk in [
        vec![],
        b"hello".to_vec(),
        scene.server.save(),
        scene.server.document().save(),
        [&change[..], &change].concat(),
        wrap(0, &RawChunk::of(&change).body()),
        wrap(2, &RawChunk::of(&change).body()),
        wrap(3, &RawChunk::of(&change).body()),
        wrap(1, &[]),
    ] {
        Scene::new().refuses(&chunk, Code::ChunkMalformed, None);
    }
}

#[test]
fn a_chunk_cut_off_anywhere() {
    let mut scene = Scene::new();
    let whole = scene.mallory.clone().put("title", "Mine");
    let body = RawChunk::of(&whole).body();
    let before = scene.server.clone();
    for len in 0..whole.len() {
        let judged = scene.push(&whole[..len]);
        assert!(format!("{judged:?}").contains("ChunkMalformed"), "{len}: {judged:?}");
    }
    for len in 0..body.len() {
        let judged = scene.push(&wrap(1, &body[..len]));
        assert!(format!("{judged:?}").contains("ChunkMalformed"), "{len}: {judged:?}");
    }
    assert!(scene.server == before);
    scene.goes_on();
}

#[test]
fn absurd_lengths() {
    let scene = Scene::new();
    let chunk = scene.mallory.clone().put("title", "Mine");
    let header = &chunk[..9];
    for len in [1 << 20, 1 << 32, 1 << 60, u64::MAX] {
        let mut chunk = [header, &unsigned(len), b"body"].concat();
        seal(&mut chunk);
        Scene::new().refuses(&chunk, Code::ChunkMalformed, None);
    }
    malformed(|raw| raw.columns.iter_mut().for_each(|(_, column)| column.clear()));
}

#[test]
fn one_list_of_values_in_two_runs() {
    // Two puts under one key, so that the columns have two equal rows.
    let scene = Scene::new();
    let chunk = scene.mallory.clone().edit(|tx| {
        use automerge::transaction::Transactable;
        tx.put(automerge::ROOT, "color", "#112233").unwrap();
        tx.put(automerge::ROOT, "url", "https://a.org/").unwrap();
    });
    let mut raw = RawChunk::of(&chunk);
    assert_eq!(*raw.column(ACTION), run(2, 1));
    *raw.column(ACTION) = [run(-1, 1), run(-1, 1)].concat();
    let chunk = raw.chunk();
    assert!(Change::from_bytes(chunk.clone()).is_ok(), "the library reads it");
    scene.refuses(&chunk, Code::ChunkMalformed, None);
}

#[test]
fn a_run_of_one() {
    malformed(|raw| *raw.column(ACTION) = run(1, 1));
}

#[test]
fn a_column_of_nulls() {
    malformed(|raw| *raw.column(OBJECT_ACTOR) = nulls(1));
}

#[test]
fn numbers_longer_than_they_need_to_be() {
    malformed(|raw| *raw.column(ACTION) = vec![0x7f, 0x81, 0x00]);
    malformed(|raw| *raw.column(ACTION) = vec![0xff, 0x7f, 0x01]);
}

#[test]
fn columns_out_of_order_unknown_or_named_twice() {
    malformed(|raw| raw.columns.reverse());
    malformed(|raw| raw.columns.push((0xb0, vec![1])));
    malformed(|raw| raw.columns.push((0x100, vec![1])));
    malformed(|raw| raw.columns.insert(0, raw.columns[0].clone()));
    // The third bit says that the column is compressed.
    malformed(|raw| raw.columns[0].0 |= 0b1000);
    malformed(|raw| raw.columns.insert(0, (OBJECT_ACTOR, Vec::new())));
}

#[test]
fn columns_of_different_lengths() {
    for id in [INSERT, VALUE_META, PRED_COUNT] {
        malformed(|raw| raw.drop_column(id));
    }
    malformed(|raw| *raw.column(INSERT) = unsigned(2));
    malformed(|raw| *raw.column(KEY_TEXT) = text_run(2, "title"));
    malformed(|raw| raw.column(VALUE).push(b'x'));
    malformed(|raw| *raw.column(ACTION) = run(2, 1));
}

#[test]
fn half_an_id() {
    malformed(|raw| *raw.column(OBJECT_ACTOR) = run(-1, 1));
    malformed(|raw| *raw.column(OBJECT_COUNTER) = run(-1, 1));
    malformed(|raw| *raw.column(KEY_ACTOR) = run(-1, 1));
    malformed(|raw| *raw.column(KEY_COUNTER) = delta_run(-1, 3));
    malformed(|raw| raw.drop_column(KEY_TEXT));
}

#[test]
fn an_actor_beyond_those_listed() {
    for actor in [2, 64, 256, 1 << 40] {
        malformed(|raw| *raw.column(PRED_ACTOR) = run(-1, actor));
    }
}

#[test]
fn a_counter_beyond_any() {
    malformed(|raw| *raw.column(PRED_COUNTER) = delta_run(-1, 1 << 33));
    malformed(|raw| *raw.column(PRED_COUNTER) = delta_run(-1, i64::MAX));
    malformed(|raw| *raw.column(PRED_COUNTER) = delta_run(-1, -5));
    malformed(|raw| *raw.column(PRED_COUNTER) = delta_run(-1, 0));
    malformed(|raw| {
        *raw.column(OBJECT_ACTOR) = run(-1, 1);
        *raw.column(OBJECT_COUNTER) = run(-1, 1 << 33);
    });
}

#[test]
fn an_actor_listed_in_vain() {
    let scene = Scene::new();
    let genesis = umbra_sync_protocol::genesis::genesis(scene.server.kind()).actor;
    malformed(|raw| {
        raw.others.insert(0, genesis.to_vec());
        *raw.column(PRED_ACTOR) = run(-1, 2);
    });
}

#[test]
fn an_unknown_actor_listed_in_vain() {
    let scene = Scene::new();
    let mut raw = raw(&scene);
    raw.others.push(vec![0xff; 16]);
    scene.refuses(&raw.chunk(), Code::OpInvalid, "op.known_actor");
}

#[test]
fn actors_out_of_order() {
    malformed(|raw| raw.others.push(raw.others[0].clone()));
    malformed(|raw| raw.others.push(raw.actor.clone()));
}

#[test]
fn values_that_are_none() {
    // A null, a flag and a number with bytes that they don't need.
    for meta in [0x10, 0x11, 0x12] {
        malformed(|raw| {
            *raw.column(VALUE_META) = run(-1, meta);
            *raw.column(VALUE) = vec![0];
        });
    }
    malformed(|raw| {
        *raw.column(VALUE_META) = run(-1, 0x24);
        *raw.column(VALUE) = vec![0x01, 0x01];
    });
    malformed(|raw| {
        *raw.column(VALUE_META) = run(-1, 0x24);
        *raw.column(VALUE) = vec![0x81, 0x00];
    });
    // A text that is no text, and one beyond its bytes.
    malformed(|raw| {
        *raw.column(VALUE_META) = run(-1, 0x26);
        *raw.column(VALUE) = vec![0xff, 0xff];
    });
    malformed(|raw| *raw.column(VALUE_META) = run(-1, 0x16 + (1 << 40)));
}

#[test]
fn a_value_with_a_deletion() {
    let scene = Scene::new();
    let mut raw = raw(&scene);
    *raw.column(ACTION) = run(-1, 3);
    scene.refuses(&raw.chunk(), Code::ChunkMalformed, None);
}

#[test]
fn a_key_that_is_no_text() {
    malformed(|raw| {
        *raw.column(KEY_TEXT) = [signed(-1), unsigned(2), vec![0xff, 0xfe]].concat();
    });
}

#[test]
fn a_message_that_is_no_text() {
    malformed(|raw| raw.message = vec![0xff, 0xfe]);
}

#[test]
fn an_unknown_action() {
    let scene = Scene::new();
    let mut raw = raw(&scene);
    *raw.column(ACTION) = run(-1, 99);
    scene.refuses(&raw.chunk(), Code::OpInvalid, "op.action");
}
