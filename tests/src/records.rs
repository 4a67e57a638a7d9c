//! What a server's database holds, looked at and moved in time from outside.

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use crate::server::TestServer;

/// What grows older than it is.
#[derive(Clone, Copy, Debug)]
pub enum Aged {
    /// Ceremonies come nearer to their end.
    Ceremonies,
    /// Proofs of who somebody is.
    Proofs,
    /// The last one-time codes that were accepted, by a step for each thirty seconds.
    OneTimeCodes,
}

enum Records {
    Postgres(Box<PgConnection>),
    Sqlite(Box<SqliteConnection>),
}

impl TestServer {
    /// Lets something grow older at once, in place of waiting.
    pub async fn age(&self, what: Aged, by: Duration) {
        let millis = i64::try_from(by.as_millis()).expect("not that long");
        let (sql, by) = match what {
            Aged::Ceremonies => ("UPDATE ceremonies SET expires_at = expires_at - $1", millis),
            Aged::Proofs => ("UPDATE sessions SET fresh_at = fresh_at - $1", millis),
            Aged::OneTimeCodes => ("UPDATE totp SET last_step = last_step - $1", millis / 30_000),
        };
        match self.records().await {
            Records::Postgres(mut it) => {
                sqlx::query(sql).bind(by).execute(&mut *it).await.map(drop)
            }
            Records::Sqlite(mut it) => sqlx::query(sql).bind(by).execute(&mut *it).await.map(drop),
        }
        .expect("the database takes it");
    }

    /// The rows of a query that gives one text each.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        match self.records().await {
            Records::Postgres(mut it) => sqlx::query_scalar(sql).fetch_all(&mut *it).await,
            Records::Sqlite(mut it) => sqlx::query_scalar(sql).fetch_all(&mut *it).await,
        }
        .expect("the database answers")
    }

    /// What the audit log says, each entry as `action outcome`.
    pub async fn audited(&self) -> Vec<String> {
        self.texts("SELECT action || ' ' || outcome FROM audit_log ORDER BY id").await
    }

    async fn records(&self) -> Records {
        match &self.config.database_url {
            Some(url) => {
                let connection = PgConnection::connect(url.expose()).await;
                Records::Postgres(Box::new(connection.expect("the database answers")))
            }
            None => {
                let options = SqliteConnectOptions::new()
                    .filename(self.config.data_dir.join("umbra.sqlite"))
                    .busy_timeout(Duration::from_secs(10));
                let connection = options.connect().await;
                Records::Sqlite(Box::new(connection.expect("the database opens")))
            }
        }
    }
}
