//! What the nodes do: they serve connections, judge, commit, and die.

use umbra_model::SpaceId;
use umbra_server::sequencer::{ConnectionId, Request, Submission, Submitter};
use umbra_sync_protocol::session::{Input, Load, Output};

use crate::judge::Before;
use crate::network::Down;
use crate::node::{self, Reference};
use crate::pages;
use crate::queue::Event;
use crate::world::World;

impl World {
    /// Gives a node's session an input, and does what it wants done.
    pub fn session(&mut self, id: ConnectionId, input: Input) {
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

    pub fn open(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get(&id) else { return };
        let Some(served) = self.nodes[link.node].served.get_mut(&id) else { return };
        let opened = node::open(&self.db, served, self.now);
        self.soon(Event::Opened(id, Box::new(opened)));
    }

    pub fn load(&mut self, id: ConnectionId, load: Load) {
        let Some(link) = self.links.get(&id) else { return };
        let Some(served) = self.nodes[link.node].served.get(&id) else { return };
        let page = pages::read(&self.db, served.by.user, load);
        self.soon(Event::Page(id, Box::new(page)));
    }

    /// One piece of news reaches a session.
    pub fn news(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get(&id) else { return };
        let Some(served) = self.nodes[link.node].served.get_mut(&id) else { return };
        if let Some(news) = served.news.pop_front() {
            self.session(id, Input::News(news));
        }
    }

    pub fn hint(&mut self, node: usize, space: SpaceId) {
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

    pub fn commit(&mut self, node: usize) {
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
            // Hints get lost, overtake each other, and come twice.
            let hints = if self.chaos { [0, 0, 2, 1, 1, 1, 1, 1][self.dice.below(8)] } else { 1 };
            for _ in 0..hints {
                let delay = self.dice.millis(0, 300);
                self.after(delay, Event::Hint(1 - node, committed.space));
            }
        }
        if !self.nodes[node].waiting.is_empty() {
            self.soon(Event::Commit(node));
        }
    }

    /// A node dies; it comes back when [`Self::revive`]d.
    pub fn crash_node(&mut self, node: usize) {
        self.trace(|| format!("node {node} dies"));
        self.judge.note("a node's death");
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
