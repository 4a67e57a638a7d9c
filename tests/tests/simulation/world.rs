//! A world: users with devices, two nodes over one database, and a network that
//! delays and breaks. One queue of events in virtual time drives all of it, so a seed
//! is a whole history.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use bytes::Bytes;
use umbra_client_core::session as client;
use umbra_client_core::store::Edits;
use umbra_model::{ActorPrefix, DeviceId, Millis, SpaceId, SpaceKind, UserId};
use umbra_server::sequencer::core::LogEvent;
use umbra_server::sequencer::{ConnectionId, Request, Submission, Submitter};
use umbra_sync_protocol::session::{Ending, Input, Load, Opened, Output, Page};
use umbra_sync_protocol::wire::{
    self, ClientFrame, Command, Epoch, LogEntry, PackedDoc, ServerFrame,
};

use crate::database::Database;
use crate::device::{Device, Task, now};
use crate::dice::Dice;
use crate::judge::{Before, Judge};
use crate::node::{self, Node, Reference};
use crate::pages;

/// What is under way from a node to a device.
pub enum Down {
    Frame(Bytes),
    Close(u16),
}

/// A connection: two streams, in order.
pub struct Link {
    pub node: usize,
    pub device: usize,
    pub up: VecDeque<Vec<u8>>,
    pub down: VecDeque<Down>,
    pub client_open: bool,
    pub server_open: bool,
}

/// Something that happens at a moment.
pub enum Event {
    Up(ConnectionId),
    Down(ConnectionId),
    /// The server notices that the client is gone.
    Gone(ConnectionId),
    /// The client notices that the server is gone.
    Closed(ConnectionId),
    Commit(usize),
    Open(ConnectionId),
    Opened(ConnectionId, Box<Opened>),
    Load(ConnectionId, Load),
    Page(ConnectionId, Box<Page>),
    News(ConnectionId),
    Hint(usize, SpaceId),
    Connect(usize),
    /// The client ends its connection.
    Leave(usize),
    Tick(usize),
}

/// The queue's order: time, then the order in which events were put there.
struct Timed(Reverse<(i64, u64)>, Event);

impl PartialEq for Timed {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Timed {}

impl PartialOrd for Timed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

pub struct World {
    pub dice: Dice,
    pub now: Millis,
    pub db: Database,
    pub nodes: [Node; 2],
    pub users: Vec<UserId>,
    pub devices: Vec<Device>,
    pub links: BTreeMap<ConnectionId, Link>,
    pub judge: Judge,
    /// How many marks were given out.
    pub marks: u32,
    /// Whether things break.
    pub chaos: bool,
    /// How many bytes of packs and entries were sent.
    pub streamed: usize,
    queue: BinaryHeap<Timed>,
    events: u64,
    connections: u64,
    is_traced: bool,
}

/// More than any history needs: beyond it, something goes round in circles.
const EVENTS_MAX: u64 = 400_000;

/// When the world begins.
const START: i64 = 1_700_000_000_000;

impl World {
    pub fn seeded(seed: u64) -> Self {
        let mut dice = Dice::seeded(seed);
        let db = Database::new(Epoch(dice.bytes()), dice.bytes());
        let mut world = Self {
            db,
            now: Millis(START),
            nodes: [Node::new(), Node::new()],
            users: Vec::new(),
            devices: Vec::new(),
            links: BTreeMap::new(),
            judge: Judge::default(),
            marks: 0,
            chaos: true,
            streamed: 0,
            queue: BinaryHeap::new(),
            events: 0,
            connections: 0,
            is_traced: std::env::var_os("UMBRA_SIMULATION_TRACE").is_some(),
            dice,
        };
        for _ in 0..2 + world.dice.below(3) {
            world.add_user();
        }
        world
    }

    fn add_user(&mut self) {
        let user = UserId::from_bytes(self.dice.bytes());
        self.db.users.insert(user, user.to_string());
        self.users.push(user);
        for _ in 0..1 + self.dice.below(2) {
            let id = DeviceId::from_bytes(self.dice.bytes());
            let prefix = ActorPrefix(self.dice.bytes());
            self.db.devices.insert(id, (user, prefix));
            let views = self.dice.once_in(2);
            let mut device = Device::new(user, id, prefix, views);
            device.lies = self.dice.once_in(5);
            self.devices.push(device);
        }
        let space = SpaceId::from_bytes(self.dice.bytes());
        let found = Request::Command(Command::CreateSpace(space, SpaceKind::Personal));
        self.submit(0, Submitter::unattended(user), found, Reference::None);
    }

    /// Tells what happens, if somebody wants to know.
    #[expect(clippy::print_stderr, reason = "it is for whoever replays a seed")]
    pub fn trace(&self, text: impl FnOnce() -> String) {
        if self.is_traced {
            eprintln!("{:>9} {}", self.now.0 - START, text());
        }
    }

    /// Puts something off for a while.
    pub fn after(&mut self, millis: i64, event: Event) {
        self.events += 1;
        self.queue.push(Timed(Reverse((self.now.0 + millis, self.events)), event));
    }

    fn soon(&mut self, event: Event) {
        let delay = self.dice.millis(0, 40);
        self.after(delay, event);
    }

    /// Lets this much time pass.
    pub fn run_for(&mut self, millis: i64) {
        let until = self.now.0 + millis;
        while self.queue.peek().is_some_and(|Timed(Reverse((at, _)), _)| *at <= until) {
            self.step();
        }
        self.now = Millis(until);
    }

    /// Lets time pass until nothing is under way.
    pub fn run(&mut self) {
        while self.step() {}
    }

    fn step(&mut self) -> bool {
        let Some(Timed(Reverse((at, _)), event)) = self.queue.pop() else { return false };
        assert!(self.events < EVENTS_MAX, "it never comes to rest");
        self.now = Millis(self.now.0.max(at));
        match event {
            Event::Up(link) => self.up(link),
            Event::Down(link) => self.down(link),
            Event::Gone(link) => self.gone(link),
            Event::Closed(link) => self.closed(link, None),
            Event::Commit(node) => self.commit(node),
            Event::Open(link) => self.open(link),
            Event::Opened(link, opened) => self.session(link, Input::Opened(*opened)),
            Event::Load(link, load) => self.load(link, load),
            Event::Page(link, page) => self.session(link, Input::Page(*page)),
            Event::News(link) => self.news(link),
            Event::Hint(node, space) => self.hint(node, space),
            Event::Connect(device) => self.connect(device),
            Event::Leave(device) => self.cut(device, 50),
            Event::Tick(device) => self.input(device, client::Input::Tick),
        }
        true
    }

    /// A device makes a connection, to whichever node is up.
    pub fn connect(&mut self, device: usize) {
        let up: Vec<usize> = (0..2).filter(|node| self.nodes[*node].up).collect();
        let Some(node) = self.dice.pick(&up).filter(|_| self.devices[device].link.is_none()) else {
            return;
        };
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        let it = &mut self.devices[device];
        it.link = Some(connection);
        let (user, id, prefix) = (it.user, it.id, it.prefix);
        let by = Submitter { user, device: id, prefix, connection: Some(connection) };
        self.nodes[node].accept(connection, by, self.now);
        let link = Link {
            node,
            device,
            up: VecDeque::new(),
            down: VecDeque::new(),
            client_open: true,
            server_open: true,
        };
        self.links.insert(connection, link);
        self.trace(|| format!("device {device} connects to node {node} by {}", connection.0));
        self.input(device, client::Input::Connected);
    }

    /// Gives a device's session an input.
    pub fn input(&mut self, device: usize, input: client::Input) {
        let crash = (self.chaos && self.dice.once_in(60)).then(|| 1 + self.dice.below(3));
        let it = &mut self.devices[device];
        let link = it.link;
        let (tasks, died) = it.handle(self.now, input, &mut self.dice, crash);
        let deadline = it.session.deadline();
        for task in tasks {
            match task {
                Task::Send(frame) => self.send(link, &frame),
                Task::Close => self.after(0, Event::Leave(device)),
            }
        }
        if died {
            self.trace(|| format!("device {device} dies"));
            self.abandon(link);
            let delay = self.dice.millis(100, 3_000);
            self.after(delay, Event::Connect(device));
        } else if let Some(deadline) = deadline {
            self.after((deadline.0 - self.now.0).max(1), Event::Tick(device));
        }
    }

    fn send(&mut self, link: Option<ConnectionId>, frame: &ClientFrame) {
        let Some(id) = link else { return };
        self.trace(|| format!("{} <- {frame:?}", id.0));
        if let Some(link) = self.links.get_mut(&id).filter(|link| link.client_open) {
            link.up.push_back(wire::encode(frame));
            self.soon(Event::Up(id));
        }
    }

    /// The device's end is gone; the server's notices later, and until then goes on
    /// with what was sent.
    pub fn abandon(&mut self, link: Option<ConnectionId>) {
        let Some(id) = link else { return };
        if let Some(link) = self.links.get_mut(&id) {
            link.client_open = false;
            let delay = self.dice.millis(0, 2_000);
            self.after(delay, Event::Gone(id));
        }
    }

    /// A device's connection ends; it comes back after a while.
    pub fn cut(&mut self, device: usize, away: i64) {
        let Some(link) = self.devices[device].link.take() else { return };
        self.trace(|| format!("device {device} loses connection {}", link.0));
        self.abandon(Some(link));
        self.input(device, client::Input::Closed(None));
        self.after(away, Event::Connect(device));
    }

    fn up(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get_mut(&id).filter(|link| link.server_open) else { return };
        let Some(served) = self.nodes[link.node].served.get(&id) else { return };
        if !served.session.takes_frames() && !served.session.is_ended() {
            self.after(5, Event::Up(id));
            return;
        }
        let Some(message) = link.up.pop_front() else { return };
        let bytes = message.len();
        let input = match wire::decode::<ClientFrame>(&message) {
            Ok(frame) => Input::Frame(frame, bytes),
            Err(bad) => panic!("a client sent what is no frame: {bad}"),
        };
        self.session(id, input);
    }

    fn down(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get_mut(&id).filter(|link| link.client_open) else { return };
        let device = link.device;
        match link.down.pop_front() {
            Some(Down::Frame(message)) => {
                let frame: ServerFrame = wire::decode(&message).expect("the server sends frames");
                self.trace(|| format!("{} -> {}", id.0, told(&frame)));
                self.judge.heard(&self.devices[device], &frame);
                self.input(device, client::Input::Frame(frame, message.len()));
            }
            Some(Down::Close(code)) => self.closed(id, Some(code)),
            None => {}
        }
    }

    fn gone(&mut self, id: ConnectionId) {
        self.session(id, Input::End(Ending::Gone));
        self.links.remove(&id);
    }

    /// The client notices that its connection is gone.
    pub fn closed(&mut self, id: ConnectionId, code: Option<u16>) {
        let Some(link) = self.links.get_mut(&id).filter(|link| link.client_open) else { return };
        link.client_open = false;
        let device = link.device;
        self.devices[device].link = None;
        self.input(device, client::Input::Closed(code));
        let delay = self.dice.millis(50, 1_500);
        self.after(delay, Event::Connect(device));
    }

    /// Gives a node's session an input, and does what it wants done.
    fn session(&mut self, id: ConnectionId, input: Input) {
        let Some(link) = self.links.get(&id).filter(|link| link.server_open) else { return };
        let node = link.node;
        let Some(served) = self.nodes[node].served.get_mut(&id) else { return };
        served.session.handle(self.now, input);
        while let Some(output) =
            self.nodes[node].served.get_mut(&id).and_then(|served| served.session.poll())
        {
            self.perform(node, id, output);
        }
    }

    fn perform(&mut self, node: usize, id: ConnectionId, output: Output) {
        let by = self.nodes[node].served[&id].by;
        match output {
            Output::Send(frame) => {
                self.streamed += self.judge.sent(&self.db, by.user, &frame);
                self.push_down(id, Down::Frame(frame));
            }
            Output::Open => self.soon(Event::Open(id)),
            Output::Load(load) => self.soon(Event::Load(id, load)),
            Output::Judge(push) => {
                let reference = Reference::Push(id, push.id);
                self.submit(node, by, Request::Push(push), reference);
            }
            Output::Carry(number, command) => {
                self.submit(node, by, Request::Command(command), Reference::Command(id, number));
            }
            Output::Confirm(order) => self.db.confirm(by.device, order),
            Output::Ahead(space, seq) => {
                self.submit(node, by, Request::Behind(space, seq), Reference::None);
            }
            Output::Presence(..) => {}
            Output::Close(code, _) => {
                self.push_down(id, Down::Close(code.number()));
                self.let_go(node, id);
            }
            Output::Drop => self.let_go(node, id),
        }
    }

    fn push_down(&mut self, id: ConnectionId, down: Down) {
        if let Some(link) = self.links.get_mut(&id) {
            link.down.push_back(down);
            self.soon(Event::Down(id));
        }
    }

    fn let_go(&mut self, node: usize, id: ConnectionId) {
        self.nodes[node].served.remove(&id);
        if let Some(link) = self.links.get_mut(&id) {
            link.server_open = false;
        }
    }

    fn open(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get(&id) else { return };
        let Some(served) = self.nodes[link.node].served.get_mut(&id) else { return };
        let opened = node::open(&self.db, served, self.now);
        self.soon(Event::Opened(id, Box::new(opened)));
    }

    fn load(&mut self, id: ConnectionId, load: Load) {
        let Some(link) = self.links.get(&id) else { return };
        let Some(served) = self.nodes[link.node].served.get(&id) else { return };
        let page = pages::read(&self.db, served.by.user, load);
        self.soon(Event::Page(id, Box::new(page)));
    }

    /// One piece of news reaches a session.
    fn news(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get(&id) else { return };
        let Some(served) = self.nodes[link.node].served.get_mut(&id) else { return };
        if let Some(news) = served.news.pop_front() {
            self.session(id, Input::News(news));
        }
    }

    fn hint(&mut self, node: usize, space: SpaceId) {
        let told = self.nodes[node].look_at(&self.db, space);
        self.spread(node, told);
    }

    /// As many events as there are news.
    fn spread(&mut self, node: usize, told: Vec<ConnectionId>) {
        for id in told {
            let waiting = self.nodes[node].served.get(&id).map_or(0, |served| served.news.len());
            for _ in 0..waiting {
                self.soon(Event::News(id));
            }
        }
    }

    /// Every node looks at the logs of all spaces, as it does every now and then.
    pub fn poll_nodes(&mut self) {
        let spaces: Vec<SpaceId> = self.db.spaces.keys().copied().collect();
        for node in 0..2 {
            for space in &spaces {
                self.hint(node, *space);
            }
        }
    }

    /// Something is submitted at a node.
    pub fn submit(&mut self, node: usize, by: Submitter, request: Request, reference: Reference) {
        self.nodes[node].waiting.push_back((Submission { by, request }, reference));
        self.soon(Event::Commit(node));
    }

    fn commit(&mut self, node: usize) {
        if !self.nodes[node].up || self.nodes[node].waiting.is_empty() {
            return;
        }
        let count = 1 + self.dice.below(6);
        let before = Before::of(&self.db);
        let done = self.nodes[node].commit(&mut self.db, self.now, count);
        self.trace(|| format!("node {node} commits {:?}", done.rows));
        self.judge.committed(&before, &done);
        if self.chaos && self.dice.once_in(120) {
            // Committed, and nobody was told.
            return self.crash_node(node);
        }
        for (reply, reference) in done.settled.replies.into_iter().zip(done.references) {
            if let Some((connection, input)) = node::input_of(reply, reference) {
                self.session(connection, input);
            }
        }
        for committed in &done.settled.committed {
            let told = self.nodes[node].tell(&self.db, committed);
            self.spread(node, told);
            if !self.chaos || !self.dice.once_in(4) {
                let delay = self.dice.millis(0, 300);
                self.after(delay, Event::Hint(1 - node, committed.space));
            }
        }
        if !self.nodes[node].waiting.is_empty() {
            self.soon(Event::Commit(node));
        }
    }

    /// The database is another one now: what it lost can only come back from a device
    /// that still has it.
    pub fn note_restore(&mut self, lost: &Database) {
        self.judge.restores += 1;
        let is_there = |db: &Database, hash| {
            db.log
                .values()
                .flatten()
                .any(|row| matches!(&row.event, LogEvent::Change(change) if change.hash == hash))
        };
        for ack in &self.judge.acks {
            if !is_there(lost, ack.hash) || is_there(&self.db, ack.hash) {
                continue;
            }
            let (_, doc, _) = self.judge.accepted[&ack.hash];
            let device = self.devices.iter().find(|device| device.id == ack.device);
            let mut tx = device.expect("devices stay").look();
            let receipts = now(tx.receipts(doc)).expect("it is readable");
            if !receipts.iter().any(|receipt| receipt.hash == ack.hash) {
                self.judge.excused.insert(ack.hash);
            }
        }
    }

    /// A node dies; it comes back when [`Self::revive`]d.
    pub fn crash_node(&mut self, node: usize) {
        self.trace(|| format!("node {node} dies"));
        for id in self.nodes[node].crash() {
            if let Some(link) = self.links.get_mut(&id) {
                link.server_open = false;
                // What the kernel had taken may yet arrive, or not.
                if self.dice.once_in(2) {
                    link.down.clear();
                }
            }
            let delay = self.dice.millis(0, 500);
            self.after(delay, Event::Closed(id));
        }
    }

    pub fn revive(&mut self) {
        for node in &mut self.nodes {
            node.up = true;
        }
    }
}

/// A frame for the trace, with what is inside of its body.
fn told(frame: &ServerFrame) -> String {
    match frame {
        ServerFrame::Pack(pack) => {
            let docs: Vec<PackedDoc> = pack.body.unpack().unwrap_or_default();
            format!("pack of {} at {}, last {}: {docs:?}", pack.space, pack.seq, pack.last)
        }
        ServerFrame::Entries(it) => {
            let entries: Vec<LogEntry> = it.body.unpack().unwrap_or_default();
            format!("entries {} to {} of {}: {entries:?}", it.from, it.to, it.space)
        }
        other => format!("{other:?}"),
    }
}
