//! Many rows a statement, as PostgreSQL likes it: a column is an array.

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::cells::{DocCells, LogCells, Rows, SpaceCells, ViewCells};
use super::{BTreeMap, StoreError, unsigned};
use crate::sequencer::core::Purge;

type Connection = Transaction<'static, Postgres>;
type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// One column of these rows.
fn column<'r, R, T>(rows: &'r [R], of: impl FnMut(&'r R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

pub(super) async fn homes(c: &mut Connection, docs: &[DocCells]) -> Result<(), StoreError> {
    let created: Vec<_> = docs.iter().filter(|doc| doc.created).collect();
    if created.is_empty() {
        return Ok(());
    }
    sqlx::query("INSERT INTO homes (doc, space) SELECT * FROM UNNEST($1::UUID[], $2::UUID[])")
        .bind(column(&created, |it| it.doc))
        .bind(column(&created, |it| it.space))
        .execute(&mut **c)
        .await?;
    Ok(())
}

/// Writes all of them by one statement: each is a round trip, during which nobody
/// else gets on.
pub(super) async fn rows(c: &mut Connection, it: Rows<'_, '_>, now: i64) -> Result<(), StoreError> {
    let query = bind_spaces(sqlx::query(ROWS).bind(now), it.spaces);
    let query = bind_docs(query, it.docs);
    let query = bind_log(query, it.log);
    bind_views(query, it.views).execute(&mut **c).await?;
    Ok(())
}

const ROWS: &str = "
    WITH moved AS (
        UPDATE spaces SET owner_id = it.owner_id, head = it.head, documents = it.documents,
               recovering = it.recovering, restored_head = it.restored_head, deleted_at = it.deleted_at
        FROM UNNEST($2::UUID[], $3::UUID[], $4::BIGINT[], $5::BIGINT[], $6::BOOLEAN[], $7::BIGINT[], $8::BIGINT[])
             AS it (space, owner_id, head, documents, recovering, restored_head, deleted_at)
        WHERE spaces.space = it.space
    ), written AS (
        INSERT INTO documents (space, doc, kind, creator_id, privacy, subject, created_seq, created_at,
                               last_seq, saved_seq, saved_bytes, unfolded, unfolded_bytes, unfolded_since, purged_at)
        SELECT space, doc, kind, creator_id, privacy, subject, created_seq, created_at,
               last_seq, 0, 0, unfolded, unfolded_bytes, $1, purged_at
        FROM UNNEST($9::UUID[], $10::UUID[], $11::TEXT[], $12::UUID[], $13::TEXT[], $14::UUID[], $15::BIGINT[],
                    $16::BIGINT[], $17::BIGINT[], $18::BIGINT[], $19::BIGINT[], $20::BIGINT[])
             AS it (space, doc, kind, creator_id, privacy, subject, created_seq, created_at,
                    last_seq, unfolded, unfolded_bytes, purged_at)
        ON CONFLICT (space, doc) DO UPDATE SET privacy = excluded.privacy, subject = excluded.subject,
            last_seq = excluded.last_seq, unfolded = documents.unfolded + excluded.unfolded,
            unfolded_bytes = documents.unfolded_bytes + excluded.unfolded_bytes,
            unfolded_since = CASE WHEN documents.unfolded = 0 THEN excluded.unfolded_since ELSE documents.unfolded_since END,
            purged_at = excluded.purged_at
    ), logged AS (
        INSERT INTO log (space, seq, event, at, by_user, by_device, by_role, doc, hash, actor, actor_seq, chunk,
                         kind, privacy, privacy_was, member_id, member_name, member_role, receipt, lost_seq, lost_receipt)
        SELECT * FROM UNNEST($21::UUID[], $22::BIGINT[], $23::TEXT[], $24::BIGINT[], $25::UUID[], $26::UUID[], $27::TEXT[],
                             $28::UUID[], $29::BYTEA[], $30::BYTEA[], $31::BIGINT[], $32::BYTEA[], $33::TEXT[], $34::TEXT[],
                             $35::TEXT[], $36::UUID[], $37::TEXT[], $38::TEXT[], $39::BYTEA[], $40::BIGINT[], $41::BYTEA[])
    )
    INSERT INTO views (space, doc, json, title, text, starts_at, ends_at, due_at, done, repeats, deleted_at)
    SELECT * FROM UNNEST($42::UUID[], $43::UUID[], $44::TEXT[], $45::TEXT[], $46::TEXT[], $47::BIGINT[], $48::BIGINT[],
                         $49::BIGINT[], $50::BOOLEAN[], $51::BOOLEAN[], $52::BIGINT[])
    ON CONFLICT (space, doc) DO UPDATE SET json = excluded.json, title = excluded.title, text = excluded.text,
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, due_at = excluded.due_at,
        done = excluded.done, repeats = excluded.repeats,
        deleted_at = CASE WHEN excluded.deleted_at IS NULL THEN NULL
                          ELSE COALESCE(views.deleted_at, excluded.deleted_at) END";

fn bind_spaces<'q>(query: Statement<'q>, rows: &'q [SpaceCells]) -> Statement<'q> {
    query
        .bind(column(rows, |it| it.space))
        .bind(column(rows, |it| it.owner_id))
        .bind(column(rows, |it| it.head))
        .bind(column(rows, |it| it.documents))
        .bind(column(rows, |it| it.recovering))
        .bind(column(rows, |it| it.restored_head))
        .bind(column(rows, |it| it.deleted_at))
}

fn bind_docs<'q>(query: Statement<'q>, rows: &'q [DocCells]) -> Statement<'q> {
    query
        .bind(column(rows, |it| it.space))
        .bind(column(rows, |it| it.doc))
        .bind(column(rows, |it| it.kind))
        .bind(column(rows, |it| it.creator_id))
        .bind(column(rows, |it| it.privacy))
        .bind(column(rows, |it| it.subject))
        .bind(column(rows, |it| it.created_seq))
        .bind(column(rows, |it| it.created_at))
        .bind(column(rows, |it| it.last_seq))
        .bind(column(rows, |it| it.unfolded))
        .bind(column(rows, |it| it.unfolded_bytes))
        .bind(column(rows, |it| it.purged_at))
}

fn bind_log<'q>(query: Statement<'q>, rows: &'q [LogCells<'_>]) -> Statement<'q> {
    query
        .bind(column(rows, |it| it.space))
        .bind(column(rows, |it| it.seq))
        .bind(column(rows, |it| it.event))
        .bind(column(rows, |it| it.at))
        .bind(column(rows, |it| it.by_user))
        .bind(column(rows, |it| it.by_device))
        .bind(column(rows, |it| it.by_role))
        .bind(column(rows, |it| it.doc))
        .bind(column(rows, |it| it.hash))
        .bind(column(rows, |it| it.actor))
        .bind(column(rows, |it| it.actor_seq))
        .bind(column(rows, |it| it.chunk))
        .bind(column(rows, |it| it.kind))
        .bind(column(rows, |it| it.privacy))
        .bind(column(rows, |it| it.privacy_was))
        .bind(column(rows, |it| it.member_id))
        .bind(column(rows, |it| it.member_name))
        .bind(column(rows, |it| it.member_role))
        .bind(column(rows, |it| it.receipt))
        .bind(column(rows, |it| it.lost_seq))
        .bind(column(rows, |it| it.lost_receipt))
}

fn bind_views<'q>(query: Statement<'q>, rows: &'q [ViewCells<'_>]) -> Statement<'q> {
    query
        .bind(column(rows, |it| it.space))
        .bind(column(rows, |it| it.doc))
        .bind(column(rows, |it| it.json))
        .bind(column(rows, |it| it.title.as_str()))
        .bind(column(rows, |it| it.text.as_str()))
        .bind(column(rows, |it| it.starts_at))
        .bind(column(rows, |it| it.ends_at))
        .bind(column(rows, |it| it.due_at))
        .bind(column(rows, |it| it.done))
        .bind(column(rows, |it| it.repeats))
        .bind(column(rows, |it| it.deleted_at))
}

pub(super) async fn purges(
    c: &mut Connection,
    orders: &[Purge],
    now: i64,
) -> Result<Vec<u64>, StoreError> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as::<_, (i64, Uuid, Uuid, Option<Uuid>)>(
        "INSERT INTO purge_orders (device_id, user_id, space, doc, reason, issued_at)
         SELECT device_id, user_id, space, doc, reason, $6
         FROM UNNEST($1::UUID[], $2::UUID[], $3::UUID[], $4::UUID[], $5::TEXT[])
              AS it (device_id, user_id, space, doc, reason)
         RETURNING id, device_id, space, doc",
    )
    .bind(column(orders, |it| it.device.0))
    .bind(column(orders, |it| it.user.0))
    .bind(column(orders, |it| it.space.0))
    .bind(column(orders, |it| it.doc.map(|doc| doc.0)))
    .bind(column(orders, |it| it.reason))
    .bind(now)
    .fetch_all(&mut **c)
    .await?;
    // In which order they come back, nobody promises.
    let mut numbers: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    for (id, device, space, doc) in rows {
        numbers.entry((device, space, doc)).or_default().push(id);
    }
    let number = |it: &Purge| {
        let ids = numbers.get_mut(&(it.device.0, it.space.0, it.doc.map(|doc| doc.0)));
        ids.and_then(Vec::pop).map_or(Err(StoreError::Missing), unsigned)
    };
    orders.iter().map(number).collect()
}
