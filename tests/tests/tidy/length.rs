//! How long a file and a function may grow.

use crate::tree::{self, File};

/// No file is longer; it is to be split by its nouns before. We aim at 200.
const FILE_LINES_MAX: usize = 500;

/// No function is longer.
const FUNCTION_LINES_MAX: usize = 70;

/// What stands above a function that may be longer, with its reason: a table of
/// cases reads best in one piece.
const EXCUSE: &str = "clippy::too_many_lines";

fn rust_files() -> Vec<File> {
    tree::files().into_iter().filter(|it| it.is("rs")).collect()
}

#[test]
fn files_are_short() {
    let files = rust_files();
    let lines = |file: &File| file.text.lines().count();
    let long = files.iter().filter(|file| lines(file) > FILE_LINES_MAX);
    let long: Vec<_> =
        long.map(|file| format!("{} has {} lines", file.path, lines(file))).collect();
    assert!(files.len() > 100, "only {} files were found", files.len());
    assert!(
        long.is_empty(),
        "at most {FILE_LINES_MAX}: split it by its nouns\n{}",
        long.join("\n")
    );
}

#[test]
fn functions_are_short() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in rust_files() {
        for (name, lines) in functions(&file.text) {
            seen += 1;
            if lines > FUNCTION_LINES_MAX {
                wrong.push(format!("{}: {name} has {lines} lines, at most 70", file.path));
            }
        }
    }
    assert!(seen > 50, "only {seen} functions were found");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The functions of a formatted file with the number of lines of their bodies: a
/// body ends with the brace that stands as deep as the line that began it. Those
/// that are excused are left out.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let attributes = lines[..at].iter().rev().take_while(|it| !it.trim().is_empty());
        if attributes.take(6).any(|it| it.contains(EXCUSE)) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let Some(open) = lines[at..].iter().position(|it| it.trim_end().ends_with('{')) else {
            continue;
        };
        let closes = |it: &&str| it.trim_end() == format!("{}}}", " ".repeat(indent));
        if let Some(body) = lines[at + open + 1..].iter().position(closes) {
            found.push((name.to_owned(), body));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    for word in ["pub(crate) ", "pub(super) ", "pub ", "const ", "async ", "unsafe "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let rest = rest.strip_prefix("fn ")?;
    let end = rest.find(['(', '<'])?;
    let one_liner = line.trim_end().ends_with('}') || line.trim_end().ends_with(';');
    (!one_liner).then_some(&rest[..end])
}

#[test]
fn lengths_are_measured() {
    let text = "impl A {\n    pub async fn b(\n        &self,\n    ) {\n        one();\n        two();\n    }\n}\nfn c() {}\n";
    assert_eq!(functions(text), [("b".to_owned(), 2)]);
}
