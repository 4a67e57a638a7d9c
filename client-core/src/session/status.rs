//! How things stand, and what was done.

use serde::{Deserialize, Serialize};

/// The connection's state. Derived from what the server said and from nothing
/// else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "count")]
pub enum Connection {
    /// There is none.
    Offline,
    /// It is being made.
    Connecting,
    /// So many edits and commands wait for their verdict, or spaces for the end
    /// of their log.
    Syncing(u32),
    /// Everything is in step: every edit judged, every space current.
    Synced,
    /// The server doesn't accept the sign-in any more.
    NeedsSignIn,
    /// In step, but so many edits were refused and wait to be looked at.
    Refused(u32),
}

/// What a session has done.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Documents received whole.
    pub documents: u64,
    /// Log entries received, or passed over.
    pub entries: u64,
    /// Log entries that the server has told of and that are still to come, those of
    /// spaces that come from cold among them.
    pub expected: u64,
    /// Of those, the ones that a cold start made unnecessary.
    pub(crate) spared: u64,
    /// Whether a space is coming from cold.
    pub is_cold: bool,
    /// Own edits that were accepted.
    pub accepted: u64,
    /// Own edits that were refused.
    pub refused: u64,
    /// Commands that were answered.
    pub commands: u64,
    /// Purge orders that were carried out.
    pub purged: u64,
    /// Edits and commands that wait now.
    pub waiting: u64,
}

impl Tally {
    /// Adds what an effect did.
    pub(super) fn add(&mut self, more: Self) {
        self.documents += more.documents;
        self.entries += more.entries;
        let came = more.entries + more.spared;
        self.expected = (self.expected + more.expected).saturating_sub(came);
        self.accepted += more.accepted;
        self.refused += more.refused;
        self.commands += more.commands;
        self.purged += more.purged;
    }

    /// So many log entries.
    pub(crate) fn of_entries(entries: u64) -> Self {
        Self { entries, ..Self::default() }
    }
}
