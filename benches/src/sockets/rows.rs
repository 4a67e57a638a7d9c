//! What the workloads come to, as rows of the table. The best peers' figures are of
//! the same workloads on a machine of the same size; docs/PERFORMANCE.md says more.

use std::time::Duration;

use tokio::runtime::Runtime;

use super::baseline::group_commits;
use super::measure::Load;
use super::server::Engine;
use super::workload;
use crate::setting::Audience;
use crate::{Report, Row, Setting};

/// Durable, judged, acknowledged changes a second.
pub fn writes(setting: &Setting, report: &mut Report) {
    for (engine, window) in Engine::available().into_iter().flat_map(|it| [(it, 1), (it, 32)]) {
        let load = Load { clients: setting.writers, window, time: setting.writing };
        let bare = run(group_commits(engine, &load));
        let it = run(workload::writes(&setting.server, engine, &load));
        assert!(it.rate.done() > 0 && bare.done() > 0, "somebody wrote something");
        report.push(Row {
            name: format!("writes, {engine}, {} clients × {window} in flight", load.clients),
            limit: format!("bare group commits: {bare}"),
            ours: format!("{}; CPU {} µs a change", it.rate, it.cpu.as_micros()),
            ratio: Some(it.rate.per_second() / bare.per_second()),
            goal: format!("≥ 0.5; > {}/s", if window == 1 { 3_300 } else { 7_500 }),
            peer: format!("{}/s (Jazz)", if window == 1 { 3_280 } else { 7_540 }),
        });
    }
}

/// A client comes back after some of what it holds was changed.
pub fn reconnect(setting: &Setting, report: &mut Report) {
    for &held in &setting.held {
        let it = run(workload::reconnect(&setting.server, held, setting.changed));
        let (up, down) = (it.traffic.up, it.traffic.down);
        report.push(Row {
            name: format!("reconnect, {} of {held} documents changed", setting.changed),
            limit: format!("the changed chunks: {} B", it.chunks),
            ours: format!(
                "{:.1} ms; {} request; {up} B up, {down} B down",
                millis(it.time),
                it.requests
            ),
            ratio: Some((up + down) as f64 / it.chunks as f64),
            goal: "≤ 1.3 and a constant; time the same".to_owned(),
            peer: match held {
                1_000 => "143 ms, 711 kB (Jazz)".to_owned(),
                10_000 => "114 ms, 4,661 kB (Jazz)".to_owned(),
                _ => String::new(),
            },
        });
    }
}

/// A new client gets everything.
pub fn cold_start(setting: &Setting, report: &mut Report) {
    for engine in Engine::available() {
        for &items in &setting.cold {
            let it = run(workload::cold_start(&setting.server, engine, items));
            let (goal, peer) = match items {
                1_000 => ("≤ 1.3; < 100 ms", "520 ms, 1.5 MB (Jazz)"),
                10_000 => ("≤ 1.3; < 600 ms", "2,280 ms, 14.8 MB (Jazz)"),
                _ => ("≤ 1.3", ""),
            };
            report.push(Row {
                name: format!("cold start, {engine}, {items} documents"),
                limit: format!("saved, joined, zlib: {} B", it.saved),
                ours: format!(
                    "{} B; {:.0} ms, the first {:.0} ms; CPU {:.0} ms",
                    it.down,
                    millis(it.time),
                    millis(it.first),
                    millis(it.cpu)
                ),
                ratio: Some(it.down as f64 / it.saved as f64),
                goal: goal.to_owned(),
                peer: peer.to_owned(),
            });
        }
    }
}

/// Many watch one document.
pub fn fan_out(setting: &Setting, report: &mut Report) {
    for engine in Engine::available() {
        for audience in &setting.audiences {
            let it = run(workload::fan_out(&setting.server, engine, audience));
            let Audience { watchers, edits_per_second, edits } = audience;
            let deliveries = (watchers * edits) as u64;
            assert_eq!(it.rate.done(), deliveries, "each edit comes to each, and once");
            let (goal, peer) = match watchers {
                500 => ("p99 < 25 ms; < 10 µs", "p99 28 ms; 9-20 µs (Hocuspocus)"),
                100 => ("p99 < 7.3 ms; < 10 µs", "p99 7.3 ms; 10-25 µs (Hocuspocus)"),
                _ => ("", ""),
            };
            report.push(Row {
                name: format!(
                    "fan-out, {engine}, {watchers} connections, {edits_per_second} edits/s"
                ),
                ours: format!(
                    "p50 {:.1} ms, p99 {:.1} ms; CPU {:.1} µs a delivery",
                    it.rate.millis(0.5),
                    it.rate.millis(0.99),
                    it.cpu.as_nanos() as f64 / 1_000.0
                ),
                goal: goal.to_owned(),
                peer: peer.to_owned(),
                ..Row::default()
            });
        }
    }
}

/// What connections and documents cost that do nothing.
pub fn memory(setting: &Setting, report: &mut Report) {
    let it = run(workload::idle(&setting.server, setting.idle));
    let each = (it.connected as f64 - it.empty as f64) / setting.idle as f64 / 1_000.0;
    report.push(Row {
        name: format!("memory, {} idle connections", setting.idle),
        limit: format!("the server without them: {:.1} MB", mega(it.empty)),
        ours: format!("{each:.1} kB each"),
        goal: "≤ 20 kB".to_owned(),
        peer: "23 kB (Jazz)".to_owned(),
        ..Row::default()
    });
    let items = setting.cold.iter().copied().max().unwrap_or_default();
    let it = run(workload::at_rest(&setting.server, items));
    report.push(Row {
        name: format!("memory, {items} documents at rest"),
        limit: format!("a server that has none: {:.1} MB", mega(it.empty)),
        ours: format!("{:.1} MB; {:.1} MB once all were served", mega(it.resting), mega(it.served)),
        goal: "nothing; ≤ 157 MB".to_owned(),
        peer: "216 MB once served (Hocuspocus)".to_owned(),
        ..Row::default()
    });
}

fn run<T>(measurement: impl Future<Output = T>) -> T {
    Runtime::new().expect("threads can be started").block_on(measurement)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
