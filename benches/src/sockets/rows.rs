//! What the workloads come to, as rows of the table. The best peers' figures are of
//! the same workloads on a machine of the same size; docs/PERFORMANCE.md says more.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::baseline::group_commits;
use super::measure::Load;
use super::server::Engine;
use super::workload;
use crate::progress::begin;
use crate::setting::Audience;
use crate::{Report, Row, Setting};

/// Durable, judged, acknowledged changes a second.
pub fn writes(setting: &Setting, report: &mut Report) {
    for (engine, window) in Engine::available().into_iter().flat_map(|it| [(it, 1), (it, 32)]) {
        let load = Load { clients: setting.writers, window, time: setting.writing };
        let name = format!("writes, {engine}, {} clients, {window} in flight", load.clients);
        begin(&name);
        let bare = run_wide(group_commits(engine, &load));
        let it = run(workload::writes(&setting.server, engine, &load));
        assert!(it.rate.done() > 0 && bare.done() > 0, "somebody wrote something");
        let (least, peer) = if window == 1 { (3_300.0, 3_280) } else { (7_500.0, 7_540) };
        let ratio = it.rate.per_second() / bare.per_second();
        report.push(Row {
            name,
            target: format!("ratio ≥ 0.5; > {least}/s"),
            ours: format!("{}; CPU {} µs each", it.rate, it.cpu.as_micros()),
            limit: format!("bare group commits: {bare}"),
            ratio: Some(ratio),
            holds: Some(ratio >= 0.5 && it.rate.per_second() > least),
            peer: format!("{peer}/s (Jazz)"),
        });
    }
}

/// A client comes back after some of what it holds was changed.
pub fn reconnect(setting: &Setting, report: &mut Report) {
    let mut least = None;
    for &held in &setting.held {
        let name = format!("reconnect, {} of {held} documents changed", setting.changed);
        begin(&name);
        let it = run(workload::reconnect(&setting.server, held, setting.changed));
        let traffic = |it: &workload::Return| it.traffic.up + it.traffic.down;
        let (bytes, constant) = (traffic(&it.changed), traffic(&it.unchanged));
        let ratio = (bytes - constant) as f64 / it.chunks as f64;
        report.push(Row {
            name,
            target: "1 request; ratio ≤ 1.3".to_owned(),
            ours: format!(
                "{} request; {bytes} B, of these {constant} B without changes",
                it.changed.requests
            ),
            limit: format!("the changed chunks: {} B", it.chunks),
            ratio: Some(ratio),
            holds: Some(it.changed.requests == 1 && ratio <= 1.3),
            peer: match held {
                1_000 => "711 kB (Jazz)".to_owned(),
                10_000 => "4,661 kB (Jazz)".to_owned(),
                _ => String::new(),
            },
        });
        let first = least.is_none();
        let least = *least.get_or_insert(it.changed.time);
        let ratio = it.changed.time.as_secs_f64() / least.as_secs_f64();
        report.push(Row {
            name: format!("reconnect, time with {held} held"),
            target: if first { String::new() } else { "ratio ≤ 1.3".to_owned() },
            ours: format!("{:.1} ms", millis(it.changed.time)),
            limit: format!("with {} held: {:.1} ms", setting.held[0], millis(least)),
            ratio: Some(ratio),
            holds: (!first).then_some(ratio <= 1.3),
            peer: match held {
                1_000 => "143 ms (Jazz)".to_owned(),
                10_000 => "114 ms (Jazz)".to_owned(),
                _ => String::new(),
            },
        });
    }
}

/// A new client gets everything.
pub fn cold_start(setting: &Setting, report: &mut Report) {
    for engine in Engine::available() {
        for &items in &setting.cold {
            let name = format!("cold start, {engine}, {items} documents");
            begin(&name);
            let it = run(workload::cold_start(&setting.server, engine, items));
            let (most, peer) = match items {
                1_000 => (100.0, "520 ms, 1.5 MB (Jazz)"),
                10_000 => (600.0, "2,280 ms, 14.8 MB (Jazz)"),
                _ => (f64::INFINITY, ""),
            };
            let ratio = it.down as f64 / it.saved as f64;
            // The clock's time has the client's work in it, and is held to the same.
            let fast = millis(it.time).max(millis(it.cpu)) < most;
            report.push(Row {
                name,
                target: format!("ratio ≤ 1.3; none opened; < {most} ms"),
                ours: format!(
                    "{} B; {} opened; {:.0} ms, the first {:.0} ms; CPU {:.0} ms",
                    it.down,
                    it.opened,
                    millis(it.time),
                    millis(it.first),
                    millis(it.cpu)
                ),
                limit: format!("saved, joined, zlib: {} B", it.saved),
                ratio: Some(ratio),
                holds: Some(ratio <= 1.3 && it.opened == 0 && fast),
                peer: peer.to_owned(),
            });
        }
    }
}

/// Many watch one document.
pub fn fan_out(setting: &Setting, report: &mut Report) {
    for engine in Engine::available() {
        for audience in &setting.audiences {
            let Audience { watchers, edits_per_second, edits } = audience;
            let name =
                format!("fan-out, {engine}, {watchers} connections, {edits_per_second} edits/s");
            begin(&name);
            let it = run(workload::fan_out(&setting.server, engine, audience));
            let deliveries = (watchers * edits) as u64;
            assert_eq!(it.rate.done(), deliveries, "each edit comes to each, and once");
            let (most, peer) = match watchers {
                100 => (7.3, "p99 7.3 ms; 10-25 µs (Hocuspocus)"),
                _ => (25.0, "p99 28 ms; 9-20 µs (Hocuspocus)"),
            };
            let (p99, cpu) = (it.rate.millis(0.99), it.cpu.as_nanos() as f64 / 1_000.0);
            report.push(Row {
                name,
                target: format!("p99 < {most} ms; CPU < 10 µs"),
                ours: format!(
                    "p50 {:.1} ms, p99 {p99:.1} ms; CPU {cpu:.1} µs a delivery",
                    it.rate.millis(0.5),
                ),
                holds: Some(p99 < most && cpu < 10.0),
                peer: peer.to_owned(),
                ..Row::default()
            });
        }
    }
}

/// What connections and documents cost that do nothing.
pub fn memory(setting: &Setting, report: &mut Report) {
    let name = format!("memory, {} idle connections", setting.idle);
    begin(&name);
    let it = run(workload::idle(&setting.server, setting.idle));
    let each = it.connected.saturating_sub(it.empty) as f64 / setting.idle as f64 / 1_000.0;
    report.push(Row {
        name,
        target: "≤ 20 kB each".to_owned(),
        ours: format!("{each:.1} kB each"),
        limit: format!("the server without them: {:.1} MB", mega(it.empty)),
        holds: Some(each <= 20.0),
        peer: "23 kB (Jazz)".to_owned(),
        ..Row::default()
    });
    let items = setting.cold.iter().copied().max().unwrap_or_default();
    let name = format!("memory, {items} documents at rest");
    begin(&name);
    let it = run(workload::at_rest(&setting.server, items));
    let each = it.resting.saturating_sub(it.empty) / items as u64;
    report.push(Row {
        name,
        target: "nothing each; ≤ 157 MB once served".to_owned(),
        ours: format!("{each} B each; {:.1} MB once all were served", mega(it.served)),
        limit: format!("a server that has none: {:.1} MB", mega(it.empty)),
        // A byte a document is beneath what the system counts in.
        holds: Some(each <= 16 && mega(it.served) <= 157.0),
        peer: "216 MB once served (Hocuspocus)".to_owned(),
        ..Row::default()
    });
}

/// Runs this on one thread: the clients should take as little as they can of the
/// processors that they share with the server.
fn run<T>(measurement: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("the system gives a runtime").block_on(measurement)
}

/// Runs this on as many threads as there are processors: the limit has them for itself.
fn run_wide<T>(measurement: impl Future<Output = T>) -> T {
    Runtime::new().expect("the system gives a runtime").block_on(measurement)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
