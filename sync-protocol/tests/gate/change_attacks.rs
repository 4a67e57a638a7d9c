//! Changes that lie about their place in history.

use automerge::{ActorId, ChangeHash};
use umbra_sync_protocol::gate::{Code, Judgement};

use crate::support::forge::forge;
use crate::support::raw::RawChunk;
use crate::support::scene::{Scene, accept};

#[test]
fn an_unknown_dependency() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| change.deps.push(ChangeHash([0xff; 32])));
    scene.refuses(&chunk, Code::MissingDependencies, "history.known_dependencies");
}

#[test]
fn a_dependency_named_twice() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| change.deps.push(change.deps[0]));
    scene.refuses(&chunk, Code::HistoryInconsistent, "history.sorted_dependencies");
}

#[test]
fn dependencies_out_of_order() {
    let mut scene = Scene::new();
    let chunk = scene.away.put("place", crate::support::scene::PLACE);
    accept(&mut scene.server, std::slice::from_ref(&chunk), &scene.away, &scene.facts);
    scene.mallory.take(&[chunk]);
    let mut raw = RawChunk::of(&scene.mallory.clone().put("title", "Mine"));
    assert_eq!(raw.deps.len(), 2);
    raw.deps.reverse();
    scene.refuses(&raw.chunk(), Code::HistoryInconsistent, "history.sorted_dependencies");
}

#[test]
fn the_first_change_of_an_actor_with_number_five() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| change.seq = 5);
    scene.refuses(&chunk, Code::SeqGap, "history.consecutive_numbers");
}

#[test]
fn a_gap_in_the_numbers_of_an_actor() {
    let mut scene = Scene::new();
    let chunk = scene.mallory.put("color", "#112233");
    accept(&mut scene.server, &[chunk], &scene.mallory, &scene.facts);
    let chunk = forge(&scene.mallory.clone().put("title", "Mine"), |change| change.seq = 3);
    scene.refuses(&chunk, Code::SeqGap, "history.consecutive_numbers");
}

#[test]
fn number_zero() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| change.seq = 0);
    scene.refuses(&chunk, Code::ChunkMalformed, None);
}

#[test]
fn a_second_change_that_does_not_build_on_the_first() {
    let mut scene = Scene::new();
    let chunk = scene.mallory.clone().put("title", "Mine");
    let first = scene.mallory.put("color", "#112233");
    accept(&mut scene.server, &[first], &scene.mallory, &scene.facts);
    // It reuses the ids of the operations of the first.
    let chunk = forge(&chunk, |change| change.seq = 2);
    scene.refuses(&chunk, Code::HistoryInconsistent, "history.own_last_change");
}

#[test]
fn operations_that_count_from_below_the_dependencies() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        change.start_op = (change.start_op.get() - 1).try_into().unwrap();
    });
    scene.refuses(&chunk, Code::HistoryInconsistent, "history.exact_counter");
}

#[test]
fn operations_that_leave_counters_out() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        change.start_op = (change.start_op.get() + 1).try_into().unwrap();
    });
    scene.refuses(&chunk, Code::HistoryInconsistent, "history.exact_counter");
}

#[test]
fn operations_that_count_from_the_last_counter_of_all() {
    let scene = Scene::new();
    let chunk = scene.forged(|change| {
        change.start_op = u64::from(u32::MAX).try_into().unwrap();
    });
    scene.refuses(&chunk, Code::ChunkMalformed, None);
}

#[test]
fn times_that_are_none() {
    for time in [i64::MIN, -1, 253_402_300_800, i64::MAX] {
        let scene = Scene::new();
        let chunk = scene.forged(|change| change.time = time);
        scene.refuses(&chunk, Code::ChunkMalformed, None);
    }
}

#[test]
fn an_actor_id_that_is_not_sixteen_bytes() {
    for len in [0, 8, 15, 17, 200] {
        let scene = Scene::new();
        let chunk = scene.forged(|change| change.actor_id = ActorId::from(vec![3; len]));
        scene.refuses(&chunk, Code::ChunkMalformed, None);
    }
}

#[test]
fn genesis_under_its_reserved_actor() {
    let mut scene = Scene::new();
    let genesis = umbra_sync_protocol::genesis::genesis(scene.server.kind());
    let judged = scene.push(&genesis.chunk);
    assert!(matches!(judged, Judgement::Duplicate { .. }), "{judged:?}");
    let chunk = scene.forged(|change| {
        change.actor_id = ActorId::from(genesis.actor);
        change.seq = 2;
    });
    scene.refuses(&chunk, Code::ActorForeign, "history.own_actor");
}

#[test]
fn changes_with_unknown_dependencies_do_not_queue() {
    let mut scene = Scene::new();
    let missing = scene.mallory.put("color", "#112233");
    let waiting: Vec<_> =
        (0..100).map(|n| scene.mallory.put("title", format!("Mine {n}"))).collect();
    let before = scene.server.save();
    for judged in scene.server.judge(&waiting, &scene.mallory.author, &scene.facts) {
        let Judgement::Refused { refusal, .. } = judged else { panic!("{judged:?}") };
        assert_eq!(refusal.code, Code::MissingDependencies);
        assert!(!refusal.code.permanent());
    }
    assert_eq!(scene.server.save(), before);
    // None of them blocks the one that was missing, nor itself.
    accept(&mut scene.server, &[missing], &scene.mallory, &scene.facts);
    accept(&mut scene.server, &waiting, &scene.mallory, &scene.facts);
    scene.goes_on();
}

#[test]
fn what_builds_on_a_refused_change_is_refused_and_nothing_else() {
    let mut scene = Scene::new();
    let mut other = scene.mallory.clone();
    other.document.set_actor(ActorId::from(other.author.prefix.actor(*b"another!")));
    let bad = scene.mallory.put("title", 5);
    let behind = scene.mallory.put("color", "#112233");
    let apart = other.put("color", "#445566");
    let judged = scene.server.judge(&[bad, behind, apart], &scene.mallory.author, &scene.facts);
    let code = |at: usize| match &judged[at] {
        Judgement::Refused { refusal, .. } => Some(refusal.code),
        _ => None,
    };
    assert_eq!(
        [code(0), code(1), code(2)],
        [Some(Code::ValueInvalid), Some(Code::DependsOnRefused), None]
    );
}
