//! A world: users with devices, two nodes over one database, and a network between
//! them. One queue of events in virtual time drives all of it, so a seed is a whole
//! history.

use std::collections::BTreeMap;

use umbra_client_core::session as client;
use umbra_model::{ActorPrefix, DeviceId, Millis, SpaceId, SpaceKind, UserId};
use umbra_server::sequencer::{ConnectionId, Request, Submitter};
use umbra_sync_protocol::session::Input;
use umbra_sync_protocol::wire::{Command, Epoch};

use crate::database::Database;
use crate::device::{Device, Task};
use crate::dice::Dice;
use crate::judge::Judge;
use crate::network::Link;
use crate::node::{Node, Reference};
use crate::queue::{Event, Queue};

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
    queue: Queue,
    pub connections: u64,
    is_traced: bool,
}

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
            chaos: false,
            streamed: 0,
            queue: Queue::default(),
            connections: 0,
            is_traced: std::env::var_os("UMBRA_SIMULATION_TRACE").is_some(),
            dice,
        };
        for _ in 0..2 + world.dice.below(3) {
            world.add_user();
        }
        // Whoever has an account has a personal space.
        world.run();
        world.chaos = true;
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
        self.queue.put(self.now.0 + millis, event);
    }

    pub fn soon(&mut self, event: Event) {
        let delay = self.dice.millis(0, 40);
        self.after(delay, event);
    }

    /// Lets this much time pass.
    pub fn run_for(&mut self, millis: i64) {
        let until = self.now.0 + millis;
        while let Some((at, event)) = self.queue.next_until(until) {
            self.happen(at, event);
        }
        self.now = Millis(until);
    }

    /// Lets time pass until nothing is under way.
    pub fn run(&mut self) {
        while let Some((at, event)) = self.queue.next() {
            self.happen(at, event);
        }
    }

    fn happen(&mut self, at: i64, event: Event) {
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
    }

    /// Gives a device's session an input.
    pub fn input(&mut self, device: usize, input: client::Input) {
        let crash = (self.chaos && self.dice.once_in(60)).then(|| 1 + self.dice.below(3));
        let it = &mut self.devices[device];
        let link = it.link;
        let is_mangled =
            link.and_then(|link| self.links.get(&link)).is_some_and(|it| it.is_mangled);
        let (tasks, died) = it.handle(self.now, input, &mut self.dice, crash, is_mangled);
        let deadline = it.session.deadline();
        for task in tasks {
            match task {
                Task::Send(frame) => self.send(link, &frame),
                Task::Close => {
                    // Nothing that comes by it is heard any more.
                    if let Some(link) = link.and_then(|link| self.links.get_mut(&link)) {
                        link.client_open = false;
                    }
                    self.after(0, Event::Leave(device));
                }
            }
        }
        if died {
            self.trace(|| format!("device {device} dies"));
            self.judge.note("a device's death");
            self.abandon(link);
            let delay = self.dice.millis(100, 3_000);
            self.after(delay, Event::Connect(device));
        } else if let Some(deadline) = deadline {
            self.after((deadline.0 - self.now.0).max(1), Event::Tick(device));
        }
    }
}
