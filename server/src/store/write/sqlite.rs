//! Many rows a statement, as SQLite likes it: lists of values, in a few fixed
//! lengths so that every text is a literal and every statement stays prepared.

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, Transaction};

use super::cells::{DocCells, LogCells, ViewCells};
use super::{StoreError, unsigned};
use crate::sequencer::core::Purge;

type Connection = Transaction<'static, Sqlite>;
type Statement = Query<'static, Sqlite, SqliteArguments>;

/// One statement in three lengths: for one row, eight and sixty-four.
struct Texts {
    one: &'static str,
    eight: &'static str,
    many: &'static str,
}

const EIGHT: usize = 8;
const MANY: usize = 64;

macro_rules! eight {
    ($row:literal) => {
        concat!($row, ",", $row, ",", $row, ",", $row, ",", $row, ",", $row, ",", $row, ",", $row)
    };
}

macro_rules! texts {
    ($head:literal, $row:literal, $tail:literal) => {
        Texts {
            one: concat!($head, $row, $tail),
            eight: concat!($head, eight!($row), $tail),
            many: concat!(
                $head,
                eight!($row),
                ",",
                eight!($row),
                ",",
                eight!($row),
                ",",
                eight!($row),
                ",",
                eight!($row),
                ",",
                eight!($row),
                ",",
                eight!($row),
                ",",
                eight!($row),
                $tail
            ),
        }
    };
}

const HOMES: Texts = texts!("INSERT INTO homes (doc, space) VALUES ", "(?,?)", "");

const DOCS: Texts = texts!(
    "INSERT INTO documents (space, doc, kind, creator_id, privacy, subject, created_seq, created_at,
                            last_seq, saved_seq, saved_bytes, unfolded, unfolded_bytes, unfolded_since, purged_at) VALUES ",
    "(?,?,?,?,?,?,?,?,?,0,0,?,?,?,?)",
    " ON CONFLICT (space, doc) DO UPDATE SET privacy = excluded.privacy, subject = excluded.subject,
          last_seq = excluded.last_seq, unfolded = documents.unfolded + excluded.unfolded,
          unfolded_bytes = documents.unfolded_bytes + excluded.unfolded_bytes,
          unfolded_since = CASE WHEN documents.unfolded = 0 THEN excluded.unfolded_since ELSE documents.unfolded_since END,
          purged_at = excluded.purged_at"
);

const LOG: Texts = texts!(
    "INSERT INTO log (space, seq, event, at, by_user, by_device, by_role, doc, hash, actor, actor_seq, chunk,
                      kind, privacy, privacy_was, member_id, member_name, member_role, receipt, lost_seq, lost_receipt) VALUES ",
    "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    ""
);

const VIEWS: Texts = texts!(
    "INSERT INTO views (space, doc, json, title, text, starts_at, ends_at, due_at, done, repeats, deleted_at) VALUES ",
    "(?,?,?,?,?,?,?,?,?,?,?)",
    " ON CONFLICT (space, doc) DO UPDATE SET json = excluded.json, title = excluded.title, text = excluded.text,
          starts_at = excluded.starts_at, ends_at = excluded.ends_at, due_at = excluded.due_at,
          done = excluded.done, repeats = excluded.repeats,
          deleted_at = CASE WHEN excluded.deleted_at IS NULL THEN NULL
                            ELSE COALESCE(views.deleted_at, excluded.deleted_at) END"
);

/// Writes these rows by as few statements as there are texts for.
async fn insert<R>(
    c: &mut Connection,
    texts: &Texts,
    mut rows: &[R],
    bind: impl Fn(Statement, &R) -> Statement,
) -> Result<(), StoreError> {
    while !rows.is_empty() {
        let (text, take) = match rows.len() {
            MANY.. => (texts.many, MANY),
            EIGHT.. => (texts.eight, EIGHT),
            _ => (texts.one, 1),
        };
        let (now, later) = rows.split_at(take);
        rows = later;
        now.iter().fold(sqlx::query(text), &bind).execute(&mut **c).await?;
    }
    Ok(())
}

pub(super) async fn homes(c: &mut Connection, docs: &[DocCells]) -> Result<(), StoreError> {
    let created: Vec<_> = docs.iter().filter(|doc| doc.created).collect();
    insert(c, &HOMES, &created, |text, it| text.bind(it.doc).bind(it.space)).await
}

pub(super) async fn docs(
    c: &mut Connection,
    docs: &[DocCells],
    now: i64,
) -> Result<(), StoreError> {
    insert(c, &DOCS, docs, |text, it| {
        text.bind(it.space)
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
    })
    .await
}

pub(super) async fn log(c: &mut Connection, rows: &[LogCells<'_>]) -> Result<(), StoreError> {
    insert(c, &LOG, rows, |text, it| {
        text.bind(it.space)
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
    })
    .await
}

pub(super) async fn views(c: &mut Connection, rows: &[ViewCells<'_>]) -> Result<(), StoreError> {
    insert(c, &VIEWS, rows, |text, it| {
        text.bind(it.space)
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
    })
    .await
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
