//! A fresh database for each measurement.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

/// Which engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// The embedded database.
    Sqlite,
    /// The server named by `UMBRA_TEST_POSTGRES`.
    Postgres,
}

impl Engine {
    /// Those that can be measured here.
    pub fn available() -> Vec<Self> {
        let postgres = std::env::var_os("UMBRA_TEST_POSTGRES").map(|_| Self::Postgres);
        std::iter::once(Self::Sqlite).chain(postgres).collect()
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "Postgres",
        })
    }
}

/// A database that nothing else uses.
#[derive(Debug)]
pub struct Database {
    dir: TempDir,
    url: Option<String>,
}

impl Database {
    /// Makes an empty one.
    pub async fn fresh(engine: Engine) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(create().await),
        };
        Self { dir, url }
    }

    /// Where its files are, if it is the embedded one.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Its address, unless it is the embedded one.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

/// A PostgreSQL database. It stays until the private cluster of the run goes.
async fn create() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("UMBRA_TEST_POSTGRES").expect("run under scripts/with-postgres");
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("umbra_bench_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(&server).await.expect("the server answers");
    let text = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(text).await.expect("a database can be created");
    let (address, _) = server.rsplit_once('/').expect("the address names a database");
    format!("{address}/{name}")
}
