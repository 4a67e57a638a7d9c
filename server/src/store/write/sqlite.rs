//! Many rows a statement, as SQLite likes it: lists of values, in a few fixed
//! lengths so that every text is a literal and every statement stays prepared.

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, Transaction};

use super::cells::{DocCells, LogCells, Rows, SpaceCells, ViewCells};
use super::{StoreError, unsigned};
use crate::sequencer::core::Purge;

type Connection = Transaction<'static, Sqlite>;
type Statement = Query<'static, Sqlite, SqliteArguments>;

/// One statement for 1, 2, 4, 8, 16, 32 and 64 rows: with so few texts every
/// statement stays prepared, and fewer than 128 rows take seven of them at most.
/// Each is a turn of the connection's own thread, and that is what costs.
struct Texts([&'static str; LENGTHS]);

const LENGTHS: usize = 7;

const ROWS_MAX: usize = 1 << (LENGTHS - 1);

macro_rules! rows {
    (1 $row:literal) => { $row };
    (2 $row:literal) => { concat!($row, ",", $row) };
    (4 $row:literal) => { concat!(rows!(2 $row), ",", rows!(2 $row)) };
    (8 $row:literal) => { concat!(rows!(4 $row), ",", rows!(4 $row)) };
    (16 $row:literal) => { concat!(rows!(8 $row), ",", rows!(8 $row)) };
    (32 $row:literal) => { concat!(rows!(16 $row), ",", rows!(16 $row)) };
    (64 $row:literal) => { concat!(rows!(32 $row), ",", rows!(32 $row)) };
}

macro_rules! texts {
    ($text:ident) => {
        Texts([$text!(1), $text!(2), $text!(4), $text!(8), $text!(16), $text!(32), $text!(64)])
    };
}

macro_rules! spaces {
    ($n:tt) => {
        concat!(
            "WITH it (space, owner_id, head, documents, recovering, restored_head, deleted_at) AS (VALUES ",
            rows!($n "(?,?,?,?,?,?,?)"),
            ") UPDATE spaces SET owner_id = it.owner_id, head = it.head, documents = it.documents,
                   recovering = it.recovering, restored_head = it.restored_head, deleted_at = it.deleted_at
               FROM it WHERE spaces.space = it.space"
        )
    };
}

macro_rules! homes {
    ($n:tt) => {
        concat!("INSERT INTO homes (doc, space) VALUES ", rows!($n "(?,?)"))
    };
}

macro_rules! docs {
    ($n:tt) => {
        concat!(
            "INSERT INTO documents (space, doc, kind, creator_id, privacy, subject, created_seq, created_at,
                                    last_seq, saved_seq, saved_bytes, unfolded, unfolded_bytes, unfolded_since, purged_at) VALUES ",
            rows!($n "(?,?,?,?,?,?,?,?,?,0,0,?,?,?,?)"),
            " ON CONFLICT (space, doc) DO UPDATE SET privacy = excluded.privacy, subject = excluded.subject,
                  last_seq = excluded.last_seq, unfolded = documents.unfolded + excluded.unfolded,
                  unfolded_bytes = documents.unfolded_bytes + excluded.unfolded_bytes,
                  unfolded_since = CASE WHEN documents.unfolded = 0 THEN excluded.unfolded_since ELSE documents.unfolded_since END,
                  purged_at = excluded.purged_at"
        )
    };
}

macro_rules! log {
    ($n:tt) => {
        concat!(
            "INSERT INTO log (space, seq, event, at, by_user, by_device, by_role, doc, hash, actor, actor_seq, chunk,
                              kind, privacy, privacy_was, member_id, member_name, member_role, receipt, lost_seq, lost_receipt) VALUES ",
            rows!($n "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
        )
    };
}

macro_rules! views {
    ($n:tt) => {
        concat!(
            "INSERT INTO views (space, doc, json, title, text, starts_at, ends_at, due_at, done, repeats, deleted_at) VALUES ",
            rows!($n "(?,?,?,?,?,?,?,?,?,?,?)"),
            " ON CONFLICT (space, doc) DO UPDATE SET json = excluded.json, title = excluded.title, text = excluded.text,
                  starts_at = excluded.starts_at, ends_at = excluded.ends_at, due_at = excluded.due_at,
                  done = excluded.done, repeats = excluded.repeats,
                  deleted_at = CASE WHEN excluded.deleted_at IS NULL THEN NULL
                                    ELSE COALESCE(views.deleted_at, excluded.deleted_at) END"
        )
    };
}

/// A row of each kind for each of so many changes: one turn for all of them.
macro_rules! changes {
    ($n:tt) => {
        concat!(spaces!($n), ";", docs!($n), ";", log!($n), ";", views!($n))
    };
}

const SPACES: Texts = texts!(spaces);
const HOMES: Texts = texts!(homes);
const DOCS: Texts = texts!(docs);
const LOG: Texts = texts!(log);
const VIEWS: Texts = texts!(views);
const CHANGES: Texts = texts!(changes);

/// Writes what a commit has of every kind: together as far as there are rows of each,
/// as where changes to many spaces come at once, then the rest kind by kind.
pub(super) async fn rows(
    c: &mut Connection,
    mut it: Rows<'_, '_>,
    now: i64,
) -> Result<(), StoreError> {
    while let length @ 1.. = it.of_each() {
        let length = length.min(ROWS_MAX).ilog2();
        let (these, rest) = it.split_at(1 << length);
        it = rest;
        let query = these.spaces.iter().fold(sqlx::query(CHANGES.0[length as usize]), bind_space);
        let query = these.docs.iter().fold(query, |query, doc| bind_doc(query, doc, now));
        let query = these.log.iter().fold(query, bind_log);
        these.views.iter().fold(query, bind_view).execute(&mut **c).await?;
    }
    write(c, &SPACES, it.spaces, bind_space).await?;
    write(c, &DOCS, it.docs, |query, doc| bind_doc(query, doc, now)).await?;
    write(c, &LOG, it.log, bind_log).await?;
    write(c, &VIEWS, it.views, bind_view).await
}

pub(super) async fn homes(c: &mut Connection, docs: &[DocCells]) -> Result<(), StoreError> {
    let created: Vec<_> = docs.iter().filter(|doc| doc.created).collect();
    write(c, &HOMES, &created, |query, it| query.bind(it.doc).bind(it.space)).await
}

/// Writes these rows by as few statements as there are texts for.
async fn write<R>(
    c: &mut Connection,
    texts: &Texts,
    mut rows: &[R],
    bind: impl Fn(Statement, &R) -> Statement,
) -> Result<(), StoreError> {
    while !rows.is_empty() {
        let length = rows.len().min(ROWS_MAX).ilog2();
        let (now, later) = rows.split_at(1 << length);
        rows = later;
        let text = texts.0[length as usize];
        now.iter().fold(sqlx::query(text), &bind).execute(&mut **c).await?;
    }
    Ok(())
}

fn bind_space(query: Statement, it: &SpaceCells) -> Statement {
    query
        .bind(it.space)
        .bind(it.owner_id)
        .bind(it.head)
        .bind(it.documents)
        .bind(it.recovering)
        .bind(it.restored_head)
        .bind(it.deleted_at)
}

fn bind_doc(query: Statement, it: &DocCells, now: i64) -> Statement {
    query
        .bind(it.space)
        .bind(it.doc)
        .bind(it.kind)
        .bind(it.creator_id)
        .bind(it.privacy)
        .bind(it.subject)
        .bind(it.created_seq)
        .bind(it.created_at)
        .bind(it.last_seq)
        .bind(it.unfolded)
        .bind(it.unfolded_bytes)
        .bind(now)
        .bind(it.purged_at)
}

fn bind_log(query: Statement, it: &LogCells<'_>) -> Statement {
    query
        .bind(it.space)
        .bind(it.seq)
        .bind(it.event)
        .bind(it.at)
        .bind(it.by_user)
        .bind(it.by_device)
        .bind(it.by_role)
        .bind(it.doc)
        .bind(it.hash.map(<[u8]>::to_vec))
        .bind(it.actor.map(<[u8]>::to_vec))
        .bind(it.actor_seq)
        .bind(it.chunk.map(<[u8]>::to_vec))
        .bind(it.kind)
        .bind(it.privacy)
        .bind(it.privacy_was)
        .bind(it.member_id)
        .bind(it.member_name.map(str::to_owned))
        .bind(it.member_role)
        .bind(it.receipt.map(<[u8]>::to_vec))
        .bind(it.lost_seq)
        .bind(it.lost_receipt.map(<[u8]>::to_vec))
}

fn bind_view(query: Statement, it: &ViewCells<'_>) -> Statement {
    query
        .bind(it.space)
        .bind(it.doc)
        .bind(it.json.to_owned())
        .bind(it.title.clone())
        .bind(it.text.clone())
        .bind(it.starts_at)
        .bind(it.ends_at)
        .bind(it.due_at)
        .bind(it.done)
        .bind(it.repeats)
        .bind(it.deleted_at)
}

pub(super) async fn purges(
    c: &mut Connection,
    orders: &[Purge],
    now: i64,
) -> Result<Vec<u64>, StoreError> {
    let mut numbers = Vec::with_capacity(orders.len());
    for it in orders {
        let number = sqlx::query_scalar::<_, i64>(
            "INSERT INTO purge_orders (device_id, user_id, space, doc, reason, issued_at)
             VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        )
        .bind(it.device.0)
        .bind(it.user.0)
        .bind(it.space.0)
        .bind(it.doc.map(|doc| doc.0))
        .bind(it.reason)
        .bind(now)
        .fetch_one(&mut **c)
        .await?;
        numbers.push(unsigned(number)?);
    }
    Ok(numbers)
}
