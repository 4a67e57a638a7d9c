//! Backup and restore: the whole database in one file that either engine writes and
//! either reads.

mod archive;
mod restore;
#[cfg(test)]
mod tests;
mod write;

pub use archive::BadArchive;
pub use restore::{RestoreError, restore};
pub use write::{BackupError, backup};

/// What a backup or a restore went through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// How many rows each table has.
    pub rows: Vec<(&'static str, u64)>,
    /// How large the file is.
    pub bytes: u64,
}
