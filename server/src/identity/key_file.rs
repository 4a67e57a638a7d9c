//! The key file: one key a line, the one that seals first. Only its owner may read it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::keys::{KeyError, SealingKey, parse_all};

/// The name of the key file in the data directory.
pub const KEY_FILE: &str = "secret.keys";

const HEAD: &str = "\
# The keys that encrypt secrets in Umbra's database, the one in use first. Keep a copy
# apart from the backups of the database: without them, a backup's secrets are lost,
# and with them, whoever has a backup can read them.
";

/// The keys of a file; none where there is no such file.
///
/// # Errors
/// Where it can't be read, holds no key, or something else.
pub(super) fn read(file: &Path) -> Result<Option<Vec<SealingKey>>, KeyError> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(KeyError::File(file.to_owned(), error)),
    };
    let mode = fs::metadata(file).map(|it| it.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o077 != 0) {
        tracing::warn!(file = %file.display(), "others may read the key file; make it 0600");
    }
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
    parse_all(lines, &file.display().to_string()).map(Some)
}

/// Makes the file with this key. Where another process was faster, its keys are taken.
///
/// # Errors
/// Where it can't be written.
pub(super) fn create(file: &Path, key: SealingKey) -> Result<Vec<SealingKey>, KeyError> {
    let failed = |error| KeyError::File(file.to_owned(), error);
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir).map_err(failed)?;
    }
    let whole = beside(file, &key);
    write_new(&whole, std::slice::from_ref(&key)).map_err(failed)?;
    // A link appears whole or not at all, and never in place of another file.
    let linked = fs::hard_link(&whole, file);
    fs::remove_file(&whole).map_err(failed)?;
    match linked {
        Ok(()) => {
            sync_dir(file).map_err(failed)?;
            tracing::warn!(
                file = %file.display(),
                "made the key that encrypts secrets: keep a copy apart from your backups"
            );
            Ok(vec![key])
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(file)?.ok_or_else(|| failed(error))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Replaces the keys of a file, all at once.
///
/// # Errors
/// Where it can't be written.
pub(super) fn replace(file: &Path, keys: &[SealingKey]) -> Result<(), KeyError> {
    let failed = |error| KeyError::File(file.to_owned(), error);
    let Some(first) = keys.first() else {
        return Err(KeyError::Empty(file.display().to_string()));
    };
    let whole = beside(file, first);
    write_new(&whole, keys).and_then(|()| fs::rename(&whole, file)).map_err(failed)?;
    sync_dir(file).map_err(failed)
}

fn write_new(path: &Path, keys: &[SealingKey]) -> io::Result<()> {
    // Left by a process that was stopped in the middle of it.
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(HEAD.as_bytes())?;
    for key in keys {
        writeln!(file, "{}", key.expose())?;
    }
    file.sync_all()
}

fn beside(file: &Path, key: &SealingKey) -> std::path::PathBuf {
    file.with_extension(format!("{}.new", super::keys::name_of(&key.id())))
}

fn sync_dir(file: &Path) -> io::Result<()> {
    let dir = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("data").join(KEY_FILE);
        assert_eq!(read(&file).unwrap(), None);
        let first = SealingKey::draw().unwrap();
        assert_eq!(create(&file, first.clone()).unwrap(), std::slice::from_ref(&first));
        let other = SealingKey::draw().unwrap();
        assert_eq!(create(&file, other).unwrap(), std::slice::from_ref(&first));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let second = SealingKey::draw().unwrap();
        replace(&file, &[second.clone(), first.clone()]).unwrap();
        assert_eq!(read(&file).unwrap(), Some(vec![second, first]));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing is left");
    }

    #[test]
    fn a_key_file_that_holds_something_else_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(KEY_FILE);
        fs::write(&file, "# nothing\n\n").unwrap();
        assert!(matches!(read(&file), Err(KeyError::Empty(_))));
        fs::write(&file, "nonsense\n").unwrap();
        assert!(matches!(read(&file), Err(KeyError::Malformed(_))));
    }
}
