//! Commands that wait for their answer.

use std::collections::BTreeMap;

use umbra_model::Millis;
use umbra_sync_protocol::wire::Command;

use crate::outbox::COMMANDS_WINDOW;
use crate::store::CommandRow;

/// Commands in their order, and which of them were sent.
#[derive(Default, Debug)]
pub(super) struct Commands {
    rows: Vec<CommandRow>,
    sent: BTreeMap<u32, CommandRow>,
    /// Commands that the server will take later, and from when on.
    held: BTreeMap<u64, Millis>,
    last_id: u32,
}

impl Commands {
    /// What waits is this and nothing else.
    pub fn replace(&mut self, rows: Vec<CommandRow>) {
        self.rows = rows;
    }

    /// The commands to send now.
    pub fn next(&mut self, now: Millis) -> Vec<(u32, Command)> {
        self.held.retain(|_, until| *until > now);
        let mut frames = Vec::new();
        for row in &self.rows {
            let is_sent = self.sent.values().any(|sent| sent.id == row.id);
            let is_held = self.held.contains_key(&row.id);
            if is_sent || is_held || self.sent.len() >= COMMANDS_WINDOW {
                continue;
            }
            self.last_id = self.last_id.wrapping_add(1);
            self.sent.insert(self.last_id, row.clone());
            frames.push((self.last_id, row.command.clone()));
        }
        frames
    }

    /// The command that this number was given to.
    pub fn answered(&mut self, id: u32) -> Option<CommandRow> {
        let row = self.sent.remove(&id)?;
        self.rows.retain(|it| it.id != row.id);
        Some(row)
    }

    /// The server will take a command later.
    pub fn hold(&mut self, row: CommandRow, until: Millis) {
        self.held.insert(row.id, until);
        self.rows.push(row);
        self.rows.sort_by_key(|row| row.id);
    }

    /// When a command that is held may go.
    pub fn deadline(&self) -> Option<Millis> {
        self.held.values().min().copied()
    }

    /// The connection is gone: nothing is under way any more.
    pub fn ground(&mut self) {
        self.sent.clear();
        self.held.clear();
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
