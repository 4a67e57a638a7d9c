//! A real server on a free port.

use std::net::{Ipv4Addr, SocketAddr};

use umbra_server::{Config, Running};

use crate::database::{Database, Engine};

/// A server that a test started, over a database of its own.
pub struct TestServer {
    /// Its configuration, to start it again over the same database.
    pub config: Config,
    running: Running,
    database: Database,
}

impl TestServer {
    /// Starts one over a fresh database.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, |_| {}).await
    }

    /// The same, with changes to its configuration.
    pub async fn start_with(engine: Engine, change: impl FnOnce(&mut Config)) -> Self {
        let database = Database::fresh(engine).await;
        let mut config = Config::new(database.dir.path().to_owned());
        config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        config.database_url.clone_from(&database.url);
        change(&mut config);
        let running = umbra_server::start(config.clone()).await.expect("the server starts");
        Self { config, running, database }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.running.addr
    }

    /// The address of one of its routes.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr())
    }

    /// Stops it and gives its database back.
    pub async fn stop(self) -> Database {
        self.running.shutdown().await;
        self.database
    }

    /// Stops it and starts it again over the same database.
    pub async fn restart(self) -> Self {
        self.running.shutdown().await;
        let running = umbra_server::start(self.config.clone()).await.expect("the server starts");
        Self { config: self.config, running, database: self.database }
    }
}
