//! The real command line client, as processes, one replica each.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::person::PASSWORD;
use crate::program::{program, run};
use crate::until::until;

/// Somebody's device with a replica of its own.
pub struct Device {
    dir: TempDir,
    server: String,
}

impl Device {
    /// A new one, for this server.
    pub fn new(server: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        Self { dir, server: server.to_owned() }
    }

    /// Where its replica is.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Runs `umbra` with these words.
    pub fn umbra(&self, words: &[&str]) -> Output {
        run(self.command().args(words))
    }

    /// What `umbra --json` answers to these words.
    #[track_caller]
    pub fn json(&self, words: &[&str]) -> Value {
        let output = self.umbra(&[&["--json"], words].concat());
        let (out, err) = (&output.stdout, &output.stderr);
        let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
        assert!(
            output.status.success(),
            "umbra {}: {}\n{out}\n{err}",
            words.join(" "),
            output.status
        );
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// What `umbra --json` says where it must fail so.
    #[track_caller]
    pub fn fails(&self, exit: i32, words: &[&str]) -> Value {
        let output = self.umbra(&[&["--json"], words].concat());
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "umbra {}: {err}", words.join(" "));
        let line = err.lines().last().unwrap_or_default();
        let said: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {err}"));
        said["error"].clone()
    }

    /// Starts `umbra sync --watch`.
    pub fn watch(&self) -> Watch {
        self.begin(&["sync", "--watch"])
    }

    /// Starts `umbra` with these words, and doesn't wait for its end.
    pub fn begin(&self, words: &[&str]) -> Watch {
        let log = self.dir.path().join("watch.log");
        let file = std::fs::File::create(&log).expect("a log");
        let child = self
            .command()
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .expect("umbra can be started");
        Watch { child, log }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program("umbra"));
        command.env("UMBRA_DATA_DIR", self.dir.path().join("replica"));
        command.env("UMBRA_SERVER", &self.server).env("UMBRA_PASSWORD", PASSWORD);
        command.env("TZ", "UTC").env("NO_COLOR", "1");
        command
    }
}

/// `umbra`, such as `umbra sync --watch`, for as long as this lives.
pub struct Watch {
    child: Child,
    log: PathBuf,
}

impl Watch {
    /// Waits until it has said this.
    pub async fn says(&self, words: &str) {
        let told = async || {
            let told = std::fs::read_to_string(&self.log).unwrap_or_default();
            told.contains(words).then_some(())
        };
        until(&format!("`{words}`"), told).await;
    }
}

impl Watch {
    /// What it has said so far.
    pub fn told(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits for its end, and says how it ended.
    pub async fn ends(&mut self) -> i32 {
        let child = &mut self.child;
        until("umbra to end", async || {
            child.try_wait().expect("it is ours").map(|it| it.code().unwrap_or(-1))
        })
        .await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
