//! Bringing a database to this build's schema: forward only, each step once,
//! safe when two nodes start at the same moment.

use super::{StoreError, Tx, TxKind, db};

/// One step, in the words of both engines.
pub(super) struct Migration {
    pub(super) version: i64,
    pub(super) name: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
}

macro_rules! migrations {
    ($($version:literal $file:literal),+ $(,)?) => {
        &[$(Migration {
            version: $version,
            name: $file,
            postgres: include_str!(concat!("../../../migrations/postgres/", $file, ".sql")),
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $file, ".sql")),
        }),+]
    };
}

/// Every step, in order.
pub(super) const MIGRATIONS: &[Migration] =
    migrations![1 "0001_spine", 2 "0002_accounts", 3 "0003_second_factors", 4 "0004_sessions"];

/// The version of this build's schema.
pub(crate) fn schema_version() -> i64 {
    MIGRATIONS.last().map_or(0, |last| last.version)
}

/// How many steps there are.
#[cfg(test)]
pub(crate) fn steps() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Takes every step that the database hasn't taken.
///
/// # Errors
/// [`StoreError::Corrupt`] where the database is newer than this build: an old
/// server must not write to it.
pub(super) async fn migrate(tx: &mut Tx) -> Result<(), StoreError> {
    lock(tx).await?;
    let done = taken(tx).await?;
    let known = schema_version();
    if let Some(newest) = done.last().filter(|newest| **newest > known) {
        return Err(StoreError::Corrupt(format!(
            "its schema is version {newest}, this build knows {known}: use a newer umbra-server"
        )));
    }
    for step in MIGRATIONS.iter().filter(|step| !done.contains(&step.version)) {
        tracing::info!(version = step.version, name = step.name, "migrating the database");
        match &mut tx.kind {
            TxKind::Postgres(c) => {
                sqlx::raw_sql(step.postgres).execute(&mut **c).await.map(drop)?
            }
            TxKind::Sqlite(c) => sqlx::raw_sql(step.sqlite).execute(&mut **c).await.map(drop)?,
        }
        db!(tx tx, exec "INSERT INTO migrations (version, name) VALUES ($1, $2)", step.version, step.name)?;
    }
    Ok(())
}

/// Keeps a second node out until this one is done. On SQLite the transaction
/// itself does: it began with the write lock.
async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    if let TxKind::Postgres(c) = &mut tx.kind {
        sqlx::query("SELECT pg_advisory_xact_lock(7310033)").execute(&mut **c).await?;
    }
    Ok(())
}

/// The steps that the database has taken, in order.
async fn taken(tx: &mut Tx) -> Result<Vec<i64>, StoreError> {
    db!(tx tx, exec
        pg "CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL)",
        lite "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL) STRICT"
    )?;
    let rows = db!(tx tx, all (i64,), "SELECT version FROM migrations ORDER BY version")?;
    Ok(rows.into_iter().map(|(version,)| version).collect())
}
