//! The whole database out, row by row, at one moment; and in again.

use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::SqliteRow;
use sqlx::{Postgres, Row};
use uuid::Uuid;

use super::tables::{Column, Holds, TABLES, Table};
use super::{StoreError, Tx, TxKind};

/// One value of a row, free of any engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Cell {
    Null,
    Number(i64),
    Flag(bool),
    Text(String),
    /// An id, too.
    Bytes(Vec<u8>),
}

impl Tx {
    /// Gives every row of the table, in order, to this function.
    pub(crate) async fn dump<E: From<StoreError>>(
        &mut self,
        table: &'static Table,
        mut each: impl AsyncFnMut(Vec<Cell>) -> Result<(), E>,
    ) -> Result<(), E> {
        match &mut self.kind {
            TxKind::Postgres(c) => {
                let mut rows = sqlx::query(table.select).fetch(&mut **c);
                while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
                    each(postgres_cells(&row, table)?).await?;
                }
            }
            TxKind::Sqlite(c) => {
                let mut rows = sqlx::query(table.select).fetch(&mut **c);
                while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
                    each(sqlite_cells(&row, table)?).await?;
                }
            }
        }
        Ok(())
    }

    /// Inserts these rows.
    pub(crate) async fn load(
        &mut self,
        table: &'static Table,
        rows: Vec<Vec<Cell>>,
    ) -> Result<(), StoreError> {
        if rows.iter().any(|row| row.len() != table.columns.len()) {
            return Err(StoreError::Corrupt(format!(
                "a row of {} has not its columns",
                table.name
            )));
        }
        match &mut self.kind {
            TxKind::Postgres(c) => {
                let mut insert = sqlx::query(table.insert_postgres);
                for (n, column) in table.columns.iter().enumerate() {
                    insert = bind_column(insert, table, column, rows.iter().map(|row| &row[n]))?;
                }
                insert.execute(&mut **c).await?;
            }
            TxKind::Sqlite(c) => {
                for row in rows {
                    let insert = sqlx::query(table.insert_sqlite);
                    let bound = row.into_iter().fold(insert, |insert, cell| match cell {
                        Cell::Null => insert.bind(None::<i64>),
                        Cell::Number(number) => insert.bind(number),
                        Cell::Flag(flag) => insert.bind(flag),
                        Cell::Text(text) => insert.bind(text),
                        Cell::Bytes(bytes) => insert.bind(bytes),
                    });
                    bound.execute(&mut **c).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether there is nothing in the database but what opening it makes.
    pub(crate) async fn is_pristine(&mut self) -> Result<bool, StoreError> {
        for table in TABLES.iter().filter(|table| table.name != "meta") {
            let rows: i64 = match &mut self.kind {
                TxKind::Postgres(c) => sqlx::query_scalar(table.count).fetch_one(&mut **c).await?,
                TxKind::Sqlite(c) => sqlx::query_scalar(table.count).fetch_one(&mut **c).await?,
            };
            if rows > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Has new rows numbered behind those that were loaded. SQLite does so by itself.
    pub(crate) async fn advance_numbers(&mut self) -> Result<(), StoreError> {
        if let TxKind::Postgres(c) = &mut self.kind {
            for advance in [
                "SELECT setval(pg_get_serial_sequence('audit_log', 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM audit_log), FALSE)",
                "SELECT setval(pg_get_serial_sequence('purge_orders', 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM purge_orders), FALSE)",
            ] {
                sqlx::query(advance).execute(&mut **c).await?;
            }
        }
        Ok(())
    }
}

/// The cells of a row: the same for both engines, whose rows are of different types.
macro_rules! cells {
    ($name:ident, $row:ty) => {
        fn $name(row: &$row, table: &Table) -> Result<Vec<Cell>, StoreError> {
            let cell = |(n, column): (usize, &Column)| {
                let cell = match column.holds {
                    Holds::Id => row
                        .try_get::<Option<Uuid>, _>(n)?
                        .map(|id| Cell::Bytes(id.into_bytes().to_vec())),
                    Holds::Bytes => row.try_get::<Option<Vec<u8>>, _>(n)?.map(Cell::Bytes),
                    Holds::Text => row.try_get::<Option<String>, _>(n)?.map(Cell::Text),
                    Holds::Number => row.try_get::<Option<i64>, _>(n)?.map(Cell::Number),
                    Holds::Flag => row.try_get::<Option<bool>, _>(n)?.map(Cell::Flag),
                };
                Ok(cell.unwrap_or(Cell::Null))
            };
            table.columns.iter().enumerate().map(cell).collect()
        }
    };
}

cells!(postgres_cells, PgRow);
cells!(sqlite_cells, SqliteRow);

type Insert = Query<'static, Postgres, PgArguments>;

/// Binds one column of many rows as an array.
fn bind_column<'c>(
    insert: Insert,
    table: &Table,
    column: &Column,
    cells: impl Iterator<Item = &'c Cell>,
) -> Result<Insert, StoreError> {
    let wrong =
        || StoreError::Corrupt(format!("{}.{} holds what it can't", table.name, column.name));
    let ids = |cell: &Cell| match cell {
        Cell::Bytes(bytes) => Uuid::from_slice(bytes).map(Some).map_err(|_| wrong()),
        Cell::Null => Ok(None),
        _ => Err(wrong()),
    };
    macro_rules! of {
        ($variant:ident) => {
            cells
                .map(|cell| match cell {
                    Cell::$variant(value) => Ok(Some(value.clone())),
                    Cell::Null => Ok(None),
                    _ => Err(wrong()),
                })
                .collect::<Result<Vec<_>, _>>()?
        };
    }
    Ok(match column.holds {
        Holds::Id => insert.bind(cells.map(ids).collect::<Result<Vec<_>, _>>()?),
        Holds::Bytes => insert.bind(of!(Bytes)),
        Holds::Text => insert.bind(of!(Text)),
        Holds::Number => insert.bind(of!(Number)),
        Holds::Flag => insert.bind(of!(Flag)),
    })
}
