//! Runs the benchmarks that are named, or all, and prints their table.

use std::process::ExitCode;

use umbra_benches::{BENCHMARKS, Report};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "it prints a table")]
fn main() -> ExitCode {
    // Cargo adds a flag of its own.
    let named: Vec<_> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let known = |name: &String| BENCHMARKS.iter().any(|(known, _)| known == name);
    if let Some(unknown) = named.iter().find(|name| !known(name)) {
        let names: Vec<_> = BENCHMARKS.iter().map(|(name, _)| *name).collect();
        eprintln!("there is no benchmark `{unknown}`; there are: {}", names.join(", "));
        return ExitCode::FAILURE;
    }
    let mut report = Report::default();
    for (name, run) in BENCHMARKS {
        if named.is_empty() || named.iter().any(|it| it == name) {
            eprintln!("measuring {name} ..");
            run(&mut report);
        }
    }
    println!("{report}");
    ExitCode::SUCCESS
}
