//! A fresh database for each test.

use std::path::PathBuf;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;
use umbra_server::config::DatabaseUrl;

/// Which engine a test runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// The embedded database.
    Sqlite,
    /// The server named by `UMBRA_TEST_POSTGRES`.
    Postgres,
}

/// What is the server's in the directory; beside it, tests keep what is theirs.
const DATA: &str = "data";

/// A database that nothing else uses, and the directory beside it.
pub struct Database {
    /// The directory around the server's. It goes when this does.
    pub dir: TempDir,
    /// Where the database is, unless it is the embedded one.
    pub url: Option<DatabaseUrl>,
}

impl Database {
    /// Makes one. A PostgreSQL database stays behind until the private cluster of
    /// the test run goes: dropping it would need every connection closed first.
    pub async fn fresh(engine: Engine) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::create_dir(dir.path().join(DATA)).expect("its directory can be made");
        let url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(create_database().await),
        };
        Self { dir, url }
    }
}

impl Database {
    /// The server's data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join(DATA)
    }

    /// Runs a statement in it, beside whatever serves it: to let time pass over rows.
    /// It has to touch something.
    pub async fn run(&self, sql: &str) {
        let statement = sqlx::AssertSqlSafe(sql.to_owned());
        let touched = match &self.url {
            Some(url) => {
                let mut it = PgConnection::connect(url.expose()).await.expect("it answers");
                it.execute(statement).await.expect("the statement can be run").rows_affected()
            }
            None => {
                let file = self.data().join("umbra.sqlite");
                let options = SqliteConnectOptions::new().filename(file);
                let it = SqliteConnection::connect_with(&options).await;
                let mut it = it.expect("the file can be opened");
                it.execute(statement).await.expect("the statement can be run").rows_affected()
            }
        };
        assert!(touched > 0, "nothing was touched by {sql}");
    }
}

async fn create_database() -> DatabaseUrl {
    let server = std::env::var("UMBRA_TEST_POSTGRES")
        .expect("UMBRA_TEST_POSTGRES names a PostgreSQL server; run under scripts/with-postgres");
    let name = format!("umbra_{:032x}", rand::random::<u128>());
    let mut connection = PgConnection::connect(&server).await.expect("the server answers");
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(create).await.expect("a database can be created");
    DatabaseUrl::new(with_database(&server, &name))
}

/// The same server, another database: the path of the address is its name.
fn with_database(server: &str, name: &str) -> String {
    let (address, query) = match server.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (server, String::new()),
    };
    let host_from = address.find("://").map_or(0, |at| at + 3);
    let host_to = address[host_from..].find('/').map_or(address.len(), |at| host_from + at);
    format!("{}/{name}{query}", &address[..host_to])
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn the_database_is_the_path() {
        for (server, expected) in [
            ("postgres://u@127.0.0.1:5433/postgres", "postgres://u@127.0.0.1:5433/x"),
            ("postgres://u@127.0.0.1:5433", "postgres://u@127.0.0.1:5433/x"),
            ("postgres://u@h/postgres?host=/run", "postgres://u@h/x?host=/run"),
        ] {
            assert_eq!(with_database(server, "x"), expected);
        }
    }
}
