//! `umbra status`.

use clap::Args;
use serde_json::Value;
use umbra_client_core::replica::{self, Connection};

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint, count, plain};
use crate::output::Report;
use crate::progress::state_text;

/// How this device stands with its server
#[derive(Args, Debug)]
pub struct Status {}

impl Status {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        app.output.report(&Standing(app.replica.status().await?))
    }
}

struct Standing(replica::Status);

impl Report for Standing {
    fn json(&self) -> Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn text(&self, look: &Look) -> String {
        let status = &self.0;
        let line = |name: &str, value: String| {
            format!("{}{value}", look.paint(Paint::Dim, &format!("{name:<10}")))
        };
        let mut lines = Vec::new();
        match &status.account {
            Some(account) => {
                let name = look.paint(Paint::Strong, &plain(&account.name));
                lines.push(line("account", format!("{name} at {}", plain(&account.server))));
            }
            None => lines.push(line("account", "not signed in; `umbra login NAME`".to_owned())),
        }
        let synced = status.synced.map_or("never".to_owned(), |at| look.ago(at));
        lines.push(line(
            "synced",
            match status.connection {
                // Nobody is syncing just now, which says nothing about the network.
                Connection::Offline => synced,
                state => format!("{synced} ({})", state_text(state)),
            },
        ));
        lines.push(line("here", holdings(status)));
        lines.push(line("to send", to_send(status, look)));
        if status.refused > 0 {
            let refused = count(usize::try_from(status.refused).unwrap_or(0), "edit");
            let refused = look.paint(Paint::Late, &format!("{refused} refused"));
            lines.push(line("tray", format!("{refused}; `umbra refused`")));
        }
        lines.join("\n")
    }
}

fn holdings(status: &replica::Status) -> String {
    let documents = count(usize::try_from(status.documents).unwrap_or(0), "document");
    let spaces = count(usize::try_from(status.spaces).unwrap_or(0), "space");
    format!("{documents} in {spaces}")
}

fn to_send(status: &replica::Status, look: &Look) -> String {
    let waiting = status.pending + status.commands;
    if waiting == 0 {
        return look.paint(Paint::Good, "nothing");
    }
    let edits = count(usize::try_from(status.pending).unwrap_or(0), "edit");
    let commands = count(usize::try_from(status.commands).unwrap_or(0), "command");
    let text = match (status.pending, status.commands) {
        (_, 0) => edits,
        (0, _) => commands,
        _ => format!("{edits} and {commands}"),
    };
    format!("{}; `umbra sync`", look.paint(Paint::Soon, &text))
}

#[cfg(test)]
mod tests {
    use umbra_client_core::replica::Account;
    use umbra_model::{DeviceId, Millis, UserId};

    use super::*;

    #[test]
    fn the_status_fits_a_few_lines() {
        let look = Look::plain("2026-11-24T12:00:00", "UTC");
        let account = Account {
            server: "http://localhost:8000".to_owned(),
            user: UserId::from_bytes([1; 16]),
            name: "ada".to_owned(),
            device: DeviceId::from_bytes([2; 16]),
        };
        let status = replica::Status {
            account: Some(account),
            connection: Connection::Offline,
            pending: 2,
            commands: 1,
            refused: 1,
            documents: 1_204,
            spaces: 3,
            synced: Some(Millis(look.now.0 - 300_000)),
        };
        assert_eq!(
            Standing(status.clone()).text(&look),
            "account   ada at http://localhost:8000\n\
             synced    5 minutes ago\n\
             here      1204 documents in 3 spaces\n\
             to send   2 edits and 1 command; `umbra sync`\n\
             tray      1 edit refused; `umbra refused`"
        );
        let fresh = replica::Status {
            account: None,
            pending: 0,
            commands: 0,
            refused: 0,
            documents: 0,
            spaces: 1,
            synced: None,
            ..status
        };
        assert_eq!(
            Standing(fresh).text(&look),
            "account   not signed in; `umbra login NAME`\n\
             synced    never\n\
             here      0 documents in 1 space\n\
             to send   nothing"
        );
    }
}
