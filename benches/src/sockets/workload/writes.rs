//! Clients that write to documents of their own: durable, judged, acknowledged
//! changes a second.

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use umbra_model::{DocId, Kind, Privacy, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{ClientFrame, Create, Push, PushItem, ServerFrame};
use uuid::Uuid;

use crate::sockets::client::{Device, Driver, all_accepted};
use crate::sockets::corpus::WRITTEN;
use crate::sockets::edit::{Editor, title};
use crate::sockets::measure::{Load, Rate, micros};
use crate::sockets::server::{Database, Engine, Server};

/// What came of it.
#[derive(Clone, Debug)]
pub struct Writes {
    /// How fast, from a change being sent to its verdict.
    pub rate: Rate,
    /// The processor time that the server took for each change.
    pub cpu: Duration,
}

/// Writes this load.
pub async fn writes(program: &Path, engine: Engine, load: &Load) -> Writes {
    let database = Database::fresh(engine).await;
    let server = Server::start(program, &database).await;
    let mut clients = vec![Device::first(server.addr).await];
    for number in 1..load.clients {
        clients.push(Device::register(server.addr, &format!("writer{number}")).await);
    }
    let mut ready = Vec::new();
    for device in clients {
        ready.push(Writer::start(&device).await);
    }
    let before = server.cpu();
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for writer in ready {
        running.spawn(writer.run(load.window, begun + load.time));
    }
    let mut latencies = Histogram::new(3).expect("three digits");
    while let Some(writer) = running.join_next().await {
        latencies.add(writer.expect("a client does not panic")).expect("equal bounds");
    }
    let wall = begun.elapsed();
    let cpu = server.cpu() - before;
    server.stop().await;
    let changes = u32::try_from(latencies.len()).unwrap_or(u32::MAX).max(1);
    Writes { rate: Rate { wall, latencies }, cpu: cpu / changes }
}

/// A client with a document in a list of its own.
struct Writer {
    driver: Driver,
    space: SpaceId,
    doc: DocId,
    editor: Editor,
    pushes: u32,
}

impl Writer {
    async fn start(device: &Device) -> Self {
        let space = device.create_space(SpaceKind::List).await;
        let (driver, _) = Driver::greet(device, None, Vec::new()).await;
        let actor = device.prefix.actor(*b"a writer");
        // Any id will do that no other has, and no other has the prefix.
        let doc = DocId(Uuid::from_bytes(actor));
        let editor = Editor::of_fresh(Kind::Todo, actor, "title");
        let mut writer = Self { driver, space, doc, editor, pushes: 0 };
        writer.feed().await;
        writer.driver.flush().await;
        all_accepted(&writer.driver.verdicts().await);
        writer
    }

    /// Keeps so many changes unanswered until the end, then waits for the rest. What
    /// may be sent at one moment leaves in one piece, as any client's would.
    async fn run(mut self, window: usize, end: Instant) -> Histogram<u64> {
        let mut latencies = Histogram::new(3).expect("three digits");
        let mut unanswered = VecDeque::with_capacity(window);
        loop {
            while unanswered.len() < window && Instant::now() < end {
                unanswered.push_back(Instant::now());
                self.feed().await;
            }
            self.driver.flush().await;
            if unanswered.is_empty() {
                return latencies;
            }
            let mut frame = Some(self.driver.next().await);
            while let Some(it) = frame {
                if let ServerFrame::Verdicts(verdicts) = it {
                    all_accepted(&verdicts);
                    // Answers come in the order of the pushes here: all are of one document.
                    let sent = unanswered.pop_front().expect("the answer is to one of them");
                    let due = self.pushes - 1 - unanswered.len() as u32;
                    assert_eq!(verdicts.id, due, "the pushes are answered in order");
                    latencies.record(micros(sent.elapsed())).expect("it grows");
                }
                frame = self.driver.next_here().filter(|_| !unanswered.is_empty());
            }
        }
    }

    async fn feed(&mut self) {
        let chunk = self.editor.put(&title(self.editor.made()), WRITTEN as u32).into();
        let create = (self.pushes == 0).then_some(Create {
            space: self.space,
            kind: Kind::Todo,
            privacy: Privacy::Default,
        });
        let item = PushItem { doc: self.doc, create, chunks: vec![chunk], receipts: None };
        let push = Push { id: self.pushes, atomic: false, items: vec![item] };
        self.pushes += 1;
        self.driver.feed(&ClientFrame::Push(push)).await;
    }
}
