//! A bar for long work, on a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use umbra_client_core::replica::{Connection, Progress};

use crate::output::Output;

/// A bar for long work. It appears only where a person looks, and goes when it is
/// dropped.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that says what is being done.
    pub fn new(output: &Output, what: &str) -> Self {
        let bar = ProgressBar::no_length();
        if output.is_interactive() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(120));
        } else {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        bar.set_style(spinner());
        bar.set_message(what.to_owned());
        Self(bar)
    }

    /// Shows how far it has come.
    pub fn show(&self, progress: Progress) {
        match progress {
            // The numbers come with what is counted.
            Progress::State(Connection::Syncing(_)) => self.0.set_message("syncing"),
            Progress::State(state) => self.0.set_message(state_text(state)),
            Progress::Received { done, total } => self.count("receiving", done, total),
            Progress::Pushed { done, total } => self.count("sending", done, Some(total)),
            Progress::Imported { done, total } => self.count("importing", done, Some(total)),
        }
    }

    fn count(&self, what: &str, done: u64, total: Option<u64>) {
        self.0.set_message(what.to_owned());
        if let Some(total) = total {
            self.0.set_style(bar());
            self.0.set_length(total);
        } else {
            self.0.set_style(spinner());
        }
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The state of the connection, in words.
pub fn state_text(state: Connection) -> String {
    match state {
        Connection::Offline => "offline".to_owned(),
        Connection::Connecting => "connecting".to_owned(),
        Connection::Syncing(count) => format!("syncing, {count} to go"),
        Connection::Synced => "synced".to_owned(),
        Connection::NeedsSignIn => "needs sign-in".to_owned(),
        Connection::Refused(count) => format!("synced, {count} refused"),
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner:.cyan} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn bar() -> ProgressStyle {
    ProgressStyle::with_template("{spinner:.cyan} {msg} {bar:30.cyan/dim} {pos}/{len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
