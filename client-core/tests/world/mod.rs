//! A world in a test: devices, a server, and a network that loses things.

pub mod device;
pub mod dice;
pub mod server;

use umbra_client_core::session::Input;
use umbra_model::{ActorPrefix, DeviceId, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::wire::{self, ServerFrame};

use device::Device;
use server::{Account, Disk, Server};

pub struct World {
    pub server: Server,
    pub devices: Vec<Device>,
    pub space: SpaceId,
}

pub fn user(number: u128) -> UserId {
    UserId::from_bytes(number.to_be_bytes())
}

fn account(number: u8, user_number: u128) -> Account {
    Account {
        user: user(user_number),
        device: DeviceId::from_bytes([0xd0 + number; 16]),
        prefix: ActorPrefix([number + 1; 8]),
    }
}

impl World {
    /// A shared space of this kind, with an owner on two devices and a second
    /// account, in this role, on one.
    pub fn new(seed: u64, kind: SpaceKind, role: Option<Role>) -> Self {
        let accounts = vec![account(0, 1), account(1, 1), account(2, 2)];
        let mut server = Server::new(accounts.clone());
        let space = SpaceId::from_bytes([0x5a; 16]);
        server.found(space, kind, user(1));
        server.set_role(space, user(2), role);
        let devices = accounts
            .into_iter()
            .enumerate()
            .map(|(at, account)| Device::new(account, seed.wrapping_mul(31) + at as u64))
            .collect();
        Self { server, devices, space }
    }

    pub fn connect(&mut self, at: usize) {
        let device = &mut self.devices[at];
        if device.connected {
            self.disconnect(at);
        }
        let device = &mut self.devices[at];
        device.connected = true;
        self.server.connect(device.account.device);
        device.input(Input::Connected);
    }

    pub fn disconnect(&mut self, at: usize) {
        let device = &mut self.devices[at];
        device.drop_connection();
        device.input(Input::Closed(None));
        device.to_server.clear();
        self.server.disconnect(device.account.device);
    }

    pub fn crash(&mut self, at: usize) {
        self.devices[at].crash();
        self.server.disconnect(self.devices[at].account.device);
    }

    /// Moves one frame, if there is one. A purge of a whole space ends the
    /// connection, as the real server does it.
    pub fn deliver_to_server(&mut self, at: usize) -> bool {
        let device = &mut self.devices[at];
        let Some(frame) = device.to_server.pop_front() else { return false };
        let id = device.account.device;
        self.server.handle(id, frame);
        self.collect();
        true
    }

    pub fn deliver_to_client(&mut self, at: usize) -> bool {
        self.collect();
        let device = &mut self.devices[at];
        let Some(frame) = device.to_client.pop_front() else { return false };
        let bytes = wire::encode(&frame);
        let frame: ServerFrame = wire::decode(&bytes).unwrap();
        device.input(Input::Frame(frame, bytes.len()));
        if self.devices[at].wants_out {
            self.disconnect(at);
            self.connect(at);
        }
        true
    }

    fn collect(&mut self) {
        for device in &mut self.devices {
            if let Some(out) = self.server.out.get_mut(&device.account.device) {
                device.to_client.extend(out.drain(..));
            }
        }
    }

    /// Connects everybody and lets everything arrive.
    pub fn settle(&mut self) {
        for at in 0..self.devices.len() {
            if !self.devices[at].connected {
                self.connect(at);
            }
            self.devices[at].input(Input::Stirred);
        }
        self.drain();
    }

    /// Lets everything arrive.
    pub fn drain(&mut self) {
        for _ in 0..10_000 {
            let mut moved = false;
            for at in 0..self.devices.len() {
                while self.deliver_to_server(at) || self.deliver_to_client(at) {
                    moved = true;
                }
            }
            for device in &mut self.devices {
                if device.session.deadline().is_some() {
                    device.now += 60_000;
                    device.input(Input::Tick);
                    moved = true;
                }
            }
            if !moved {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// The server is lost, and comes back as it was.
    pub fn restore(&mut self, backup: Disk) {
        for at in 0..self.devices.len() {
            self.disconnect(at);
        }
        self.server.restore(backup);
    }
}
