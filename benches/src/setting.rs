//! How much of everything, and which server.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the benchmarks are given.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The program `umbra-bench-server`: the server in a process of its own.
    pub server: PathBuf,
    /// One in so many rounds of what takes no server.
    pub share: usize,
    /// Clients that write.
    pub writers: usize,
    /// For how long.
    pub writing: Duration,
    /// Documents held by a client that comes back.
    pub held: Vec<usize>,
    /// How many of them were changed.
    pub changed: usize,
    /// Documents that a new client gets.
    pub cold: Vec<usize>,
    /// Who watches one document.
    pub audiences: Vec<Audience>,
    /// Connections that do nothing.
    pub idle: usize,
}

/// Who watches one document, and how fast it is edited.
#[derive(Clone, Debug)]
pub struct Audience {
    /// Connections.
    pub watchers: usize,
    /// Edits a second.
    pub edits_per_second: u32,
    /// Edits in all.
    pub edits: usize,
}

impl Setting {
    /// That of docs/PERFORMANCE.md. Takes some minutes.
    pub fn full(server: impl AsRef<Path>) -> Self {
        let audience = |watchers, edits_per_second| Audience {
            watchers,
            edits_per_second,
            edits: 12 * edits_per_second as usize,
        };
        Self {
            server: server.as_ref().to_owned(),
            share: 1,
            writers: 20,
            writing: Duration::from_secs(8),
            held: vec![1_000, 10_000, 100_000],
            changed: 100,
            cold: vec![1_000, 10_000],
            audiences: vec![audience(500, 10), audience(100, 50)],
            idle: 1_000,
        }
    }

    /// So many rounds of these.
    pub(crate) fn rounds(&self, of: usize) -> usize {
        of / self.share
    }

    /// To see that everything works: a minute at most.
    pub fn quick(server: impl AsRef<Path>) -> Self {
        Self {
            share: 20,
            writers: 4,
            writing: Duration::from_millis(500),
            held: vec![100, 1_000],
            changed: 20,
            cold: vec![300],
            audiences: vec![Audience { watchers: 20, edits_per_second: 20, edits: 20 }],
            idle: 50,
            ..Self::full(server)
        }
    }
}
