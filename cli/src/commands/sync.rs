//! `umbra sync`.

use clap::Args;
use serde_json::Value;
use umbra_client_core::replica::{Connection, Progress, SyncReport};

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint, clock, count};
use crate::output::Report;
use crate::progress::{Bar, state_text};

/// Exchange changes with the server
#[derive(Args, Debug)]
pub struct Sync {
    /// Stay connected until stopped with Ctrl-C
    #[arg(long, short)]
    watch: bool,
}

impl Sync {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let report = if self.watch {
            let mut last = None;
            let show = |progress| tell(app, &mut last, progress);
            app.replica.watch(show, stopped()).await?
        } else {
            let bar = Bar::new(app.output, "connecting");
            app.replica.sync(|progress| bar.show(progress)).await?
        };
        app.output.report(&Synced(report))
    }
}

/// Says each new state of the connection.
fn tell(app: &App<'_>, last: &mut Option<Connection>, progress: Progress) {
    if let Progress::State(state) = progress
        && last.replace(state) != Some(state)
    {
        let look = app.look();
        let at = look.paint(Paint::Dim, &clock(look.zone.local(crate::output::now())));
        app.output.hint(&format!("{at} {}", state_text(state)));
    }
}

/// Until Ctrl-C, or SIGTERM where there is one.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

struct Synced(SyncReport);

impl Report for Synced {
    fn json(&self) -> Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn text(&self, look: &Look) -> String {
        let report = &self.0;
        let many = |number: u64, what: &str| count(usize::try_from(number).unwrap_or(0), what);
        let mut parts = Vec::new();
        if report.accepted > 0 {
            parts.push(format!("{} accepted", many(report.accepted, "edit")));
        }
        if report.commands > 0 {
            parts.push(format!("{} carried out", many(report.commands, "command")));
        }
        if report.documents > 0 {
            parts.push(format!("{} received", many(report.documents, "document")));
        }
        if report.entries > 0 {
            parts.push(format!("{} received", many(report.entries, "change")));
        }
        if report.purged > 0 {
            parts.push(format!("{} purged, as access ended", report.purged));
        }
        let done = look.paint(Paint::Good, "In step with the server");
        let mut text = match parts.as_slice() {
            [] => format!("{done}."),
            parts => format!("{done}: {}.", parts.join(", ")),
        };
        if report.refused > 0 {
            let refused = format!("{} refused", many(report.refused, "edit"));
            text = format!("{text}\n{}; see `umbra refused`.", look.paint(Paint::Late, &refused));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_says_what_it_did() {
        let look = Look::plain("2026-11-24T12:00:00", "UTC");
        let text = |report| Synced(report).text(&look);
        assert_eq!(text(SyncReport::default()), "In step with the server.");
        let report = SyncReport { accepted: 1, documents: 3, refused: 2, ..SyncReport::default() };
        assert_eq!(
            text(report),
            "In step with the server: 1 edit accepted, 3 documents received.\n\
             2 edits refused; see `umbra refused`."
        );
    }
}
