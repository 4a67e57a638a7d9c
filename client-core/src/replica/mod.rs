//! A replica: everything a person has, on their own device, with or without a
//! network. This is what a client is built on.

mod account;
mod agenda;
mod documents;
mod members;
mod query;
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
use std::time::{SystemTime, UNIX_EPOCH};

use umbra_model::Millis;
use umbra_model::recurrence::Zone;
use uuid::Uuid;

use crate::document::Generation;
use crate::engine::{Engine, Env};
use crate::error::{BadInput, Error, Result};
use crate::sqlite::{SqliteStore, SqliteTx};
use crate::store::Store;

/// A replica in a directory. Several processes may have it open at once; each
/// edit is one transaction, and one of them syncs at a time. Its clones are the same
/// replica.
#[derive(Clone, Debug)]
pub struct Replica {
    dir: PathBuf,
    store: SqliteStore,
    zone: Zone,
}

/// Makes directories that nobody else of the machine looks into: a replica holds the
/// device's token and all that its user wrote.
fn private_dir() -> tokio::fs::DirBuilder {
    let mut builder = tokio::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder
}

/// An engine at work in a transaction of its own.
type AtWork = Engine<'static, SqliteTx>;

impl Replica {
    /// Opens the replica in this directory, and makes it where there is none.
    ///
    /// # Errors
    /// [`Error::Internal`] where the directory or the store can't be opened,
    /// [`Error::Conflict`] where a newer version of the program wrote it.
    pub async fn open(dir: &Path) -> Result<Self> {
        private_dir().create(dir).await.map_err(|error| {
            Error::Internal(format!("{} can't be made: {error}", dir.display()))
        })?;
        let store = SqliteStore::open(&dir.join("replica.db")).await?;
        Ok(Self { dir: dir.to_owned(), store, zone: Zone::UTC })
    }

    /// The same replica for somebody in this zone, an IANA name: days begin at its
    /// midnight, and what floats is read on its clocks. Without it that is UTC.
    ///
    /// # Errors
    /// [`Error::Input`] for an unknown zone.
    pub fn in_zone(self, name: &str) -> Result<Self> {
        Ok(Self { zone: zone(name)?, ..self })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Closes the store; what is open elsewhere stays open.
    pub async fn close(self) {
        self.store.close().await;
    }

    /// Begins to write: one transaction, that the caller commits.
    async fn write(&self) -> Result<AtWork> {
        Ok(Engine { tx: self.store.begin().await?, env: self.env() })
    }

    /// Begins to read, as of one moment.
    async fn read(&self) -> Result<AtWork> {
        Ok(Engine { tx: self.store.read().await?, env: self.env() })
    }

    fn env(&self) -> Env<'static> {
        Env { now: now(), zone: self.zone, dice: Box::new(draw) }
    }
}

fn zone(name: &str) -> Result<Zone> {
    Ok(Zone::parse(name).map_err(|unknown| BadInput::Other(unknown.to_string()))?)
}

/// The time.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Eight random bytes.
pub(crate) fn draw() -> Generation {
    random()
}

/// A fresh id: a UUID of version 7, so that ids sort by the time of their making.
fn fresh_id() -> Uuid {
    let millis = u64::try_from(now().0).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random()).into_uuid()
}

#[expect(clippy::expect_used, reason = "without random numbers no id would be safe to use")]
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes
}
