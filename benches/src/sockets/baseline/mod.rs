//! What the database does by itself: bare group commits of the same changes, row
//! for row as the server logs them, into the same table of the same database by
//! the same driver. No socket, no judging, no documents, no read models.

mod postgres;
mod sqlite;

use std::time::Instant;

use hdrhistogram::Histogram;
use sqlx::{PgConnection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use umbra_model::Kind;
use uuid::Uuid;

use crate::sockets::edit::{Editor, title};
use crate::sockets::measure::{Load, Rate, micros};
use crate::sockets::server::{Database, Engine};

/// The most rows of one commit; as the server's bound.
const BATCH_MAX: usize = 1_024;

/// A row of the log.
struct Row {
    space: Uuid,
    seq: i64,
    doc: Uuid,
    actor: [u8; 16],
    actor_seq: i64,
    chunk: Vec<u8>,
}

/// A row that waits to be durable.
struct Waiting {
    row: Row,
    done: oneshot::Sender<()>,
}

enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Commits what this load brings, and says how fast.
pub async fn group_commits(engine: Engine, load: &Load) -> Rate {
    let database = Database::fresh(engine).await;
    let connection = match engine {
        Engine::Sqlite => Connection::Sqlite(sqlite::open(&database).await),
        Engine::Postgres => Connection::Postgres(postgres::open(&database).await),
    };
    let (send, queue) = mpsc::channel(load.clients * load.window);
    let writer = tokio::spawn(write(connection, queue));
    let mut clients = JoinSet::new();
    let begun = Instant::now();
    for slot in 0..load.clients * load.window {
        let client = Uuid::from_u128((slot % load.clients) as u128);
        // The slots of one client are one space, as the changes of one client are.
        let (first, step) = ((slot / load.clients) as i64, load.window as i64);
        clients.spawn(submit(client, slot, (first, step), load.clone(), send.clone()));
    }
    drop(send);
    let mut latencies = Histogram::new(3).expect("three digits");
    while let Some(client) = clients.join_next().await {
        latencies.add(client.expect("a client does not panic")).expect("equal bounds");
    }
    let wall = begun.elapsed();
    writer.await.expect("the writer does not panic");
    Rate { wall, latencies }
}

/// One row after another, each when the one before is durable.
async fn submit(
    space: Uuid,
    slot: usize,
    (first, step): (i64, i64),
    load: Load,
    queue: mpsc::Sender<Waiting>,
) -> Histogram<u64> {
    let actor = (slot as u128 + 1).to_be_bytes();
    let doc = Uuid::from_bytes(actor);
    let mut editor = Editor::of_fresh(Kind::Todo, actor, "title");
    let mut latencies = Histogram::new(3).expect("three digits");
    let mut seq = first + 1;
    let end = Instant::now() + load.time;
    while Instant::now() < end {
        let chunk = editor.put(&title(editor.made()), 0);
        let actor_seq = editor.made() as i64;
        let (done, durable) = oneshot::channel();
        let begun = Instant::now();
        let row = Row { space, seq, doc, actor, actor_seq, chunk };
        queue.send(Waiting { row, done }).await.expect("the writer waits");
        durable.await.expect("the writer answers");
        latencies.record(micros(begun.elapsed())).expect("it grows");
        seq += step;
    }
    latencies
}

/// Commits what waits, all of it at once; what comes meanwhile goes with the next.
async fn write(mut connection: Connection, mut queue: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while queue.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let (rows, waiting): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|it: Waiting| (it.row, it.done)).unzip();
        match &mut connection {
            Connection::Sqlite(it) => sqlite::commit(it, &rows).await,
            Connection::Postgres(it) => postgres::commit(it, &rows).await,
        }
        .expect("the database takes the rows");
        for done in waiting {
            let _ = done.send(());
        }
    }
}
