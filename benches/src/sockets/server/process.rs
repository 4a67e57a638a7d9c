//! A running server, and what it takes.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::database::Database;

/// A server in its own process.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    child: Child,
    pid: u32,
}

impl Server {
    /// Starts one over this database.
    pub async fn start(program: &Path, database: &Database) -> Self {
        let mut command = Command::new(program);
        command.arg(database.dir()).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        command.env("RUST_BACKTRACE", "0").env_remove("DATABASE_URL");
        if let Some(url) = database.url() {
            command.env("DATABASE_URL", url);
        }
        let mut child = command.spawn().expect("the server program can be started");
        let pid = child.id().expect("it was just started");
        let stdout = child.stdout.take().expect("it is a pipe");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await.expect("the server speaks");
        let addr = line.trim().parse().expect("the server says where it listens");
        Self { addr, child, pid }
    }

    /// Stops it in order.
    pub async fn stop(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().await.expect("the server ends");
    }

    /// The processor time that it has used. Linux says it in hundredths of a second.
    pub fn cpu(&self) -> Duration {
        let stat = self.read("stat");
        // The second field is the program's name in parentheses, and may hold anything.
        let (_, fields) = stat.rsplit_once(')').expect("the kernel's format");
        let ticks =
            |index| fields.split_whitespace().nth(index).and_then(|it| it.parse::<u64>().ok());
        let (user, system) = (ticks(11), ticks(12));
        let ticks = user.zip(system).map(|(user, system)| user + system);
        Duration::from_millis(10 * ticks.expect("numbers"))
    }

    /// The memory that it holds, in bytes.
    pub fn memory(&self) -> u64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kib.expect("the kernel's format") << 10
    }

    fn read(&self, of: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{of}", self.pid)).expect("the server lives")
    }
}
