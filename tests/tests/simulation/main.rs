//! Many clients, two server nodes over one database, and everything that can go
//! wrong, in virtual time. The clients' engine, the sessions and the core of the
//! sequencer are the real ones; the database, the network and the judge are as naive
//! as can be.
//!
//! Each seed is one history. One that fails says which it is:
//!
//! ```text
//! UMBRA_SIMULATION_SEED=1234 cargo test -p umbra-tests --test simulation
//! UMBRA_SIMULATION_SEEDS=100000 cargo test -p umbra-tests --test simulation
//! ```

mod chaos;
mod database;
mod deed;
mod device;
mod dice;
mod judge;
mod node;
mod pages;
mod promises;
mod rights;
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use world::World;

/// Seeds of a run that nobody asked more of.
const SEEDS: u64 = 2_000;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{text}`")))
}

/// One history. Yields how many of each verdict there were.
fn history(seed: u64) -> BTreeMap<String, u64> {
    let mut world = World::seeded(seed);
    // Most are short, so that there are many of them.
    let moments = if seed.is_multiple_of(8) { 160 } else { 50 };
    chaos::unfold(&mut world, moments);
    promises::come_to_rest(&mut world);
    promises::hold(&mut world);
    world.judge.verdicts
}

#[test]
fn every_history_keeps_the_promises() {
    if let Some(seed) = number("UMBRA_SIMULATION_SEED") {
        history(seed);
        return;
    }
    let seeds = number("UMBRA_SIMULATION_SEEDS").unwrap_or(SEEDS);
    let next = AtomicU64::new(0);
    let failed = Mutex::new(Vec::new());
    let verdicts: Mutex<BTreeMap<String, u64>> = Mutex::default();
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds || !failed.lock().expect("nobody panics with it").is_empty() {
                return;
            }
            match catch_unwind(AssertUnwindSafe(|| history(seed))) {
                Ok(counts) => {
                    let mut verdicts = verdicts.lock().expect("nobody panics with it");
                    for (code, count) in counts {
                        *verdicts.entry(code).or_default() += count;
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
    let verdicts = verdicts.into_inner().expect("nobody panics with it");
    for code in ["accepted", "role_too_weak", "not_found", "depends_on_refused"] {
        assert!(
            verdicts.get(code).is_some_and(|it| *it > 0),
            "no history had {code}: {verdicts:?}"
        );
    }
}

/// The same seed is the same history, or replaying would be of no use.
#[test]
fn histories_repeat() {
    for seed in [3, 8] {
        assert_eq!(history(seed), history(seed));
    }
}
