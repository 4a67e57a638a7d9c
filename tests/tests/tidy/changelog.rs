//! The changelog is kept, newest first.

use crate::tree;

#[test]
fn the_changelog_has_a_section_for_what_is_coming() {
    let files = tree::files();
    let changelog = files.iter().find(|it| it.path == "CHANGELOG.md").expect("it is there");
    let first = changelog.text.lines().find_map(|line| line.strip_prefix("## "));
    assert_eq!(first, Some("Unreleased"), "the first section is the one being written");
}
