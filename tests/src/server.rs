//! A real server on a free port.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::json;
use umbra_server::config::{AbuseLimits, PasswordCost};
use umbra_server::{Config, Running};

use crate::database::{Database, Engine};
use crate::http::Caller;
use crate::person::{PASSWORD, Person, login};

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

    /// The same, with changes to its configuration. Passwords cost little and one
    /// address may ask much, so that tests are fast.
    pub async fn start_with(engine: Engine, change: impl FnOnce(&mut Config)) -> Self {
        // Another test of the same process may have chosen it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let database = Database::fresh(engine).await;
        let mut config = Config::new(database.data());
        config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        config.database_url.clone_from(&database.url);
        config.password_cost = PasswordCost { memory_kib: 64, passes: 1 };
        config.abuse = AbuseLimits {
            credential_tests_per_minute: 1_000_000,
            requests_per_minute: 1_000_000,
            ..AbuseLimits::default()
        };
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

    /// Somebody who isn't signed in.
    pub fn anonymous(&self) -> Caller {
        Caller::new(format!("http://{}", self.addr()))
    }

    /// The right to make the first account from another machine.
    pub fn setup_token(&self) -> String {
        self.running.setup_token()
    }

    /// Runs a statement in its database, to let time pass over rows.
    pub async fn run(&self, sql: &str) {
        self.database.run(sql).await;
    }

    /// Makes the first account, an administrator, and lets others register.
    pub async fn set_up(&self, name: &str) -> Person {
        let answer = self.anonymous().post("/api/setup", login(name, PASSWORD)).await;
        let admin = Person::of(&answer.ok(), self.addr());
        let open = Some(json!({ "registration": "open" }));
        admin.caller.ask("PUT", "/api/admin/settings", open).await.ok();
        admin
    }

    /// Registers somebody.
    pub async fn register(&self, name: &str) -> Person {
        let answer = self.anonymous().post("/api/auth/register", login(name, PASSWORD)).await;
        Person::of(&answer.ok(), self.addr())
    }

    /// The administrator `ada`, and `bob`.
    pub async fn two_people(&self) -> (Person, Person) {
        (self.set_up("ada").await, self.register("bob").await)
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
