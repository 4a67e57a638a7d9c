//! A client that holds many documents comes back after some of them were changed.

use std::path::Path;
use std::time::{Duration, Instant};

use umbra_sync_protocol::wire::{Bytes, Cursor, Event, LogEntry, ServerFrame, SpaceState};

use crate::sockets::client::{Device, Driver, Traffic};
use crate::sockets::measure::median;
use crate::sockets::seed::fill;
use crate::sockets::server::{Database, Engine, Server};

/// How often it comes back, for a median.
const TIMES: usize = 25;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Reconnect {
    /// Where documents were changed.
    pub changed: Return,
    /// Where none was: what a connection costs by itself.
    pub unchanged: Return,
    /// The bytes of the changes that the client had missed.
    pub chunks: u64,
}

/// How one return went.
#[derive(Clone, Debug)]
pub struct Return {
    /// How many frames the client sent.
    pub requests: u64,
    /// What went over the wire behind the HTTP handshake.
    pub traffic: Traffic,
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
    let cursors = ends(&reader).await;
    let changes = list.retitle_kept().await;
    let changed = come_back_often(&reader, &cursors, &changes).await;
    let unchanged = come_back_often(&reader, &ends(&reader).await, &[]).await;
    server.stop().await;
    let chunks = changes.iter().map(|chunk| chunk.len() as u64).sum();
    Reconnect { changed, unchanged, chunks }
}

/// The cursors of a client that has everything.
async fn ends(reader: &Device) -> Vec<Cursor> {
    let (_, welcome) = Driver::greet(reader, None, Vec::new()).await;
    let cursor =
        |space: &SpaceState| Cursor { space: space.space, seq: space.head, packed_to: None };
    welcome.spaces.iter().map(cursor).collect()
}

/// The median time of some returns.
async fn come_back_often(reader: &Device, cursors: &[Cursor], changes: &[Vec<u8>]) -> Return {
    let mut runs = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        runs.push(come_back(reader, cursors, changes).await);
    }
    let time = median(runs.iter().map(|run| run.time));
    Return { time, ..runs.swap_remove(0) }
}

async fn come_back(reader: &Device, cursors: &[Cursor], changes: &[Vec<u8>]) -> Return {
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
    Return { requests: driver.frames_sent(), traffic: driver.traffic().since(handshake), time }
}
