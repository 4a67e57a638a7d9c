//! One SQL text for two databases.
//!
//! The text is a literal and nothing else, so no query is ever built from data.
//! Every value is bound. Where an engine needs its own words, both texts stand
//! side by side: `db!(tx t, exec pg "..", lite "..", ..)`.
//!
//! Rules that keep one text true on both: only `BIGINT` numbers and instants,
//! `CAST(COALESCE(SUM(x), 0) AS BIGINT)`, no `LIKE`, no `now()`, no casts with
//! `::`, a bare boolean column as condition, `WHERE true` before `ON CONFLICT`
//! in an `INSERT … SELECT`.

/// Runs a query on whichever database there is.
///
/// * `db!(store, all T, SQL, ..)`, `opt`, `one`, `val`, `maybe`: reads outside a transaction.
/// * `db!(tx t, exec SQL, ..)`: how many rows it touched.
/// * `db!(tx t, all T, SQL, ..)`, `opt`, `one`, `val`, `maybe`: within a [`Tx`](super::Tx).
///
/// `all`, `opt` and `one` give rows as `T: FromRow`, `val` and `maybe` the single
/// column of the one, or perhaps no, row.
macro_rules! db {
    (tx $t:expr, exec pg $pg:literal, lite $lite:literal $(, $a:expr)* $(,)?) => {
        match &mut $t.kind {
            $crate::store::TxKind::Postgres(c) => sqlx::query($pg)$(.bind($a))*.execute(&mut **c).await.map(|done| done.rows_affected()),
            $crate::store::TxKind::Sqlite(c) => sqlx::query($lite)$(.bind($a))*.execute(&mut **c).await.map(|done| done.rows_affected()),
        }
    };
    (tx $t:expr, exec $sql:literal $(, $a:expr)* $(,)?) => { db!(tx $t, exec pg $sql, lite $sql $(, $a)*) };
    (tx $t:expr, $form:ident $T:ty, pg $pg:literal, lite $lite:literal $(, $a:expr)* $(,)?) => {
        match &mut $t.kind {
            $crate::store::TxKind::Postgres(c) => db!(@ $form $T, $pg, &mut **c $(, $a)*),
            $crate::store::TxKind::Sqlite(c) => db!(@ $form $T, $lite, &mut **c $(, $a)*),
        }
    };
    (tx $t:expr, $form:ident $T:ty, $sql:literal $(, $a:expr)* $(,)?) => { db!(tx $t, $form $T, pg $sql, lite $sql $(, $a)*) };
    ($store:expr, $form:ident $T:ty, pg $pg:literal, lite $lite:literal $(, $a:expr)* $(,)?) => {
        match $store.pools() {
            $crate::store::Pools::Postgres(pool) => db!(@ $form $T, $pg, pool $(, $a)*),
            $crate::store::Pools::Sqlite { read, .. } => db!(@ $form $T, $lite, read $(, $a)*),
        }
    };
    ($store:expr, $form:ident $T:ty, $sql:literal $(, $a:expr)* $(,)?) => { db!($store, $form $T, pg $sql, lite $sql $(, $a)*) };
    (@ all $T:ty, $sql:literal, $on:expr $(, $a:expr)*) => { sqlx::query_as::<_, $T>($sql)$(.bind($a))*.fetch_all($on).await };
    (@ opt $T:ty, $sql:literal, $on:expr $(, $a:expr)*) => { sqlx::query_as::<_, $T>($sql)$(.bind($a))*.fetch_optional($on).await };
    (@ one $T:ty, $sql:literal, $on:expr $(, $a:expr)*) => { sqlx::query_as::<_, $T>($sql)$(.bind($a))*.fetch_one($on).await };
    (@ val $T:ty, $sql:literal, $on:expr $(, $a:expr)*) => { sqlx::query_scalar::<_, $T>($sql)$(.bind($a))*.fetch_one($on).await };
    (@ maybe $T:ty, $sql:literal, $on:expr $(, $a:expr)*) => { sqlx::query_scalar::<_, $T>($sql)$(.bind($a))*.fetch_optional($on).await };
}

pub(crate) use db;
