//! Where the order of changes must not matter, it doesn't: whether a change is
//! sound, fits and is permitted depends on it and on what it builds on.

use std::collections::BTreeMap;

use automerge::{Change, ChangeHash};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use umbra_model::{Kind, Role};
use umbra_sync_protocol::gate::{Author, DocFacts, GateDoc, Judgement};
use umbra_sync_protocol::view::view;

use crate::support::mutate::{Pool, mutate};
use crate::support::world::World;
use crate::support::{author, facts};

/// A change, and who pushes it.
type Pushed = (Author, Vec<u8>);

/// Honest changes, and bad ones among them on which nothing builds. The bad ones
/// are bad in themselves: not by a number that is taken, nor by a value that was
/// given before.
fn history(seed: u64) -> (DocFacts, Vec<Pushed>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let authors = [
        author(1, 1, Role::Owner),
        author(1, 2, Role::Editor),
        author(2, 1, Role::Editor),
        author(3, 1, Role::Viewer),
    ];
    let mut world = World::new(Kind::Todo, &authors, &mut rng);
    (0..60).for_each(|_| world.step(&mut rng));
    world.settle();
    let of = |chunk: &[u8]| *authors.iter().find(|it| chunk_is_by(chunk, it)).unwrap();
    let mut pushed: Vec<Pushed> =
        world.log.iter().map(|chunk| (of(chunk), chunk.clone())).collect();
    let changes = world.server.document().get_changes(&[]);
    let pool = Pool::of(changes.iter().map(Change::decode));
    for at in 0..20 {
        // Each by an actor of its own, so that none takes another's number.
        let mut device = world.peers[at % authors.len()].device.clone();
        let actor = device.author.prefix.actor(rng.random());
        device.document.set_actor(actor.into());
        let chunk = device.put("title", format!("Title {at}"));
        let mut change = Change::from_bytes(chunk).unwrap().decode();
        if at % 3 > 0 {
            mutate(&mut change, &pool, &mut rng);
        }
        pushed.push((device.author, Change::from(change).raw_bytes().to_vec()));
    }
    (world.facts, pushed)
}

fn chunk_is_by(chunk: &[u8], author: &Author) -> bool {
    let change = Change::from_bytes(chunk.to_vec()).unwrap();
    change.actor_id().to_bytes().starts_with(&author.prefix.0)
}

/// Shuffles, but leaves each change behind what it builds on.
fn shuffled(pushed: &[Pushed], rng: &mut ChaCha8Rng) -> Vec<Pushed> {
    let decoded: Vec<_> =
        pushed.iter().map(|(_, chunk)| Change::from_bytes(chunk.clone()).unwrap()).collect();
    let there: Vec<ChangeHash> = decoded.iter().map(Change::hash).collect();
    let mut waiting: Vec<usize> = (0..pushed.len()).collect();
    let (mut out, mut done) = (Vec::new(), Vec::new());
    while !waiting.is_empty() {
        waiting.shuffle(rng);
        let ready = |at: &usize| {
            decoded[*at].deps().iter().all(|dep| done.contains(dep) || !there.contains(dep))
        };
        let next = waiting.iter().position(ready).unwrap();
        let at = waiting.remove(next);
        done.push(there[at]);
        out.push(pushed[at].clone());
    }
    out
}

/// Judges all, some at a time, and yields what became of each.
fn judge(
    pushed: &[Pushed],
    facts: &DocFacts,
    rng: &mut ChaCha8Rng,
) -> (GateDoc, BTreeMap<Vec<u8>, String>) {
    let mut server = GateDoc::new(facts.kind);
    let mut verdicts = BTreeMap::new();
    let mut rest = pushed;
    while let Some((author, _)) = rest.first() {
        let same = rest.iter().take_while(|(it, _)| it == author).count();
        let (push, behind) = rest.split_at(rng.random_range(1..=same));
        let chunks: Vec<_> = push.iter().map(|(_, chunk)| chunk).collect();
        let judged = server.judge(&chunks, author, facts);
        for (chunk, judged) in chunks.into_iter().zip(judged) {
            let verdict = match judged {
                Judgement::Refused { refusal, .. } => format!("{refusal:?}"),
                _ => "accepted".to_owned(),
            };
            verdicts.insert(chunk.clone(), verdict);
        }
        rest = behind;
    }
    (server, verdicts)
}

#[test]
fn verdicts_and_content_are_the_same_in_any_causal_order() {
    let mut refused = 0;
    for seed in 0..6 {
        let (facts, pushed) = history(seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (server, verdicts) = judge(&pushed, &facts, &mut rng);
        refused += verdicts.values().filter(|it| *it != "accepted").count();
        for _ in 0..6 {
            let (other, others) = judge(&shuffled(&pushed, &mut rng), &facts, &mut rng);
            assert_eq!(others, verdicts, "seed {seed}");
            assert_eq!(other.heads(), server.heads());
            assert_eq!(view(other.document(), facts.kind), view(server.document(), facts.kind));
        }
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn a_change_is_judged_alike_alone_and_behind_others_in_one_push() {
    let facts = facts(Kind::Todo);
    for seed in 10..14 {
        let (_, pushed) = history(seed);
        let mut alone = GateDoc::new(Kind::Todo);
        let mut together = GateDoc::new(Kind::Todo);
        for by in pushed.chunk_by(|(a, _), (b, _)| a == b) {
            let author = by[0].0;
            let chunks: Vec<_> = by.iter().map(|(_, chunk)| chunk).collect();
            let one_by_one: Vec<_> =
                chunks.iter().flat_map(|chunk| alone.judge(&[chunk], &author, &facts)).collect();
            assert_eq!(together.judge(&chunks, &author, &facts), one_by_one);
        }
        assert!(together == alone);
    }
}
