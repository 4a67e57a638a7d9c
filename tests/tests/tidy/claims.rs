//! Where a document says what is tested, and where, there is such a test.

use std::collections::BTreeMap;

use crate::tree;

/// The documents that say so: a file as a link by its label, and behind it the tests.
const CLAIMING: &[&str] = &["docs/SECURITY.md", "docs/ASVS.md"];

#[test]
fn claimed_tests_are_there() {
    let files: BTreeMap<_, _> = tree::files().into_iter().map(|it| (it.path, it.text)).collect();
    let mut wrong = Vec::new();
    for document in CLAIMING {
        let text = &files[*document];
        let (places, claims) = (places(text), claims(text));
        assert!(claims.len() > 50, "only {} claims were found in {document}", claims.len());
        for (label, path) in &places {
            if !files.contains_key(*path) {
                wrong.push(format!("{document}: [{label}] is at {path}, where nothing is"));
            }
        }
        for (label, test) in claims {
            let source = places.get(label).and_then(|path| files.get(*path));
            if !source.is_some_and(|source| has_word(source, test)) {
                wrong.push(format!("{document}: [{label}] has no `{test}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "these claims are in vain:\n{}", wrong.join("\n"));
}

/// Which file each label stands for: `[label]: ../path`.
fn places(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ../"));
    lines.collect()
}

/// What is claimed: ``[label] `test`, `test` ``.
fn claims(text: &str) -> Vec<(&str, &str)> {
    let mut claims = Vec::new();
    for (label, behind) in text.split('[').filter_map(|piece| piece.split_once(']')) {
        let mut next = Some(behind.trim_start());
        while let Some((test, rest)) = next.and_then(|it| it.strip_prefix('`')?.split_once('`')) {
            claims.push((label, test));
            next = rest.strip_prefix(", ");
        }
    }
    claims
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|it: char| !it.is_alphanumeric() && it != '_').any(|it| it == word)
}

#[test]
fn claims_are_read() {
    let text = "Held by [a/b]\n`one`, `two`; [c] `three`, and [d](e.md) `f`.\n\n[a/b]: ../x.rs\n";
    assert_eq!(claims(text), [("a/b", "one"), ("a/b", "two"), ("c", "three")]);
    assert_eq!(places(text), BTreeMap::from([("a/b", "x.rs")]));
    assert!(has_word("fn one() {}", "one") && !has_word("fn one_more() {}", "one"));
}
