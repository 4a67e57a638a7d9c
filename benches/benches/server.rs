//! The table of docs/PERFORMANCE.md but for the gate's part, measured here and now.
//!
//! `cargo bench -p umbra-benches --bench server -- [--quick] [WORKLOAD...]`. Under
//! `scripts/with-postgres --durable` it measures both engines, else SQLite alone.

use umbra_benches::sockets::report::{Sizes, WORKLOADS, run};
use umbra_benches::sockets::server::Program;
use umbra_benches::sockets::table::Table;

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the table is for whoever runs it")]
async fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let quick = args.iter().any(|arg| arg == "--quick");
    let sizes = if quick { Sizes::quick() } else { Sizes::full() };
    let chosen: Vec<_> =
        args.iter().map(String::as_str).filter(|it| !it.starts_with("--")).collect();
    let workloads = if chosen.is_empty() { WORKLOADS.to_vec() } else { chosen };
    let program = Program::new(env!("CARGO_BIN_EXE_umbra-bench-server"));
    let mut table = Table::default();
    for workload in workloads {
        eprintln!("measuring {workload} ...");
        run(workload, &program, &sizes, &mut table).await;
    }
    print!("{table}");
}
