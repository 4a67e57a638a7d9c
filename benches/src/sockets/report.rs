//! All workloads, and the table that they come to.

use std::time::Duration;

use crate::sockets::baseline::group_commits;
use crate::sockets::measure::Load;
use crate::sockets::server::{Engine, Program};
use crate::sockets::table::{Row, Table};
use crate::sockets::workload::{Audience, cold_start, fan_out, idle, reconnect, writes};

/// How much of everything.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// Clients that write.
    pub writers: usize,
    /// For how long.
    pub writing: Duration,
    /// Documents held by a client that comes back.
    pub held: Vec<usize>,
    /// How many of them were changed.
    pub changed: usize,
    /// Documents that a new client gets.
    pub cold: Vec<usize>,
    /// Who watches one document.
    pub audiences: Vec<Audience>,
    /// Connections that do nothing.
    pub idle: usize,
}

/// The workloads by their names.
pub const WORKLOADS: [&str; 5] = ["writes", "reconnect", "cold-start", "fan-out", "memory"];

impl Sizes {
    /// Those of docs/PERFORMANCE.md. Takes some minutes.
    pub fn full() -> Self {
        let audience = |watchers, edits_per_second| Audience {
            watchers,
            edits_per_second,
            edits: 20 * edits_per_second as usize,
        };
        Self {
            writers: 20,
            writing: Duration::from_secs(10),
            held: vec![1_000, 10_000, 100_000],
            changed: 100,
            cold: vec![1_000, 10_000],
            audiences: vec![audience(500, 10), audience(100, 50)],
            idle: 1_000,
        }
    }

    /// To see that everything works: a minute at most.
    pub fn quick() -> Self {
        Self {
            writers: 4,
            writing: Duration::from_millis(500),
            held: vec![100, 1_000],
            changed: 20,
            cold: vec![300],
            audiences: vec![Audience { watchers: 20, edits_per_second: 20, edits: 20 }],
            idle: 50,
        }
    }
}

/// Runs one of the [`WORKLOADS`]; adds what came of it.
pub async fn run(workload: &str, program: &Program, sizes: &Sizes, table: &mut Table) {
    match workload {
        "writes" => write_rows(program, sizes, table).await,
        "reconnect" => reconnect_rows(program, sizes, table).await,
        "cold-start" => cold_rows(program, sizes, table).await,
        "fan-out" => fan_out_rows(program, sizes, table).await,
        "memory" => memory_rows(program, sizes, table).await,
        other => panic!("there is no workload {other}; there are {WORKLOADS:?}"),
    }
}

async fn write_rows(program: &Program, sizes: &Sizes, table: &mut Table) {
    for engine in Engine::available() {
        for (window, least, peer) in [(1, 3_300, "3,280/s (Jazz)"), (32, 7_500, "7,540/s (Jazz)")] {
            let load = Load { clients: sizes.writers, window, time: sizes.writing };
            let bare = group_commits(engine, &load).await;
            let writes = writes(program, engine, &load).await;
            let rate = &writes.rate;
            assert!(rate.done() > 0 && bare.done() > 0);
            table.push(Row {
                workload: format!(
                    "writes, {}, {} clients × {window} in flight",
                    engine.name(),
                    load.clients
                ),
                umbra: format!(
                    "{:.0}/s; p50 {:.1} ms, p99 {:.1} ms; CPU {} µs",
                    rate.per_second(),
                    rate.millis(0.5),
                    rate.millis(0.99),
                    writes.cpu.as_micros()
                ),
                beside: format!(
                    "bare group commits {:.0}/s; p50 {:.1} ms, p99 {:.1} ms",
                    bare.per_second(),
                    bare.millis(0.5),
                    bare.millis(0.99)
                ),
                ratio: format!("{:.2}", rate.per_second() / bare.per_second()),
                aim: format!("≥ 0.5; > {least}/s"),
                peer: peer.into(),
            });
        }
    }
}

async fn reconnect_rows(program: &Program, sizes: &Sizes, table: &mut Table) {
    for &held in &sizes.held {
        let it = reconnect(program, held, sizes.changed).await;
        let bytes = it.traffic.up + it.traffic.down;
        table.push(Row {
            workload: format!("reconnect, {} of {held} documents changed", sizes.changed),
            umbra: format!(
                "{} request; {} B up, {} B down; {:.1} ms",
                it.requests,
                it.traffic.up,
                it.traffic.down,
                millis(it.time)
            ),
            beside: format!("the changed chunks: {} B", it.chunks),
            ratio: format!("{:.2}", bytes as f64 / it.chunks as f64),
            aim: "≤ 1.3 and a constant; time the same".into(),
            peer: match held {
                1_000 => "143 ms, 711 kB (Jazz)".into(),
                10_000 => "114 ms, 4,661 kB (Jazz)".into(),
                _ => String::new(),
            },
        });
    }
}

async fn cold_rows(program: &Program, sizes: &Sizes, table: &mut Table) {
    for engine in Engine::available() {
        for &items in &sizes.cold {
            let it = cold_start(program, engine, items).await;
            table.push(Row {
                workload: format!("cold start, {}, {items} documents", engine.name()),
                umbra: format!(
                    "{} B; {:.0} ms, first {:.0} ms; CPU {:.0} ms",
                    it.down,
                    millis(it.time),
                    millis(it.first),
                    millis(it.cpu)
                ),
                beside: format!("saved, joined, zlib: {} B", it.saved),
                ratio: format!("{:.2}", it.down as f64 / it.saved as f64),
                aim: match items {
                    1_000 => "≤ 1.3; < 100 ms".into(),
                    10_000 => "≤ 1.3; < 600 ms".into(),
                    _ => "≤ 1.3".into(),
                },
                peer: match items {
                    1_000 => "520 ms, 1.5 MB (Jazz)".into(),
                    10_000 => "2,280 ms, 14.8 MB (Jazz)".into(),
                    _ => String::new(),
                },
            });
        }
    }
}

async fn fan_out_rows(program: &Program, sizes: &Sizes, table: &mut Table) {
    for engine in Engine::available() {
        for audience in &sizes.audiences {
            let it = fan_out(program, engine, audience).await;
            let Audience { watchers, edits_per_second, edits } = audience;
            assert_eq!(
                it.rate.done(),
                (watchers * edits) as u64,
                "each edit to each watcher, once"
            );
            table.push(Row {
                workload: format!(
                    "fan-out, {}, {watchers} connections, {edits_per_second} edits/s",
                    engine.name()
                ),
                umbra: format!(
                    "p50 {:.1} ms, p99 {:.1} ms; CPU {:.1} µs a delivery",
                    it.rate.millis(0.5),
                    it.rate.millis(0.99),
                    it.cpu.as_nanos() as f64 / 1_000.0
                ),
                aim: match watchers {
                    500 => "p99 < 25 ms; < 10 µs".into(),
                    _ => "p99 < 7.3 ms; < 10 µs".into(),
                },
                peer: match watchers {
                    500 => "p99 28 ms; 9-20 µs (Hocuspocus)".into(),
                    100 => "p99 7.3 ms; 10-25 µs (Hocuspocus)".into(),
                    _ => String::new(),
                },
                ..Row::default()
            });
        }
    }
}

async fn memory_rows(program: &Program, sizes: &Sizes, table: &mut Table) {
    let it = idle(program, sizes.idle).await;
    let each = (it.connected - it.empty) as f64 / sizes.idle as f64 / 1_000.0;
    table.push(Row {
        workload: format!("memory, {} idle connections", sizes.idle),
        umbra: format!("{each:.1} kB each"),
        beside: format!("{:.1} MB before, {:.1} MB with", mega(it.empty), mega(it.connected)),
        aim: "≤ 20 kB".into(),
        peer: "23 kB (Jazz)".into(),
        ..Row::default()
    });
    let items = sizes.cold.iter().copied().max().unwrap_or_default();
    let it = cold_start(program, Engine::Sqlite, items).await;
    let (fresh, served) = it.memory;
    table.push(Row {
        workload: format!("memory, {items} documents at rest"),
        umbra: format!("{:.1} MB; {:.1} MB once served", mega(fresh), mega(served)),
        aim: "nothing at rest; ≤ 157 MB".into(),
        peer: "216 MB (Hocuspocus)".into(),
        ..Row::default()
    });
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
