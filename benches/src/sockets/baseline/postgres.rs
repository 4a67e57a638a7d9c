//! Group commits into PostgreSQL: a column is an array, a commit one statement.

use sqlx::{Connection, PgConnection, Result};

use super::Row;
use crate::sockets::server::Database;

const SCHEMA: &str = include_str!("../../../../migrations/postgres/0001_spine.sql");

pub(super) async fn open(database: &Database) -> PgConnection {
    let url = database.url().expect("it is a PostgreSQL database");
    let mut connection = PgConnection::connect(url).await.expect("the server answers");
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await.expect("the schema is taken");
    connection
}

pub(super) async fn commit(connection: &mut PgConnection, rows: &[Row]) -> Result<()> {
    sqlx::query(
        "INSERT INTO log (space, seq, event, at, by_user, by_device, by_role, doc, hash, actor, actor_seq, chunk, receipt)
         SELECT space, seq, 'change', 1772355600000, space, space, 'owner', doc, actor || actor, actor, actor_seq, chunk, actor
         FROM UNNEST($1::UUID[], $2::BIGINT[], $3::UUID[], $4::BYTEA[], $5::BIGINT[], $6::BYTEA[])
              AS it (space, seq, doc, actor, actor_seq, chunk)",
    )
    .bind(rows.iter().map(|row| row.space).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.seq).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.doc).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.actor.as_slice()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.actor_seq).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.chunk.as_slice()).collect::<Vec<_>>())
    // A statement outside of a transaction is one of its own.
    .execute(connection)
    .await?;
    Ok(())
}
