//! A replica: everything a person has, on their own device, with or without a
//! network. This is what a client is built on.

mod account;
mod documents;
mod members;
mod spaces;
mod sync;
mod transfer;
mod tray;
mod types;

pub use documents::Step;
pub use types::{
    Account, Connection, Document, Filter, Import, Imported, Member, Occurrence, Order, Progress,
    RefusedEdit, Space, Status, SyncReport, Trash, Undone,
};

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A replica in a directory. Several processes may have it open at once; each
/// edit is one transaction, and one of them syncs at a time.
#[derive(Debug)]
pub struct Replica {
    dir: PathBuf,
}

impl Replica {
    /// Opens the replica in this directory, and makes it where there is none.
    ///
    /// # Errors
    /// [`Error::Internal`] where the directory or the store can't be opened.
    pub async fn open(dir: &Path) -> Result<Self> {
        tokio::fs::create_dir_all(dir).await.map_err(Error::internal)?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}
