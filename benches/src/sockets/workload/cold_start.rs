//! A new client gets everything.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use umbra_sync_protocol::wire::{PackedDoc, ServerFrame};

use crate::sockets::client::{Device, Driver, counter};
use crate::sockets::measure::median;
use crate::sockets::seed::fill;
use crate::sockets::server::{Database, Engine, Server};

/// How often a client starts, for a median and for a processor time above the
/// kernel's grain.
const TIMES: usize = 9;

/// What came of it.
#[derive(Clone, Debug)]
pub struct ColdStart {
    /// The bytes that came down, behind the HTTP handshake.
    pub down: u64,
    /// The bytes of all documents as Automerge saves them, one behind the other,
    /// compressed with zlib.
    pub saved: u64,
    /// From before the TCP connection until all was there, undecoded.
    pub time: Duration,
    /// The same for the first client of a server that has just been started.
    pub first: Duration,
    /// The processor time that the server took for each client.
    pub cpu: Duration,
    /// How many documents the server opened for all this.
    pub opened: u64,
}

/// A new client starts with a list of so many documents.
pub async fn cold_start(program: &Path, engine: Engine, items: usize) -> ColdStart {
    let database = Database::fresh(engine).await;
    let server = Server::start(program, &database).await;
    let author = Device::first(server.addr).await;
    let list = fill(author, items, items).await;
    server.stop().await;
    let saved = compressed(list.kept.iter().map(|item| item.document.save()));

    let server = Server::start(program, &database).await;
    let reader = Device { server: server.addr, ..list.author.clone() };
    let (first, down) = start(&reader, items).await;
    let before = server.cpu();
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        times.push(start(&reader, items).await.0);
    }
    let cpu = (server.cpu() - before) / TIMES as u32;
    let opened = counter(server.addr, "umbra_documents_opened_total").await;
    server.stop().await;
    ColdStart { down, saved, time: median(times.into_iter()), first, cpu, opened }
}

/// Starts from nothing; counts what comes once it is here.
pub(super) async fn start(reader: &Device, items: usize) -> (Duration, u64) {
    let begun = Instant::now();
    let mut driver = Driver::connect(reader).await;
    let handshake = driver.traffic();
    driver.hello(None, Vec::new()).await;
    // The account has its personal space and the list.
    let frames = driver.everything(2).await;
    let time = begun.elapsed();
    let count = |frame: &ServerFrame| match frame {
        ServerFrame::Pack(pack) => {
            pack.body.unpack::<PackedDoc>().expect("a body of documents").len()
        }
        _ => 0,
    };
    let documents = frames.iter().map(count).sum::<usize>();
    assert!((items + 2..items + 4).contains(&documents), "{documents} documents came");
    (time, driver.traffic().since(handshake).down)
}

fn compressed(parts: impl Iterator<Item = Vec<u8>>) -> u64 {
    let mut deflate = ZlibEncoder::new(Vec::new(), Compression::default());
    parts.for_each(|part| deflate.write_all(&part).expect("a vector takes every byte"));
    deflate.finish().expect("a vector takes every byte").len() as u64
}
