//! What Umbra costs, each figure beside the limit it is measured against, taken in
//! the same run: only ratios mean anything on a machine that others use too.
//! Nothing here asserts a time.
//!
//! A benchmark is a function that adds its rows to the [`Report`]; [`BENCHMARKS`]
//! names them all. `cargo bench -p umbra-benches -- NAME..` runs some of them.

mod gate;
mod report;
mod sample;
pub mod sockets;

pub use report::{Report, Row};
pub use sample::{Sample, compare};

/// A benchmark and its name.
pub type Benchmark = (&'static str, fn(&mut Report));

/// Every benchmark, in the order of the table.
pub const BENCHMARKS: &[Benchmark] = &[("gate", gate::run)];
