//! What Umbra costs, each figure beside the limit it is measured against, taken in
//! the same run: only ratios mean anything on a machine that others use too.
//! Nothing here asserts a time.
//!
//! A benchmark is a function that adds its rows to the [`Report`]; [`BENCHMARKS`]
//! names them all. `cargo bench -p umbra-benches -- NAME..` runs some of them,
//! `--quick` with little of everything. Under `scripts/with-postgres --durable` both
//! engines are measured, else SQLite alone.

mod gate;
mod progress;
mod report;
mod sample;
mod setting;
mod sockets;

pub use report::{Report, Row};
pub use sample::{Sample, compare};
pub use setting::{Audience, Setting};

/// A benchmark and its name.
pub type Benchmark = (&'static str, fn(&Setting, &mut Report));

/// Every benchmark, in the order of the table.
pub const BENCHMARKS: &[Benchmark] = &[
    ("gate", gate::run),
    ("writes", sockets::writes),
    ("reconnect", sockets::reconnect),
    ("cold-start", sockets::cold_start),
    ("fan-out", sockets::fan_out),
    ("memory", sockets::memory),
];
