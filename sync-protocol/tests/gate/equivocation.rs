//! One actor with two changes of one number: a liar, or a device that was
//! restored from a copy. Replicas that took different ones could never merge.

use automerge::ActorId;
use umbra_sync_protocol::gate::{Code, Judgement};

use crate::support::forge::forge;
use crate::support::scene::{Scene, accept};

#[test]
fn an_exact_repeat_is_a_duplicate() {
    let mut scene = Scene::new();
    let chunk = scene.mallory.put("title", "Mine");
    accept(&mut scene.server, std::slice::from_ref(&chunk), &scene.mallory, &scene.facts);
    let before = scene.server.clone();
    let Judgement::Duplicate { actor, actor_seq, .. } = scene.push(&chunk) else { panic!() };
    assert_eq!(actor, scene.mallory.author.prefix.actor(*b"the only"));
    assert_eq!(actor_seq, 1);
    assert!(scene.server == before);
}

#[test]
fn an_exact_repeat_within_a_push_is_a_duplicate() {
    let mut scene = Scene::new();
    let chunk = scene.mallory.put("title", "Mine");
    let judged = scene.server.judge(&[&chunk, &chunk], &scene.mallory.author, &scene.facts);
    assert!(matches!(judged[..], [Judgement::Accepted { .. }, Judgement::Duplicate { .. }]));
    scene.goes_on();
}

#[test]
fn someone_elses_change_is_a_duplicate_too() {
    let mut scene = Scene::new();
    let changes = scene.server.document().get_changes(&[]);
    let judged = scene.push(changes[1].raw_bytes());
    assert!(matches!(judged, Judgement::Duplicate { .. }));
}

#[test]
fn another_change_with_a_number_that_is_taken() {
    let mut scene = Scene::new();
    let mut twin = scene.mallory.clone();
    let chunk = scene.mallory.put("title", "Mine");
    accept(&mut scene.server, &[chunk], &scene.mallory, &scene.facts);
    let chunk = twin.put("title", "Mine as well");
    scene.refuses(&chunk, Code::Equivocation, "history.one_change_a_number");
}

#[test]
fn two_changes_of_one_number_in_one_push() {
    let mut scene = Scene::new();
    let mut twin = scene.mallory.clone();
    let first = scene.mallory.put("title", "Mine");
    let second = twin.put("title", "Mine as well");
    let behind = twin.put("color", "#112233");
    let judged = scene.server.judge(&[first, second, behind], &scene.mallory.author, &scene.facts);
    let codes: Vec<_> = judged
        .iter()
        .map(|it| match it {
            Judgement::Refused { refusal, .. } => Some(refusal.code),
            _ => None,
        })
        .collect();
    // One liar's change doesn't take the whole batch down, as in the library.
    let expected = [None, Some(Code::Equivocation), Some(Code::DependsOnRefused)];
    assert_eq!(codes, expected);
}

#[test]
fn an_old_number_of_a_long_chain() {
    let mut scene = Scene::new();
    let chunks: Vec<_> = (0..5).map(|n| scene.mallory.put("title", format!("Mine {n}"))).collect();
    accept(&mut scene.server, &chunks, &scene.mallory, &scene.facts);
    let chunk = forge(&scene.mallory.clone().put("title", "Mine"), |change| change.seq = 3);
    scene.refuses(&chunk, Code::Equivocation, "history.one_change_a_number");
}

#[test]
fn it_holds_for_a_document_that_was_folded() {
    let mut scene = Scene::new();
    let mut twin = scene.mallory.clone();
    let chunk = scene.mallory.put("title", "Mine");
    accept(&mut scene.server, std::slice::from_ref(&chunk), &scene.mallory, &scene.facts);
    let saved = scene.server.save();
    scene.server =
        umbra_sync_protocol::gate::GateDoc::open(scene.server.kind(), Some(&saved), []).unwrap();
    assert!(matches!(scene.push(&chunk), Judgement::Duplicate { actor_seq: 1, .. }));
    let chunk = twin.put("title", "Mine as well");
    scene.refuses(&chunk, Code::Equivocation, "history.one_change_a_number");
}

#[test]
fn the_edits_behind_a_refusal_go_through_under_a_fresh_actor() {
    let mut scene = Scene::new();
    let mut fresh = scene.mallory.clone();
    let refused = scene.mallory.put("title", 5);
    let behind = scene.mallory.put("color", "#112233");
    let judged = scene.server.judge(&[refused, behind], &scene.mallory.author, &scene.facts);
    assert!(judged.iter().all(|it| matches!(it, Judgement::Refused { .. })));
    fresh.document.set_actor(ActorId::from(fresh.author.prefix.actor(*b"afresh!!")));
    let again = fresh.put("color", "#112233");
    accept(&mut scene.server, &[again], &fresh, &scene.facts);
    scene.mallory = fresh;
    scene.goes_on();
}
