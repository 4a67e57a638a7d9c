//! The real server, as a process that can be killed.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use umbra_server::config::DatabaseUrl;

use crate::database::Database;
use crate::http::Caller;
use crate::person::{PASSWORD, Person, login};
use crate::program::{ok, program, run};
use crate::until::until;

/// A server process.
pub struct Node {
    addr: SocketAddr,
    data: PathBuf,
    url: Option<DatabaseUrl>,
    log_filter: Option<&'static str>,
    child: Option<Child>,
}

impl Node {
    /// One over this database, on a free port. It doesn't run yet.
    pub fn over(database: &Database) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let addr = free.local_addr().expect("it is bound");
        let data = database.data();
        Self { addr, data, url: database.url.clone(), log_filter: None, child: None }
    }

    /// The same, logging more.
    #[must_use]
    pub fn logging(mut self, filter: &'static str) -> Self {
        self.log_filter = Some(filter);
        self
    }

    /// Kills it; from here on it is one over another database, at the same address.
    pub fn move_to(&mut self, database: &Database) {
        self.kill();
        self.data = database.data();
        self.url.clone_from(&database.url);
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its address, as clients are given it.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Whoever asks it without being signed in.
    pub fn anybody(&self) -> Caller {
        Caller::new(self.url())
    }

    /// Starts it, and waits until it is ready.
    pub async fn start(&mut self) {
        std::fs::create_dir_all(&self.data).expect("its directory can be made");
        let log = File::options().create(true).append(true).open(self.log()).expect("a log");
        let mut command = self.command();
        command.args(["serve", "--listen", &self.addr.to_string()]).args([
            "--credential-tests-per-minute",
            "10000",
            "--requests-per-minute",
            "1000000",
        ]);
        let log_too = log.try_clone().expect("a log");
        command.stdin(Stdio::null()).stdout(log_too).stderr(log);
        self.child = Some(command.spawn().expect("the server can be started"));
        let anybody = self.anybody();
        until("the server to be ready", async || {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok()).flatten();
            assert!(ended.is_none(), "the server ended: {ended:?}\n{}", self.told());
            anybody.is_up("/ready").await.then_some(())
        })
        .await;
    }

    /// Kills it at once, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
        }
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let id = child.id().to_string();
        assert!(run(Command::new("kill").args(["-TERM", &id])).status.success());
        until("the server to stop", async || child.try_wait().expect("it is ours")).await;
    }

    /// A command of the server's program over the same database: what it wrote.
    #[track_caller]
    pub fn command_ok(&self, args: &[&str]) -> String {
        ok(&run(self.command().args(args)))
    }

    /// Everything in the log was permitted when it was accepted.
    #[track_caller]
    pub fn audit(&self) {
        self.command_ok(&["audit"]);
    }

    /// Makes the first account, and lets others register.
    pub async fn set_up(&self, name: &str) -> Person {
        let answer = self.anybody().post("/api/setup", login(name, PASSWORD)).await.ok();
        let person = Person::of(&answer, self.addr);
        let open = json!({ "registration": "open" });
        person.caller.ask("PUT", "/api/admin/settings", Some(open)).await.ok();
        person
    }

    /// Makes another account.
    pub async fn register(&self, name: &str) -> Person {
        let answer = self.anybody().post("/api/auth/register", login(name, PASSWORD)).await;
        Person::of(&answer.ok(), self.addr)
    }

    /// Signs an account in on a new device.
    pub async fn login(&self, name: &str) -> Person {
        let answer = self.anybody().post("/api/auth/login", login(name, PASSWORD)).await;
        Person::of(&answer.ok(), self.addr)
    }

    /// The same person and device, asking this node.
    pub fn sees(&self, person: &Person) -> Person {
        person.at(self.addr)
    }

    /// What it logged.
    pub fn told(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Its metrics and health as JSON or text.
    pub async fn get(&self, path: &str) -> Value {
        self.anybody().get(path).await.ok()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program("umbra-server"));
        command.arg("--data").arg(&self.data);
        // The hash is made cheap: it isn't what is tested here.
        command.args(["--password-memory-kib", "64", "--password-passes", "1"]);
        if let Some(filter) = self.log_filter {
            command.args(["--log", filter]);
        }
        command.env_remove("DATABASE_URL");
        if let Some(url) = &self.url {
            command.env("DATABASE_URL", url.expose());
        }
        command
    }

    fn log(&self) -> PathBuf {
        self.data
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default()
            .join(format!("server-{}.log", self.addr.port()))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let told = self.told();
            let from = told.len().saturating_sub(4_000);
            let tail = told.get(from..).unwrap_or(&told);
            tell(&format!("the server at {} logged:\n{tail}", self.addr));
        }
    }
}

#[expect(clippy::print_stderr, reason = "a failing test tells what the server said")]
fn tell(text: &str) {
    eprintln!("{text}");
}
