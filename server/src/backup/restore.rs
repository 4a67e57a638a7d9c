//! Restoring a backup into an empty database of either engine.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use tokio::sync::mpsc;

use super::Summary;
use super::archive::{BadArchive, Block, Reader};
use crate::store::{self, Store, StoreError, TABLES, Table, Tx, schema_version};

/// Why nothing is restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is something in the database already.
    #[error("the database isn't empty; a backup is restored into a new one only")]
    NotEmpty,
    /// The backup is of another schema.
    #[error(
        "the backup has schema {of}, this build {ours}: use the build that made it, then upgrade"
    )]
    Schema {
        /// The backup's.
        of: i64,
        /// Ours.
        ours: i64,
    },
    /// The file isn't a sound backup.
    #[error(transparent)]
    Archive(#[from] BadArchive),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Restores a backup into an empty database: all of it, or nothing. The database gets
/// a new epoch, and its spaces wait for their owners to give back what was lost (see
/// `docs/OPERATIONS.md`). It is to be opened again afterwards.
///
/// # Errors
/// Where the database isn't empty or the backup isn't whole and sound.
pub async fn restore(file: &Path, store: &Store) -> Result<Summary, RestoreError> {
    let opened = File::open(file).map_err(BadArchive::from)?;
    let bytes = opened.metadata().map_err(BadArchive::from)?.len();
    let (blocks, mut taken) = mpsc::channel(4);
    let reading = tokio::task::spawn_blocking(move || read(opened, &blocks));
    let mut tx = store.begin().await?;
    if !tx.is_pristine().await? {
        return Err(RestoreError::NotEmpty);
    }
    let mut loading = Loading::default();
    while let Some(block) = taken.recv().await {
        loading.take(&mut tx, block?).await?;
    }
    reading.await.map_err(|error| BadArchive::from(io::Error::other(error)))?;
    let rows = loading.finish()?;
    tx.advance_numbers().await?;
    tx.begin_epoch(store::now()).await?;
    tx.commit().await?;
    Ok(Summary { rows, bytes })
}

/// Reads blocks until the last, or until nobody wants more.
fn read(file: File, blocks: &mpsc::Sender<Result<Block, BadArchive>>) {
    let mut reader = match Reader::new(BufReader::new(file)) {
        Ok(reader) => reader,
        Err(bad) => return drop(blocks.blocking_send(Err(bad))),
    };
    loop {
        let block = reader.next();
        let last = matches!(block, Ok(Block::End(_)) | Err(_));
        if blocks.blocking_send(block).is_err() || last {
            return;
        }
    }
}

/// What was loaded so far.
#[derive(Default)]
struct Loading {
    begun: bool,
    counts: BTreeMap<&'static str, u64>,
    ended: bool,
}

impl Loading {
    async fn take(&mut self, tx: &mut Tx, block: Block) -> Result<(), RestoreError> {
        match block {
            Block::Begin(of, _, _) => {
                let ours = schema_version();
                if of != ours {
                    return Err(RestoreError::Schema { of, ours });
                }
                self.begun = true;
            }
            Block::Rows(name, columns, rows) => {
                let table = table(&name, &columns).filter(|_| self.begun);
                let table = table.ok_or_else(|| malformed(format!("no such table: {name}")))?;
                if table.name == "meta" {
                    tx.clear_meta().await?;
                }
                *self.counts.entry(table.name).or_default() += rows.len() as u64;
                tx.load(table, rows).await?;
            }
            Block::End(counts) => {
                let there = |(name, rows): &(String, u64)| {
                    self.counts.get(name.as_str()).copied().unwrap_or_default() == *rows
                };
                if counts.len() != TABLES.len() || !counts.iter().all(there) {
                    return Err(malformed("its rows aren't as many as it says".to_owned()).into());
                }
                self.ended = true;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<(&'static str, u64)>, BadArchive> {
        if !self.ended {
            return Err(BadArchive::CutOff);
        }
        let rows = |table: &Table| self.counts.get(table.name).copied().unwrap_or_default();
        Ok(TABLES.iter().map(|table| (table.name, rows(table))).collect())
    }
}

/// The table of this name, if it has these columns.
fn table(name: &str, columns: &[String]) -> Option<&'static Table> {
    let table = TABLES.iter().find(|table| table.name == name)?;
    let ours = table.columns.iter().map(|column| column.name);
    ours.eq(columns.iter().map(String::as_str)).then_some(table)
}

fn malformed(what: String) -> BadArchive {
    BadArchive::Malformed(0, what)
}
