//! What can go wrong at the door to storage, sorted by fault.

/// Why the store didn't do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing, or not for this caller; which of the two, nobody
    /// is told.
    #[error("there is no such thing here")]
    Missing,
    /// Something has that key already.
    #[error("it exists already")]
    Taken,
    /// A row doesn't hold what its column promises. The database was changed by
    /// something else, or is damaged; `umbra-server audit` says where.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
    /// The database's own failure: logged, never shown to a peer.
    #[error("the database failed: {0}")]
    Db(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::Missing,
            sqlx::Error::Database(ref db)
                if db.kind() == sqlx::error::ErrorKind::UniqueViolation =>
            {
                Self::Taken
            }
            sqlx::Error::ColumnDecode { index, source } => {
                Self::Corrupt(format!("column {index}: {source}"))
            }
            other => Self::Db(other),
        }
    }
}
