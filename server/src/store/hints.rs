//! Word from node to node, by PostgreSQL's NOTIFY. It is a hint and nothing more:
//! it may come late, twice or never, and it holds ids only. A notification goes out
//! by itself, never within a transaction that writes: there it would take a lock
//! that all commits of the server share.

use std::time::Duration;

use sqlx::postgres::PgListener;

use super::{Pools, Store, StoreError};

const CHANNEL: &str = "umbra";

/// The most bytes of one notification: PostgreSQL takes less than 8,000.
pub(crate) const HINT_BYTES_MAX: usize = 7_900;

/// What is heard from other nodes.
pub(crate) struct Hints {
    listener: PgListener,
}

/// Something heard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Heard {
    /// A node said this.
    Word(String),
    /// The connection was lost and is there again; what was said in between wasn't
    /// heard.
    Interrupted,
}

impl Store {
    /// Listens to other nodes; nothing on SQLite, where there are none.
    pub(crate) async fn hints(&self) -> Result<Option<Hints>, StoreError> {
        let Pools::Postgres(pool) = self.pools() else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Hints { listener }))
    }

    /// Says this to every node, this one among them.
    pub(crate) async fn hint(&self, word: &str) -> Result<(), StoreError> {
        if let Pools::Postgres(pool) = self.pools() {
            // Nothing of it is stored, so its commit needs to wait for no disk.
            sqlx::query("SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(word)
                .execute(pool)
                .await?;
        }
        Ok(())
    }
}

impl Hints {
    /// Waits for the next.
    pub(crate) async fn next(&mut self) -> Heard {
        /// Between attempts to reach a server that isn't there.
        const PAUSE: Duration = Duration::from_millis(250);
        loop {
            match self.listener.try_recv().await {
                Ok(Some(notification)) => return Heard::Word(notification.payload().to_owned()),
                Ok(None) => return Heard::Interrupted,
                Err(error) => {
                    tracing::warn!(%error, "not listening to other nodes");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
