//! Opening the database, and its transactions.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use super::{StoreError, limits};

/// Which database to open.
#[derive(Clone)]
pub enum DatabaseConfig {
    /// The embedded one, in this file; made if it isn't there.
    Sqlite {
        /// The file.
        file: PathBuf,
    },
    /// A PostgreSQL database.
    Postgres {
        /// Its URL, which may hold a password.
        url: String,
    },
}

impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { file } => write!(f, "Sqlite({})", file.display()),
            Self::Postgres { .. } => f.write_str("Postgres(…)"),
        }
    }
}

/// Which engine a store runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// The connections of one database.
#[derive(Clone, Debug)]
pub(crate) enum Pools {
    /// PostgreSQL.
    Postgres(PgPool),
    /// SQLite: one writer, since the engine has but one; readers beside it.
    Sqlite { read: SqlitePool, write: SqlitePool },
}

/// A transaction. Dropped without [`Tx::commit`], it never happened.
pub struct Tx {
    pub(crate) kind: TxKind,
}

pub(crate) enum TxKind {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, Sqlite>),
}

impl Tx {
    /// Makes it durable.
    ///
    /// # Errors
    /// Where the database fails; whether it is durable is then unknown.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.kind {
            TxKind::Postgres(tx) => tx.commit().await?,
            TxKind::Sqlite(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

impl Pools {
    pub(super) async fn open(config: &DatabaseConfig) -> Result<Self, StoreError> {
        Ok(match config {
            DatabaseConfig::Sqlite { file } => open_sqlite(file.clone()).await?,
            DatabaseConfig::Postgres { url } => Self::Postgres(open_postgres(url).await?),
        })
    }

    /// A transaction that writes. On SQLite it takes the write lock at once: a
    /// read that turns into a write later fails where somebody else was faster.
    pub(super) async fn begin(&self) -> Result<Tx, StoreError> {
        let kind = match self {
            Self::Postgres(pool) => begin_postgres(pool, "BEGIN").await?,
            Self::Sqlite { write, .. } => {
                TxKind::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)
            }
        };
        Ok(Tx { kind })
    }

    /// A transaction that only reads, and sees one moment throughout.
    pub(super) async fn snapshot(&self) -> Result<Tx, StoreError> {
        let kind = match self {
            Self::Postgres(pool) => {
                begin_postgres(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?
            }
            Self::Sqlite { read, .. } => TxKind::Sqlite(read.begin_with("BEGIN DEFERRED").await?),
        };
        Ok(Tx { kind })
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Postgres(pool) => pool.close().await,
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

/// Begins on a task of its own, so that it is always carried through. Were it dropped
/// halfway, with a request whose client has gone, sqlx 0.9.0 would put the connection
/// back with the transaction open: whoever gets it next reads an old snapshot, and
/// writes what is never committed (sqlx issue 4393).
async fn begin_postgres(pool: &PgPool, statement: &'static str) -> Result<TxKind, StoreError> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    let begun = begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?;
    Ok(TxKind::Postgres(begun?))
}

async fn open_sqlite(file: PathBuf) -> Result<Pools, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(true)
        .pragma("trusted_schema", "OFF")
        // What a statement that fails halfway is undone by: else it is a file, made and
        // removed for each that writes many rows, and every commit waits for that.
        .pragma("temp_store", "MEMORY")
        // A checkpoint writes each page once, however often it is in the WAL: four
        // times as seldom is a fourth of the work, for 16 MB of file.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("cache_size", "-16384");
    // FULL, since NORMAL may lose acknowledged commits when the power goes.
    let writer = options.clone().create_if_missing(true).synchronous(SqliteSynchronous::Full);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        // A file doesn't hang up, so asking each time whether it is there gains nothing.
        .test_before_acquire(false)
        .acquire_timeout(limits::ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(writer)
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(limits::SQLITE_READERS)
        .test_before_acquire(false)
        .acquire_timeout(limits::ACQUIRE_TIMEOUT)
        .connect_with(options.read_only(true))
        .await?;
    Ok(Pools::Sqlite { read, write })
}

async fn open_postgres(url: &str) -> Result<PgPool, StoreError> {
    let options: PgConnectOptions = url.parse().map_err(StoreError::Db)?;
    let is_near = options.get_socket().is_some()
        || matches!(options.get_host(), "localhost" | "127.0.0.1" | "::1")
        || options.get_host().starts_with('/');
    if !is_near && !matches!(options.get_ssl_mode(), PgSslMode::VerifyFull) {
        tracing::warn!(
            host = options.get_host(),
            "the way to the database may be read and changed by others: add \
             `sslmode=verify-full` to DATABASE_URL"
        );
    }
    Ok(PgPoolOptions::new()
        .max_connections(limits::POSTGRES_CONNECTIONS)
        .acquire_timeout(limits::ACQUIRE_TIMEOUT)
        // Whether the server is still there is asked where it may have gone unnoticed,
        // not before every transaction of a busy moment: that is a round trip each.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                let fresh = meta.idle_for < limits::TRUSTED_FOR;
                Ok(fresh || connection.ping().await.is_ok())
            })
        })
        .connect_with(options.application_name("umbra-server"))
        .await?)
}
