//! A fresh database for each test, of each engine.

use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::store::{DatabaseConfig, Engine, Store};

/// Runs each of these tests, `async fn name(TestDatabase)`, on both engines.
macro_rules! exam {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
        mod sqlite {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::store::exam::TestDatabase::fresh($crate::store::Engine::Sqlite).await).await;
            })+
        }
        mod postgres {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::store::exam::TestDatabase::fresh($crate::store::Engine::Postgres).await).await;
            })+
        }
    };
}

pub(crate) use exam;

/// A database that nothing else uses.
pub(crate) struct TestDatabase {
    /// Where it is.
    pub(crate) config: DatabaseConfig,
    /// Goes with its files when the test ends.
    pub(crate) dir: TempDir,
}

impl TestDatabase {
    /// Makes one. A PostgreSQL database stays until the cluster of the test run goes.
    pub(crate) async fn fresh(engine: Engine) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = match engine {
            Engine::Sqlite => DatabaseConfig::Sqlite { file: dir.path().join("umbra.db") },
            Engine::Postgres => DatabaseConfig::Postgres { url: create_database().await },
        };
        Self { config, dir }
    }

    /// Another one, of the same engine.
    pub(crate) async fn another(&self) -> Self {
        Self::fresh(match self.config {
            DatabaseConfig::Sqlite { .. } => Engine::Sqlite,
            DatabaseConfig::Postgres { .. } => Engine::Postgres,
        })
        .await
    }

    /// Runs statements that an operator would run.
    pub(crate) async fn run(&self, sql: &str) {
        let DatabaseConfig::Postgres { url } = &self.config else { panic!("not PostgreSQL") };
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }

    /// Opens it.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.config).await.unwrap()
    }
}

async fn create_database() -> String {
    let Ok(server) = std::env::var("UMBRA_TEST_POSTGRES") else {
        panic!(
            "UMBRA_TEST_POSTGRES must name a PostgreSQL server: run the tests through scripts/with-postgres"
        )
    };
    let name = format!("umbra_{:032x}", getrandom::u64().unwrap());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let (address, _) = server.rsplit_once('/').unwrap();
    format!("{address}/{name}")
}
