//! A fresh database for each test.

use sqlx::{Connection, Executor, PgConnection};
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

/// A database that nothing else uses, and the directory beside it.
pub struct Database {
    /// The data directory. It goes when this does.
    pub dir: TempDir,
    /// Where the database is, unless it is the embedded one.
    pub url: Option<DatabaseUrl>,
}

impl Database {
    /// Makes one. A PostgreSQL database stays behind until the private cluster of
    /// the test run goes: dropping it would need every connection closed first.
    pub async fn fresh(engine: Engine) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(create_database().await),
        };
        Self { dir, url }
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
