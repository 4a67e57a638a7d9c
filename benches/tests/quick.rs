//! Every benchmark with little of everything: that it works, not how fast. Each
//! counts what it does, and panics where an answer isn't the one that is due.

use umbra_benches::{BENCHMARKS, Report, Setting};

#[test]
fn every_workload_runs() {
    let setting = Setting::quick(env!("CARGO_BIN_EXE_umbra-bench-server"));
    for (name, run) in BENCHMARKS {
        let mut report = Report::default();
        run(&setting, &mut report);
        assert!(!report.rows().is_empty(), "{name} adds a row");
        for row in report.rows() {
            let sound = row.ratio.is_none_or(|ratio| ratio.is_finite() && ratio > 0.0);
            assert!(sound && !row.ours.is_empty(), "{row:?}");
        }
    }
}
