//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// What is built, fetched or run here, and no source.
const NOT_OURS: &[&str] =
    &[".git", ".cache", "target", "node_modules", "data", "__pycache__", "corpus", "artifacts"];

/// The root of the repository.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace is above its test package").to_owned()
}

/// A text file.
pub struct File {
    /// Its path from the root, with forward slashes.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl File {
    /// Whether its name ends so.
    pub fn is(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, it)| it == extension)
    }
}

/// Every text file under this directory, by path.
pub fn files_under(dir: &str) -> Vec<File> {
    let mut found = Vec::new();
    walk(&root().join(dir), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Every text file of the repository, by path.
pub fn files() -> Vec<File> {
    let found = files_under("");
    assert!(found.len() > 20, "the repository has more than {} files", found.len());
    found
}

fn walk(dir: &Path, found: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries {
        let entry = entry.expect("a directory entry is readable");
        let path = entry.path();
        if NOT_OURS.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let kind = entry.file_type().expect("a file has a type");
        if kind.is_dir() {
            walk(&path, found);
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(&path)
        {
            found.push(File { path: from_root(&path), text });
        }
    }
}

fn from_root(path: &Path) -> String {
    let path = path.strip_prefix(root()).expect("the walk began at the root");
    path.to_string_lossy().replace('\\', "/")
}
