//! Many clients, two server nodes over one database, and everything that can go
//! wrong, in virtual time. The clients' engine, the sessions and the core of the
//! sequencer are the real ones; the database, the network and the judge are as naive
//! as can be.
//!
//! Each seed is one history. One that fails says which it is:
//!
//! ```text
//! UMBRA_SIMULATION_SEED=1234 cargo test -p umbra-tests --test simulation
//! UMBRA_SIMULATION_FIRST=20000 UMBRA_SIMULATION_SEEDS=100000 cargo test -p umbra-tests --test simulation
//! ```

mod chaos;
mod database;
mod deed;
mod device;
mod dice;
mod disaster;
mod excuse;
mod judge;
mod network;
mod node;
mod pages;
mod promises;
mod queue;
mod rest;
mod rights;
mod serving;
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use world::World;

/// Seeds of a run that nobody asked more of.
const SEEDS: u64 = 4_000;

/// What must have happened in one history or another, or they prove little.
const EVERYTHING: &[&str] = &[
    "accepted",
    "role_too_weak",
    "not_found",
    "depends_on_refused",
    "atomic_push_refused",
    "space_recovering",
    "missing_dependencies",
    "a device's death",
    "a node's death",
    "a mangled frame",
    "a fold",
    "a restore",
    "a change given back",
    "a membership given back",
    "an ownership given back",
];

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{text}`")))
}

/// One history. Yields how often what happened in it.
fn history(seed: u64) -> BTreeMap<String, u64> {
    let mut world = World::seeded(seed);
    // Most are short, so that there are many of them.
    let moments = if seed.is_multiple_of(8) { 160 } else { 50 };
    chaos::unfold(&mut world, moments);
    rest::come_to_rest(&mut world);
    promises::hold(&mut world);
    world.judge.seen
}

#[test]
fn every_history_keeps_the_promises() {
    if let Some(seed) = number("UMBRA_SIMULATION_SEED") {
        history(seed);
        return;
    }
    let seeds = number("UMBRA_SIMULATION_SEEDS").unwrap_or(SEEDS);
    let first = number("UMBRA_SIMULATION_FIRST").unwrap_or(0);
    let next = AtomicU64::new(first);
    let failed = Mutex::new(Vec::new());
    let seen: Mutex<BTreeMap<String, u64>> = Mutex::default();
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds || !failed.lock().expect("nobody panics with it").is_empty() {
                return;
            }
            match catch_unwind(AssertUnwindSafe(|| history(seed))) {
                Ok(counts) => {
                    let mut seen = seen.lock().expect("nobody panics with it");
                    for (what, count) in counts {
                        *seen.entry(what).or_default() += count;
                    }
                }
                Err(_) => failed.lock().expect("nobody panics with it").push(seed),
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().expect("nobody panics with it");
    assert!(
        failed.is_empty(),
        "seed {} breaks a promise; its message is above. Replay it with UMBRA_SIMULATION_SEED={}",
        failed[0],
        failed[0]
    );
    let seen = seen.into_inner().expect("nobody panics with it");
    for what in EVERYTHING.iter().filter(|_| seeds >= SEEDS / 2) {
        assert!(seen.contains_key(*what), "no history had {what}: {seen:?}");
    }
}

/// The same seed is the same history, or replaying would be of no use.
#[test]
fn histories_repeat() {
    for seed in [3, 8] {
        assert_eq!(history(seed), history(seed));
    }
}
