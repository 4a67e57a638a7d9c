//! Group commits into SQLite: lists of values of one length, in a transaction.

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Result, SqliteConnection};

use super::Row;
use crate::sockets::server::Database;

const SCHEMA: &str = include_str!("../../../../migrations/sqlite/0001_spine.sql");

/// The rows of one statement. Longer ones gain nothing.
const ROWS: usize = 32;

pub(super) async fn open(database: &Database) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(database.dir().join("baseline.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // As the server has it.
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", "4000");
    let mut connection = options.connect().await.expect("the file can be made");
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await.expect("the schema is taken");
    connection
}

pub(super) async fn commit(connection: &mut SqliteConnection, rows: &[Row]) -> Result<()> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    for rows in rows.chunks(ROWS) {
        let mut query = sqlx::query(AssertSqlSafe(text(rows.len())));
        for row in rows {
            query = query.bind(row.space).bind(row.seq).bind(row.doc).bind(row.actor.as_slice());
            query = query.bind(row.actor_seq).bind(row.chunk.as_slice());
        }
        query.execute(&mut *tx).await?;
    }
    tx.commit().await
}

/// The statement for so many rows. There are few lengths, so all stay prepared.
fn text(rows: usize) -> String {
    let row = |row: usize| {
        let [space, seq, doc, actor, actor_seq, chunk] = std::array::from_fn(|at| 6 * row + at + 1);
        format!(
            "(?{space}, ?{seq}, 'change', 1772355600000, ?{space}, ?{space}, 'owner', ?{doc},
              CAST(?{actor} || ?{actor} AS BLOB), ?{actor}, ?{actor_seq}, ?{chunk}, ?{actor})"
        )
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO log (space, seq, event, at, by_user, by_device, by_role, doc, hash, actor, actor_seq, chunk, receipt)
         VALUES {}",
        rows.join(",")
    )
}
