//! The layout of the file, and how it came to be: steps that only go forward.

use sqlx::SqlitePool;

use crate::error::{Error, Result};

/// Every step, in order. A file's `user_version` says how many it has taken.
const STEPS: &[&str] = &[include_str!("schema/0001_replica.sql")];

/// Takes the steps that the file hasn't taken yet, all or none.
pub(super) async fn migrate(pool: &SqlitePool) -> Result<()> {
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    let taken: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *tx).await?;
    let taken = usize::try_from(taken).unwrap_or(usize::MAX);
    if taken > STEPS.len() {
        return Err(Error::Conflict(
            "this replica was written by a newer version of Umbra; update this one".to_owned(),
        ));
    }
    for step in &STEPS[taken..] {
        sqlx::raw_sql(*step).execute(&mut *tx).await?;
    }
    if taken < STEPS.len() {
        // The one statement that takes no parameters; the number is ours.
        let note = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {}", STEPS.len()));
        sqlx::raw_sql(note).execute(&mut *tx).await?;
    }
    Ok(tx.commit().await?)
}
