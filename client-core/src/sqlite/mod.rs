//! The store on disk: one SQLite file, which any number of processes may have
//! open. A transaction that writes is `BEGIN IMMEDIATE`, so what it reads is what
//! it changes, and every commit is durable before it returns.

mod codec;
mod documents;
mod edits;
mod query;
mod schema;
mod spaces;
mod tray;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Sqlite, SqliteConnection, Transaction};

use crate::error::{Error, Result};
use crate::store::{Counts, Meta, Store, Tx};
use codec::{AccountJson, Bad, u64_of};

/// How long a transaction waits for one of another process. A large import holds
/// the lock for some seconds.
const BUSY_SECONDS: u64 = 60;

/// A store in a file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    options: SqliteConnectOptions,
    write: SqlitePool,
    read: SqlitePool,
}

/// A transaction on a [`SqliteStore`].
#[derive(Debug)]
pub struct SqliteTx(Transaction<'static, Sqlite>);

/// Notices when somebody else has written: another process, or another
/// connection of this one.
#[derive(Debug)]
pub struct Watch {
    connection: SqliteConnection,
    seen: i64,
}

impl SqliteStore {
    /// Opens the store in this file, makes it where there is none, and brings it to
    /// this build's schema.
    ///
    /// # Errors
    /// Where it can't be opened, or was written by a newer build.
    pub async fn open(file: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(BUSY_SECONDS))
            .pragma("trusted_schema", "OFF")
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-16000")
            .statement_cache_capacity(128);
        // One connection writes: SQLite has one writer anyway, and waiting for it in
        // our own queue is fair.
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone());
        let write = write.await.map_err(|error| {
            Error::Internal(format!("{} can't be opened: {error}", file.display()))
        })?;
        schema::migrate(&write).await?;
        let read = SqlitePoolOptions::new().max_connections(4).connect_lazy_with(options.clone());
        Ok(Self { options, write, read })
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// Begins to notice what others write.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn watch(&self) -> Result<Watch> {
        let mut connection = SqliteConnection::connect_with(&self.options).await?;
        let seen = data_version(&mut connection).await?;
        Ok(Watch { connection, seen })
    }
}

impl Watch {
    /// Whether somebody has written since the last time.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn has_changed(&mut self) -> Result<bool> {
        let version = data_version(&mut self.connection).await?;
        Ok(std::mem::replace(&mut self.seen, version) != version)
    }
}

async fn data_version(connection: &mut SqliteConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("PRAGMA data_version").fetch_one(connection).await?)
}

impl Store for SqliteStore {
    type Tx = SqliteTx;

    async fn begin(&self) -> Result<SqliteTx> {
        Ok(SqliteTx(self.write.begin_with("BEGIN IMMEDIATE").await?))
    }

    async fn read(&self) -> Result<SqliteTx> {
        Ok(SqliteTx(self.read.begin().await?))
    }
}

impl SqliteTx {
    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

impl Tx for SqliteTx {
    async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }

    async fn meta(&mut self) -> Result<Meta> {
        type Row = (Option<String>, Option<Vec<u8>>, Option<i64>);
        let (account, epoch, synced): Row =
            sqlx::query_as("SELECT account, epoch, synced FROM meta WHERE id = 1")
                .fetch_one(self.connection())
                .await?;
        Ok(Meta {
            account: account.map(|json| AccountJson::read(&json)).transpose()?,
            epoch: epoch
                .map(|bytes| codec::array(&bytes))
                .transpose()?
                .map(umbra_sync_protocol::wire::Epoch),
            synced: synced.map(umbra_model::Millis),
        })
    }

    async fn put_meta(&mut self, meta: &Meta) -> Result<()> {
        sqlx::query("UPDATE meta SET account = ?1, epoch = ?2, synced = ?3 WHERE id = 1")
            .bind(meta.account.as_ref().map(AccountJson::write).transpose()?)
            .bind(meta.epoch.map(|epoch| epoch.0.to_vec()))
            .bind(meta.synced.map(|at| at.0))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn fresh_number(&mut self) -> Result<u64> {
        let number: i64 = sqlx::query_scalar(
            "UPDATE meta SET last_number = last_number + 1 WHERE id = 1 RETURNING last_number",
        )
        .fetch_one(self.connection())
        .await?;
        u64_of(number)
    }

    async fn counts(&mut self) -> Result<Counts> {
        let (pending, commands, refused, documents, spaces): (i64, i64, i64, i64, i64) =
            sqlx::query_as(
                "SELECT (SELECT count(*) FROM pending), (SELECT count(*) FROM commands),
                        (SELECT count(*) FROM tray), (SELECT count(*) FROM documents),
                        (SELECT count(*) FROM spaces)",
            )
            .fetch_one(self.connection())
            .await?;
        let small = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Counts {
            pending: small(pending),
            commands: small(commands),
            refused: small(refused),
            documents: u64_of(documents)?,
            spaces: small(spaces),
        })
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::internal(format_args!("the local store failed: {error}"))
    }
}

impl From<Bad> for Error {
    fn from(bad: Bad) -> Self {
        Self::internal(format_args!("the local store is damaged: {bad}"))
    }
}
