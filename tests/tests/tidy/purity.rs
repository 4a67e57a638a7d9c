//! Time and dice are inputs, I/O is somebody else's, and SQL has one home.

use crate::tree::{self, File};

/// What reads a clock, rolls dice, or touches the machine.
const IMPURE: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "ActorId::random",
    "Uuid::new_v4",
    "Uuid::now_v7",
    "getrandom::",
    "rand::",
    "std::fs",
    "std::net",
    "std::env::",
    "std::process",
    "std::thread",
    "thread_rng",
];

/// The pure crates, and what of them isn't pure: the client's edges.
const PURE: &[(&str, &[&str])] = &[
    ("model/src", &[]),
    ("ical/src", &[]),
    ("sync-protocol/src", &[]),
    (
        "client-core/src",
        &["client-core/src/replica", "client-core/src/sqlite", "client-core/src/link"],
    ),
];

fn code_lines(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let lines = file.text.lines().enumerate().map(|(at, line)| (at + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn pure_crates_touch_nothing() {
    let mut wrong = Vec::new();
    for (dir, edges) in PURE {
        let files = tree::files_under(dir);
        assert!(!files.is_empty(), "{dir} has sources");
        let is_edge = |it: &&File| edges.iter().any(|edge| it.path.starts_with(edge));
        let is_test = |it: &&File| it.path.contains("/tests/") || it.path.ends_with("/tests.rs");
        for file in files.iter().filter(|it| !is_edge(it) && !is_test(it)) {
            for (at, line) in code_lines(file) {
                let words = IMPURE.iter().filter(|word| line.contains(**word));
                wrong.extend(words.map(|word| format!("{}:{at}: {word}", file.path)));
            }
        }
    }
    assert!(wrong.is_empty(), "a pure crate takes these as inputs:\n{}", wrong.join("\n"));
}

#[test]
fn the_server_speaks_sql_in_its_store_only() {
    let files = tree::files_under("server/src");
    let outside = files.iter().filter(|it| !it.path.starts_with("server/src/store"));
    let mut wrong = Vec::new();
    for file in outside {
        let lines = code_lines(file).filter(|(_, line)| line.contains("sqlx::"));
        wrong.extend(lines.map(|(at, _)| format!("{}:{at}", file.path)));
    }
    assert!(wrong.is_empty(), "sqlx is named outside server/src/store:\n{}", wrong.join("\n"));
}

/// Each crate takes the workspace's lints, missing documentation among them.
#[test]
fn every_crate_is_linted() {
    let workspace = tree::files_under("").into_iter().find(|it| it.path == "Cargo.toml");
    let workspace = workspace.expect("the workspace has a manifest").text;
    assert!(workspace.contains("missing_docs = \"warn\""));
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    let manifests = tree::files().into_iter().filter(|it| it.path.ends_with("/Cargo.toml"));
    for manifest in manifests.filter(|it| !it.path.contains("fuzz/")) {
        assert!(
            manifest.text.contains("[lints]\nworkspace = true"),
            "{} leaves the workspace's lints out",
            manifest.path
        );
    }
}
