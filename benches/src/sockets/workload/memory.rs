//! What is there and does nothing: connections, documents.

use std::path::Path;
use umbra_model::{Role, SpaceKind};

use super::cold_start::start;
use crate::sockets::client::{Device, Driver};
use crate::sockets::seed::fill;
use crate::sockets::server::{Database, Engine, Server};

/// The connections of one account.
const OF_ONE_ACCOUNT: usize = 10;

/// What the server's memory came to, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Idle {
    /// Before the connections, and with accounts that had signed in.
    pub empty: u64,
    /// With all of them.
    pub connected: u64,
}

/// So many clients are connected and current, and nothing happens.
pub async fn idle(program: &Path, connections: usize) -> Idle {
    let database = Database::fresh(Engine::Sqlite).await;
    let server = Server::start(program, &database).await;
    let owner = Device::first(server.addr).await;
    let space = owner.create_space(SpaceKind::List).await;
    let mut accounts = Vec::new();
    for number in 0..connections.div_ceil(OF_ONE_ACCOUNT) {
        let account = Device::register(server.addr, &format!("idler{number}")).await;
        owner.share(space, &account.account, Role::Viewer).await;
        accounts.push(account);
    }
    let empty = server.memory();
    let mut drivers = Vec::with_capacity(connections);
    for number in 0..connections {
        drivers.push(Driver::current(&accounts[number / OF_ONE_ACCOUNT]).await.0);
    }
    let connected = server.memory();
    drop(drivers);
    server.stop().await;
    Idle { empty, connected }
}

/// What the server's memory came to, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AtRest {
    /// Just started, over a database with accounts and nothing else.
    pub empty: u64,
    /// Just started, over the documents.
    pub resting: u64,
    /// When a client has got all of them.
    pub served: u64,
}

/// So many documents rest in the database.
pub async fn at_rest(program: &Path, items: usize) -> AtRest {
    let database = Database::fresh(Engine::Sqlite).await;
    let server = Server::start(program, &database).await;
    let author = Device::first(server.addr).await;
    server.stop().await;

    let server = Server::start(program, &database).await;
    let empty = server.memory();
    let author = Device { server: server.addr, ..author };
    let list = fill(author, items, 0).await;
    server.stop().await;

    let server = Server::start(program, &database).await;
    let resting = server.memory();
    start(&Device { server: server.addr, ..list.author }, items).await;
    let served = server.memory();
    server.stop().await;
    AtRest { empty, resting, served }
}
