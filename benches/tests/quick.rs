//! Every benchmark through sockets, with little of everything: that it works, not
//! how fast.

use umbra_benches::{BENCHMARKS, Report, Setting};

#[test]
fn every_workload_runs() {
    let setting = Setting::quick(env!("CARGO_BIN_EXE_umbra-bench-server"));
    for (name, run) in BENCHMARKS.iter().filter(|(name, _)| *name != "gate") {
        let mut report = Report::default();
        run(&setting, &mut report);
        assert!(!report.is_empty(), "{name} adds a row");
    }
}
