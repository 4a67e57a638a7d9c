//! A device: a store that survives, and a session that may not.

use std::collections::VecDeque;

use umbra_client_core::engine::{Deed, Engine, Env, drive};
use umbra_client_core::error::Result;
use umbra_client_core::session::{ClientSession, Config, Input};
use umbra_client_core::store::{AccountRow, MemoryStore, MemoryTx, Meta, Store, Tx};
use umbra_model::Millis;
use umbra_model::recurrence::Zone;
use umbra_sync_protocol::wire::{self, ClientFrame, ServerFrame};

use super::dice::Dice;
use super::server::Account;

pub struct Device {
    pub account: Account,
    pub store: MemoryStore,
    pub session: ClientSession,
    pub connected: bool,
    /// It wants to connect anew.
    pub wants_out: bool,
    pub to_server: VecDeque<ClientFrame>,
    pub to_client: VecDeque<ServerFrame>,
    pub now: i64,
    pub dice: Dice,
}

/// Runs what never waits.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("a transaction was left open"),
    }
}

impl Device {
    pub fn new(account: Account, seed: u64) -> Self {
        let store = MemoryStore::new();
        run(async {
            let mut tx = store.begin().await.unwrap();
            let row = AccountRow {
                server: "http://localhost".to_owned(),
                user: account.user,
                name: "somebody".to_owned(),
                device: account.device,
                prefix: account.prefix,
                token: Some("token".to_owned()),
            };
            tx.put_meta(&Meta { account: Some(row), ..Meta::default() }).await.unwrap();
            tx.commit().await.unwrap();
        });
        Self {
            account,
            store,
            session: session(),
            connected: false,
            wants_out: false,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            now: 1_000_000,
            dice: Dice::new(seed),
        }
    }

    pub fn env(&mut self) -> Env<'static> {
        let mut dice = Dice::new(self.dice.next());
        Env { now: Millis(self.now), zone: Zone::UTC, dice: Box::new(move || dice.bytes()) }
    }

    /// Does something to the store as a person would.
    pub fn with<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Engine<'static, MemoryTx>) -> Result<T>,
    ) -> Result<T> {
        self.now += 1_000;
        let env = self.env();
        run(async {
            let mut engine = Engine { tx: self.store.begin().await?, env };
            let done = work(&mut engine).await?;
            engine.tx.commit().await?;
            Ok(done)
        })
    }

    /// Hands the session an input.
    pub fn input(&mut self, input: Input) {
        self.now += 10;
        let mut env = self.env();
        let mut deeds = Vec::new();
        let driven = run(drive(&mut self.session, &self.store, &mut env, input, &mut deeds));
        driven.unwrap_or_else(|error| panic!("an effect failed: {error}"));
        for deed in deeds {
            match deed {
                // Through bytes, as on a wire.
                Deed::Send(frame) => {
                    self.to_server.push_back(wire::decode(&wire::encode(&frame)).unwrap());
                }
                Deed::Peer(_) => {}
                Deed::Close(why) if why.contains("come again") => self.wants_out = true,
                Deed::Close(why) => panic!("the client closed: {why}"),
            }
        }
    }

    /// The process dies and starts again; the store is what was committed.
    pub fn crash(&mut self) {
        self.session = session();
        self.drop_connection();
    }

    pub fn drop_connection(&mut self) {
        self.connected = false;
        self.wants_out = false;
        self.to_server.clear();
        self.to_client.clear();
    }
}

pub fn session() -> ClientSession {
    ClientSession::new(Config { agent: "test".to_owned(), views: true, credit: 1 << 20 })
}
