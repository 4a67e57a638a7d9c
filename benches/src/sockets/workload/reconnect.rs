//! A client that holds many documents comes back after some of them were changed.

use std::path::Path;
use std::time::{Duration, Instant};

use umbra_sync_protocol::wire::{Bytes, Cursor, Event, LogEntry, ServerFrame, SpaceState};

use crate::sockets::client::{Device, Driver, Traffic};
use crate::sockets::measure::median;
use crate::sockets::seed::fill;
use crate::sockets::server::{Database, Engine, Server};

/// How often it comes back, for a median.
const TIMES: usize = 9;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Reconnect {
    /// How many frames the client sent.
    pub requests: u64,
    /// What went over the wire behind the HTTP handshake.
    pub traffic: Traffic,
    /// The bytes of the changes that it had missed.
    pub chunks: u64,
    /// From before the TCP connection until it was current.
    pub time: Duration,
}

/// A client holds so many documents, of which so many were changed while it was
/// away.
pub async fn reconnect(program: &Path, held: usize, changed: usize) -> Reconnect {
    let database = Database::fresh(Engine::Sqlite).await;
    let server = Server::start(program, &database).await;
    let author = Device::first(server.addr).await;
    let reader = author.sibling().await;
    let mut list = fill(author, held, changed).await;
    let (_, welcome) = Driver::greet(&reader, None, Vec::new()).await;
    let cursor =
        |space: &SpaceState| Cursor { space: space.space, seq: space.head, packed_to: None };
    let cursors: Vec<_> = welcome.spaces.iter().map(cursor).collect();
    let changes = list.retitle_kept().await;
    let mut runs = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        runs.push(come_back(&reader, &cursors, &changes).await);
    }
    server.stop().await;
    let time = median(runs.iter().map(|run| run.time));
    Reconnect { time, ..runs.swap_remove(0) }
}

async fn come_back(reader: &Device, cursors: &[Cursor], changes: &[Vec<u8>]) -> Reconnect {
    let begun = Instant::now();
    let mut driver = Driver::connect(reader).await;
    let handshake = driver.traffic();
    driver.hello(Some(reader.epoch), cursors.to_vec()).await;
    let frames = driver.everything(cursors.len()).await;
    let time = begun.elapsed();
    let entries = frames.iter().flat_map(|frame| match frame {
        ServerFrame::Entries(entries) => entries.body.unpack().expect("a body of entries"),
        ServerFrame::Pack(_) => panic!("a cold start of what is held"),
        _ => Vec::new(),
    });
    let missed = entries.filter_map(|entry: LogEntry| match entry.event {
        Event::Change { chunk, .. } => Some(chunk),
        _ => None,
    });
    assert!(missed.eq(changes.iter().cloned().map(Bytes::from)), "the changes, and nothing else");
    let chunks = changes.iter().map(|chunk| chunk.len() as u64).sum();
    let traffic = driver.traffic().since(handshake);
    Reconnect { requests: driver.frames_sent(), traffic, chunks, time }
}
