//! Writing a backup, while the server serves.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use tokio::sync::mpsc;

use super::Summary;
use super::archive::{Block, Writer};
use crate::store::{self, Cell, Store, StoreError, TABLES, Table, Tx, schema_version};

/// About how many bytes of rows go into one block.
const BLOCK_BYTES: usize = 256 << 10;

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file can't be written.
    #[error("the backup can't be written: {0}")]
    Io(#[from] io::Error),
}

/// Writes the whole database, as it is at one moment, into this file. Others may go
/// on reading and writing. The file is there only when it is whole and on disk.
///
/// # Errors
/// Where the database can't be read or the file can't be written.
pub async fn backup(store: &Store, file: &Path) -> Result<Summary, BackupError> {
    let part = file.with_extension("part");
    // It holds everything: nobody else of the machine reads it.
    let private =
        File::options().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    let out = Writer::new(BufWriter::new(private))?;
    let (blocks, taken) = mpsc::channel(4);
    let writing = tokio::task::spawn_blocking(move || write(out, taken));
    let dumped = dump(store, blocks).await;
    let written = writing.await.map_err(io::Error::other)?;
    // Where writing failed, that is why dumping did.
    let done = match (dumped, written) {
        (Ok(rows), Ok(bytes)) => {
            fs::rename(&part, file)?;
            sync_dir(file)?;
            return Ok(Summary { rows, bytes });
        }
        (_, Err(error)) => Err(error.into()),
        (Err(error), Ok(_)) => Err(error),
    };
    let _ = fs::remove_file(&part);
    done
}

/// Compresses and writes blocks until there are no more, and has them on disk.
fn write(mut out: Writer<BufWriter<File>>, mut blocks: mpsc::Receiver<Block>) -> io::Result<u64> {
    while let Some(block) = blocks.blocking_recv() {
        out.write(&block)?;
    }
    let (out, bytes) = out.finish()?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(bytes)
}

/// Has the name of the file on disk as well.
fn sync_dir(file: &Path) -> io::Result<()> {
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty());
    File::open(dir.unwrap_or(Path::new(".")))?.sync_all()
}

async fn dump(
    store: &Store,
    blocks: mpsc::Sender<Block>,
) -> Result<Vec<(&'static str, u64)>, BackupError> {
    let mut tx = store.snapshot().await?;
    let build = env!("CARGO_PKG_VERSION").to_owned();
    send(&blocks, Block::Begin(schema_version(), store::now().0, build)).await?;
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push((table.name, dump_table(&mut tx, table, &blocks).await?));
    }
    let named = counts.iter().map(|(table, rows)| ((*table).to_owned(), *rows)).collect();
    send(&blocks, Block::End(named)).await?;
    Ok(counts)
}

async fn dump_table(
    tx: &mut Tx,
    table: &'static Table,
    blocks: &mpsc::Sender<Block>,
) -> Result<u64, BackupError> {
    let (mut count, mut bytes, mut rows) = (0, 0, Vec::new());
    tx.dump(table, async |row| -> Result<(), BackupError> {
        count += 1;
        bytes += row.iter().map(size).sum::<usize>();
        rows.push(row);
        if bytes >= BLOCK_BYTES {
            bytes = 0;
            send(blocks, rows_of(table, std::mem::take(&mut rows))).await?;
        }
        Ok(())
    })
    .await?;
    if !rows.is_empty() {
        send(blocks, rows_of(table, rows)).await?;
    }
    Ok(count)
}

fn rows_of(table: &Table, rows: Vec<Vec<Cell>>) -> Block {
    let columns = table.columns.iter().map(|column| column.name.to_owned()).collect();
    Block::Rows(table.name.to_owned(), columns, rows)
}

/// About how many bytes a cell takes.
fn size(cell: &Cell) -> usize {
    match cell {
        Cell::Null | Cell::Number(_) | Cell::Flag(_) => 8,
        Cell::Text(text) => 8 + text.len(),
        Cell::Bytes(bytes) => 8 + bytes.len(),
    }
}

async fn send(blocks: &mpsc::Sender<Block>, block: Block) -> Result<(), BackupError> {
    blocks.send(block).await.map_err(|_| io::Error::other("the file is closed").into())
}
