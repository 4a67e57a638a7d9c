//! The network between devices and nodes: it delays and breaks, and once in a while
//! it brings a frame twice or too late.

use std::collections::VecDeque;

use bytes::Bytes;
use umbra_client_core::session as client;
use umbra_server::sequencer::{ConnectionId, Submitter};
use umbra_sync_protocol::session::{Ending, Input};
use umbra_sync_protocol::wire::{self, ClientFrame, LogEntry, PackedDoc, ServerFrame};

use crate::queue::Event;
use crate::world::World;

/// What is under way from a node to a device.
#[derive(Clone)]
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
    /// Whether frames on it came twice or in another order. What the two ends say of
    /// each other then is nobody's fault.
    pub is_mangled: bool,
}

impl World {
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
            is_mangled: false,
        };
        self.links.insert(connection, link);
        self.trace(|| format!("device {device} connects to node {node} by {}", connection.0));
        self.input(device, client::Input::Connected);
    }

    pub fn send(&mut self, link: Option<ConnectionId>, frame: &ClientFrame) {
        let Some(id) = link else { return };
        self.trace(|| format!("{} <- {frame:?}", id.0));
        if let Some(link) = self.links.get_mut(&id).filter(|link| link.client_open) {
            link.up.push_back(wire::encode(frame));
            self.soon(Event::Up(id));
            self.mangle_up(id);
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

    pub fn up(&mut self, id: ConnectionId) {
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

    pub fn down(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get_mut(&id).filter(|link| link.client_open) else { return };
        let device = link.device;
        match link.down.pop_front() {
            Some(Down::Frame(message)) => {
                let frame: ServerFrame = wire::decode(&message).expect("the server sends frames");
                self.trace(|| format!("{} -> {}", id.0, told(&frame)));
                self.judge.heard(&self.devices[device], &frame, &self.db);
                self.input(device, client::Input::Frame(frame, message.len()));
            }
            Some(Down::Close(code)) => self.closed(id, Some(code)),
            None => {}
        }
    }

    pub fn gone(&mut self, id: ConnectionId) {
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

    pub fn push_down(&mut self, id: ConnectionId, down: Down) {
        if let Some(link) = self.links.get_mut(&id) {
            link.down.push_back(down);
            self.soon(Event::Down(id));
            self.mangle_down(id);
        }
    }

    pub fn let_go(&mut self, node: usize, id: ConnectionId) {
        self.nodes[node].served.remove(&id);
        if let Some(link) = self.links.get_mut(&id) {
            link.server_open = false;
        }
    }

    /// Once in a while what a client sends comes twice, or behind what it sent next.
    fn mangle_up(&mut self, id: ConnectionId) {
        let Some(twice) = self.how_to_mangle() else { return };
        let Some(link) = self.links.get_mut(&id) else { return };
        let len = link.up.len();
        if twice && let Some(last) = link.up.back().cloned() {
            link.up.push_back(last);
        } else if len >= 2 {
            link.up.swap(len - 1, len - 2);
        } else {
            return;
        }
        self.note_mangled(id);
        self.soon(Event::Up(id));
    }

    /// The same for what a server sends; what belongs to one stream stays in order.
    fn mangle_down(&mut self, id: ConnectionId) {
        let Some(twice) = self.how_to_mangle() else { return };
        let Some(link) = self.links.get_mut(&id) else { return };
        let len = link.down.len();
        if twice && let Some(last @ Down::Frame(_)) = link.down.back().cloned() {
            link.down.push_back(last);
        } else if len >= 2 && may_swap(&link.down[len - 1], &link.down[len - 2]) {
            link.down.swap(len - 1, len - 2);
        } else {
            return;
        }
        self.note_mangled(id);
        self.soon(Event::Down(id));
    }

    fn how_to_mangle(&mut self) -> Option<bool> {
        let is_time = self.chaos && self.dice.once_in(250);
        is_time.then(|| self.dice.once_in(2))
    }

    fn note_mangled(&mut self, id: ConnectionId) {
        self.judge.note("a mangled frame");
        self.trace(|| format!("frames of {} come twice or in another order", id.0));
        if let Some(link) = self.links.get_mut(&id) {
            link.is_mangled = true;
        }
    }
}

/// Whether frames may come in the other order: one of them must belong to no stream.
fn may_swap(one: &Down, other: &Down) -> bool {
    let frame = |down: &Down| match down {
        Down::Frame(message) => wire::decode::<ServerFrame>(message).ok(),
        Down::Close(_) => None,
    };
    let (Some(one), Some(other)) = (frame(one), frame(other)) else { return false };
    let is_single = |frame: &ServerFrame| {
        matches!(frame, ServerFrame::Verdicts(_) | ServerFrame::Answer(_) | ServerFrame::Purge(_))
    };
    let is_welcome = |frame: &ServerFrame| matches!(frame, ServerFrame::Welcome(_));
    (is_single(&one) || is_single(&other)) && !is_welcome(&one) && !is_welcome(&other)
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
