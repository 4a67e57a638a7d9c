//! One document, many who watch it, one who edits.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use umbra_model::{DocId, Kind, Privacy, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{ClientFrame, Create, Push, PushItem, ServerFrame};
use uuid::Uuid;

use crate::Audience;

use crate::sockets::client::{Device, Driver, all_accepted};
use crate::sockets::corpus::WRITTEN;
use crate::sockets::edit::{Editor, title};
use crate::sockets::measure::{Rate, micros};
use crate::sockets::server::{Database, Engine, Server};

/// The most connections of one account: members are many, as in a real space.
const OF_ONE_ACCOUNT: usize = 10;

/// What came of it.
#[derive(Clone, Debug)]
pub struct FanOut {
    /// From before an edit is sent until a client has its bytes.
    pub rate: Rate,
    /// The processor time that the server took for each delivery.
    pub cpu: Duration,
}

/// Edits a document before this audience.
pub async fn fan_out(program: &Path, engine: Engine, audience: &Audience) -> FanOut {
    let database = Database::fresh(engine).await;
    let server = Server::start(program, &database).await;
    let owner = Device::first(server.addr).await;
    let space = owner.create_space(SpaceKind::List).await;
    let mut author = Author::start(&owner, space).await;
    let mut watchers = Vec::with_capacity(audience.watchers);
    for device in members(&owner, space, audience.watchers).await {
        for _ in 0..OF_ONE_ACCOUNT.min(audience.watchers - watchers.len()) {
            watchers.push(Driver::current(&device).await.0);
        }
    }
    // Nothing else is written to the space from here on.
    let (_, welcome) = Driver::greet(&owner, None, Vec::new()).await;
    let state = welcome.spaces.iter().find(|it| it.space == space);
    let place = state.expect("the owner has the space").head;
    let times = (0..audience.edits).map(|_| AtomicU64::new(0)).collect();
    let sent = Arc::new(Sent { begun: Instant::now(), place, times });
    let mut watching = JoinSet::new();
    for driver in watchers {
        watching.spawn(watch(driver, space, Arc::clone(&sent)));
    }
    let before = server.cpu();
    author.edit(audience, &sent).await;
    let mut latencies = Histogram::new(3).expect("three digits");
    while let Some(watcher) = watching.join_next().await {
        latencies.add(watcher.expect("a client does not panic")).expect("equal bounds");
    }
    let (wall, cpu) = (sent.begun.elapsed(), server.cpu() - before);
    server.stop().await;
    let deliveries = u32::try_from(latencies.len()).unwrap_or(u32::MAX).max(1);
    FanOut { rate: Rate { wall, latencies }, cpu: cpu / deliveries }
}

/// When each edit was sent, in microseconds since `begun`.
struct Sent {
    begun: Instant,
    /// The place in the log behind which the edits are.
    place: u64,
    times: Vec<AtomicU64>,
}

impl Sent {
    /// An edit is about to be sent, behind so many others.
    fn note(&self, edit: usize) {
        self.times[edit].store(micros(self.begun.elapsed()), Ordering::Release);
    }

    /// How long ago the edit at this place was sent; none where it is none of ours.
    fn since(&self, seq: u64) -> Option<u64> {
        let edit = usize::try_from(seq.checked_sub(self.place + 1)?).ok()?;
        let sent = self.times.get(edit)?.load(Ordering::Acquire);
        Some(micros(self.begun.elapsed()) - sent)
    }

    /// The place of the last edit.
    fn end(&self) -> u64 {
        self.place + self.times.len() as u64
    }
}

/// Accounts that may edit in this space, as many as the audience takes.
async fn members(owner: &Device, space: SpaceId, watchers: usize) -> Vec<Device> {
    let mut members = Vec::new();
    for number in 0..watchers.div_ceil(OF_ONE_ACCOUNT) {
        let member = Device::register(owner.server, &format!("member{number}")).await;
        owner.share(space, &member.account, Role::Editor).await;
        members.push(member);
    }
    members
}

/// Hears of every edit, and says how long each took.
async fn watch(mut driver: Driver, space: SpaceId, sent: Arc<Sent>) -> Histogram<u64> {
    let mut latencies = Histogram::new(3).expect("three digits");
    loop {
        let ServerFrame::Entries(entries) = driver.next().await else { continue };
        if entries.space != space {
            continue;
        }
        for took in (entries.from..=entries.to).filter_map(|seq| sent.since(seq)) {
            latencies.record(took).expect("it grows");
        }
        if entries.to >= sent.end() {
            return latencies;
        }
    }
}

/// The client that edits.
struct Author {
    driver: Driver,
    doc: DocId,
    editor: Editor,
}

impl Author {
    async fn start(owner: &Device, space: SpaceId) -> Self {
        let (driver, _) = Driver::greet(owner, None, Vec::new()).await;
        let actor = owner.prefix.actor(*b"an owner");
        let doc = DocId(Uuid::from_bytes(actor));
        let editor = Editor::of_fresh(Kind::Todo, actor, "title");
        let mut author = Self { driver, doc, editor };
        author.send(Some(Create { space, kind: Kind::Todo, privacy: Privacy::Default })).await;
        all_accepted(&author.driver.verdicts().await);
        author
    }

    /// Edits at the pace of the audience.
    async fn edit(&mut self, audience: &Audience, sent: &Sent) {
        let mut pace = interval(Duration::from_secs(1) / audience.edits_per_second);
        pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (mut edits, mut answers) = (0, 0);
        while answers < audience.edits {
            tokio::select! {
                _ = pace.tick(), if edits < audience.edits => {
                    sent.note(edits);
                    self.send(None).await;
                    edits += 1;
                }
                verdicts = self.driver.verdicts() => {
                    all_accepted(&verdicts);
                    answers += 1;
                }
            }
        }
    }

    async fn send(&mut self, create: Option<Create>) {
        let id = self.editor.made() as u32;
        let chunk = self.editor.put(&title(self.editor.made()), WRITTEN as u32).into();
        let item = PushItem { doc: self.doc, create, chunks: vec![chunk], receipts: None };
        let push = Push { id, atomic: false, items: vec![item] };
        self.driver.send(&ClientFrame::Push(push)).await;
    }
}
