//! Connections that do nothing.

use umbra_model::{Role, SpaceKind};

use crate::sockets::client::{Device, Driver};
use crate::sockets::server::{Database, Engine, Program, Server};

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
pub async fn idle(program: &Program, connections: usize) -> Idle {
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
