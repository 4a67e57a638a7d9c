//! The one door to storage. SQL is written here and nowhere else, once for both
//! engines where they share the words.
//!
//! * [`Store`]: an open database; cheap to clone.
//! * [`Tx`]: a transaction; what isn't committed never happened.
//! * `db!` (see `query.rs`): how every query is written.

mod accounts;
mod allowance;
mod api_tokens;
mod app_passwords;
mod audit;
mod audit_log;
mod audit_trail;
mod ceremonies;
mod content;
mod database;
mod device_codes;
mod device_purges;
mod devices;
mod dump;
mod erase;
mod error;
#[cfg(test)]
pub(crate) mod exam;
mod factors;
mod facts;
mod farewell;
mod fold;
mod hints;
mod invitations;
pub mod limits;
mod list;
mod log;
mod meta;
mod migrate;
mod own_documents;
mod page;
mod passkeys;
mod passwords;
mod purges;
mod query;
mod recovery_codes;
mod session_list;
mod sessions;
mod settings;
mod sight;
mod spaces;
mod standing;
mod statistics;
mod tables;
#[cfg(test)]
mod tests;
mod totp;
mod users;
mod write;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use umbra_model::Millis;

pub use accounts::{Account, Attempt, Lockout};
pub use api_tokens::{ApiToken, NewApiToken, Scope, TokenAccess};
pub use app_passwords::{AppPassword, AppPasswordUse};
pub(crate) use audit::{StoredDoc, StoredSpace, StoredView};
pub use audit_log::AuditEvent;
pub use audit_trail::{AuditEntry, AuditFilter};
pub use ceremonies::{Celebrant, CeremonyKind, NewCeremony};
pub(crate) use content::Content;
pub use database::{DatabaseConfig, Engine, Tx};
pub(crate) use database::{Pools, TxKind};
pub use device_codes::{CodeShown, Decision, NewDeviceCode, Polled};
pub use device_purges::PurgeProgress;
pub use devices::Device;
pub(crate) use dump::Cell;
pub use error::StoreError;
pub use factors::{Factors, SecuritySummary};
pub use farewell::OwnedSpace;
pub(crate) use farewell::Remains;
pub(crate) use hints::{HINT_BYTES_MAX, Heard};
pub use invitations::{Invitation, NewInvitation};
pub use meta::Meta;
pub(crate) use migrate::schema_version;
#[cfg(test)]
pub(crate) use migrate::steps;
pub(crate) use own_documents::OwnDocument;
pub use page::{EntriesPage, PackPage};
pub use passkeys::{Removal, StoredPasskey};
pub use passwords::ResetOf;
pub use purges::PurgeStatus;
pub(crate) use query::db;
pub use session_list::{STALE, SessionEntry};
pub use sessions::{Foothold, NewSession, Session, SessionKind};
pub use sight::Viewer;
pub use spaces::Member;
pub use standing::Standing;
pub use statistics::Statistics;
#[cfg(test)]
pub(crate) use tables::{Column, Holds};
pub(crate) use tables::{TABLES, Table};
pub use totp::{Given, KeyId, SealedTotp, SecondFactor};
pub use users::{Quotas, Usage, UserEntry, UserState};
pub(crate) use write::storable;

/// An open database.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pools: Pools,
    meta: Meta,
}

impl Store {
    /// Opens a database and brings it to this build's schema.
    ///
    /// # Errors
    /// Where it can't be reached, or belongs to a newer build.
    pub async fn open(config: &DatabaseConfig) -> Result<Self, StoreError> {
        let pools = Pools::open(config).await?;
        let mut tx = pools.begin().await?;
        migrate::migrate(&mut tx).await?;
        let meta = meta::ensure(&mut tx, now()).await?;
        tx.commit().await?;
        Ok(Self { inner: Arc::new(Inner { pools, meta }) })
    }

    /// What the database knows of itself.
    pub fn meta(&self) -> &Meta {
        &self.inner.meta
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        match self.inner.pools {
            Pools::Postgres(_) => Engine::Postgres,
            Pools::Sqlite { .. } => Engine::Sqlite,
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Where it doesn't.
    pub async fn ping(&self) -> Result<(), StoreError> {
        db!(self, val i64, "SELECT id FROM meta")?;
        Ok(())
    }

    /// A transaction that writes.
    ///
    /// # Errors
    /// Where none is to be had in time.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        self.inner.pools.begin().await
    }

    /// A transaction that only reads, and sees one moment throughout.
    ///
    /// # Errors
    /// Where none is to be had in time.
    pub async fn snapshot(&self) -> Result<Tx, StoreError> {
        self.inner.pools.snapshot().await
    }

    /// Closes every connection, waiting for those at work.
    pub async fn close(&self) {
        self.inner.pools.close().await;
    }

    pub(crate) fn pools(&self) -> &Pools {
        &self.inner.pools
    }
}

/// The time, for columns that say when something happened.
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
