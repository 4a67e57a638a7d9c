//! Words that have no business in this repository.

use crate::tree::{self, File};

/// The one file that must name them.
const THIS: &str = "tests/tests/tidy/words.rs";

/// Work that isn't done, and warnings that were silenced.
const UNFINISHED: &[&str] = &[
    "TODO",
    "FIXME",
    "XXX",
    "HACK",
    "todo!(",
    "unimplemented!(",
    "#[ignore",
    "#[allow(",
    "#![allow(",
    "in a real system",
    "placeholder implementation",
];

/// Where one machine keeps things. In parts, so that they don't stand here either.
const MACHINE: &[&str] = &[
    concat!("/", "work/"),
    concat!("/", "root/"),
    concat!("/", "home/"),
    concat!("C:", "\\Users"),
];

/// Hosts of package registries: a mirror may stand in for any of them.
const HOSTS: &[&str] = &[
    concat!("registry.npmjs", ".org"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("index.crates", ".io"),
    concat!("proxy.golang", ".org"),
];

/// Names of things that are no nouns of ours.
const FILE_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "misc", "common_utils"];

#[test]
fn nothing_is_left_unfinished() {
    let sources =
        |it: &File| it.is("rs") || it.is("py") || it.is("ts") || it.is("mjs") || it.is("sql");
    refuse("unfinished or silenced", UNFINISHED, sources);
}

#[test]
fn no_machine_is_special() {
    refuse("a path of one machine", MACHINE, |_| true);
}

/// Lock files may say where cargo's index is, as cargo itself writes it.
#[test]
fn no_registry_is_named() {
    refuse("a registry's host", HOSTS, |it| it.path != "Cargo.lock");
}

#[test]
fn files_are_named_for_nouns() {
    for file in tree::files() {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        assert!(!FILE_NAMES.contains(&stem), "{}: name it for what it holds", file.path);
    }
}

/// Waiting a while and hoping is no test. The harness waits for events; the file
/// that polls another process until a deadline is the one exception.
#[test]
fn tests_do_not_sleep() {
    let polls = "tests/src/until.rs";
    let words = ["thread::sleep", "time::sleep"];
    refuse("sleeping", &words, |it| it.is("rs") && it.path.contains("tests/") && it.path != polls);
}

fn refuse(what: &str, words: &[&str], in_files: impl Fn(&File) -> bool) {
    let mut wrong = Vec::new();
    for file in tree::files().into_iter().filter(|it| it.path != THIS && in_files(it)) {
        for (at, line) in file.text.lines().enumerate() {
            let found = words.iter().filter(|word| contains_word(line, word));
            wrong.extend(found.map(|word| format!("{}:{}: `{word}`", file.path, at + 1)));
        }
    }
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

/// Whether the word is there, and not as a part of a longer one (VTODO).
fn contains_word(line: &str, word: &str) -> bool {
    let letter = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let starts = !letter(word.chars().next()) || !letter(before);
        let ends = !letter(word.chars().next_back()) || !letter(after);
        starts && ends
    })
}

#[test]
fn words_are_whole() {
    assert!(contains_word("// TODO: later", "TODO") && !contains_word("VTODO", "TODO"));
    assert!(contains_word("#[ignore = \"x\"]", "#[ignore"));
}
