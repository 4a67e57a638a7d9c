//! What we build on: under which licences, and how much of it.

use crate::crate_edges::METADATA;

/// Licences that go with MIT OR Apache-2.0 and ask nothing of whoever runs Umbra.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MPL-2.0",
    "Zlib",
    "0BSD",
    "CC0-1.0",
    "Unlicense",
    "Unicode-3.0",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "MIT-0",
    "BlueOak-1.0.0",
];

/// A ratchet: raise it only with a word in the commit on what it buys.
const PACKAGES_MAX: usize = 480;

#[test]
fn licences_are_permissive() {
    for package in &METADATA.packages {
        let licence = package.license.as_deref().unwrap_or("none");
        assert!(
            is_permissive(licence),
            "{} {} is under `{licence}`, of which nothing is in our list",
            package.name,
            package.version
        );
    }
}

/// Every part that is joined by AND, and one of those joined by OR, is in the list.
fn is_permissive(licence: &str) -> bool {
    let plain = licence.replace('/', " OR ").replace(['(', ')'], " ");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|it| LICENCES.contains(&it.trim())))
}

#[test]
fn an_unknown_licence_is_noticed() {
    assert!(is_permissive("MIT/Apache-2.0") && is_permissive("(GPL-2.0-only OR MIT) AND ISC"));
    assert!(!is_permissive("AGPL-3.0-only") && !is_permissive("MIT AND GPL-3.0-only"));
}

#[test]
fn the_tree_stays_lean() {
    let fetched = METADATA.packages.iter().filter(|it| it.source.is_some()).count();
    assert!(fetched > 50, "cargo metadata listed only {fetched} packages");
    assert!(fetched <= PACKAGES_MAX, "{fetched} packages are more than {PACKAGES_MAX}");
}
