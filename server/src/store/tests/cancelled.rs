//! A request that ends early leaves nothing behind on its connection.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_util::future::try_join_all;

use crate::store::exam::{TestDatabase, exam};
use crate::store::{Engine, Store, StoreError, Tx, TxKind, limits};

exam! { a_begin_that_is_dropped_leaves_no_transaction_open }

async fn a_begin_that_is_dropped_leaves_no_transaction_open(database: TestDatabase) {
    let store = database.open().await;
    let connections = match store.engine() {
        Engine::Postgres => limits::POSTGRES_CONNECTIONS,
        Engine::Sqlite => 1,
    };
    for polls in 1..8 {
        drop(all(&store, connections).await.expect("as many transactions as connections"));
        for _ in 0..connections {
            give_up_after(polls, store.snapshot()).await;
        }
        for mut tx in all(&store, connections).await.expect("they are all to be had again") {
            let TxKind::Postgres(connection) = &mut tx.kind else { continue };
            let level: String = sqlx::query_scalar("SHOW transaction_isolation")
                .fetch_one(&mut **connection)
                .await
                .expect("the connection works");
            assert_eq!(level, "read committed", "this is still the snapshot of the one before");
        }
    }
}

/// Drops a future that isn't done when it was polled so often.
async fn give_up_after<T>(polls: u32, future: impl Future<Output = T>) {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|cx| {
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Pending if left > 0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

/// As many transactions that write as there are connections, all at once.
async fn all(store: &Store, connections: u32) -> Result<Vec<Tx>, StoreError> {
    try_join_all((0..connections).map(|_| store.begin())).await
}
