//! Runs the benchmarks that are named, or all, and prints one table.

use std::process::ExitCode;

use umbra_benches::{BENCHMARKS, Report, Setting};

const SERVER: &str = env!("CARGO_BIN_EXE_umbra-bench-server");

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "it prints a table")]
fn main() -> ExitCode {
    // Cargo adds a flag of its own.
    let args: Vec<_> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (flags, named): (Vec<_>, Vec<_>) = args.iter().partition(|arg| arg.starts_with('-'));
    let setting = match flags.as_slice() {
        [] => Setting::full(SERVER),
        [flag] if *flag == "--quick" => Setting::quick(SERVER),
        _ => {
            eprintln!("the one flag is --quick");
            return ExitCode::FAILURE;
        }
    };
    let known = |name: &String| BENCHMARKS.iter().any(|(known, _)| known == name);
    if let Some(unknown) = named.iter().find(|name| !known(name)) {
        let names: Vec<_> = BENCHMARKS.iter().map(|(name, _)| *name).collect();
        eprintln!("there is no benchmark `{unknown}`; there are: {}", names.join(", "));
        return ExitCode::FAILURE;
    }
    let mut report = Report::default();
    for (name, run) in BENCHMARKS {
        if named.is_empty() || named.iter().any(|it| it == name) {
            run(&setting, &mut report);
        }
    }
    println!("{report}\n{}", report.verdict());
    ExitCode::SUCCESS
}
