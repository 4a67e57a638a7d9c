//! One process syncs a replica at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::error::{Error, Result};
use crate::session::Connection;

/// The right to sync a replica, until it is dropped. The operating system takes it
/// back from a process that dies.
#[derive(Debug)]
pub(crate) struct SyncLock {
    file: File,
    said: Option<Connection>,
}

impl SyncLock {
    /// Takes the right.
    ///
    /// # Errors
    /// [`Error::Busy`] where another process has it.
    pub fn take(dir: &Path) -> Result<Self> {
        let mut file = open(dir)?;
        match file.try_lock() {
            Ok(()) => {
                let mut lock = Self { file, said: None };
                lock.say(Connection::Connecting)?;
                Ok(lock)
            }
            Err(TryLockError::WouldBlock) => {
                let (pid, _) = read(&mut file);
                let who = pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
                Err(Error::Busy(format!("another process{who} is syncing this replica")))
            }
            Err(TryLockError::Error(error)) => Err(Error::internal(error)),
        }
    }

    /// How the connection of the process that syncs stands; `None` where none does.
    pub fn look(dir: &Path) -> Result<Option<Connection>> {
        let mut file = open(dir)?;
        match file.try_lock() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(read(&mut file).1),
            Err(TryLockError::Error(error)) => Err(Error::internal(error)),
        }
    }

    /// Tells other processes how the connection stands.
    pub fn say(&mut self, connection: Connection) -> Result<()> {
        if self.said == Some(connection) {
            return Ok(());
        }
        self.said = Some(connection);
        let state = serde_json::to_string(&connection).map_err(Error::internal)?;
        let text = format!("{}\n{state}\n", std::process::id());
        let write = |mut file: &File| {
            file.seek(SeekFrom::Start(0))?;
            file.set_len(0)?;
            file.write_all(text.as_bytes())
        };
        write(&self.file).map_err(Error::internal)
    }
}

fn open(dir: &Path) -> Result<File> {
    let path = dir.join("sync.lock");
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    file.map_err(Error::internal)
}

fn read(file: &mut File) -> (Option<u32>, Option<Connection>) {
    let mut text = String::new();
    // What can't be read, or is being written this moment, isn't known.
    let _ = file.read_to_string(&mut text);
    let mut lines = text.lines();
    let pid = lines.next().and_then(|line| line.parse().ok());
    (pid, lines.next().and_then(|line| serde_json::from_str(line).ok()))
}
