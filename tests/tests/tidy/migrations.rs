//! Both databases go through the same steps.

use std::collections::BTreeSet;

use crate::tree;

fn names(engine: &str) -> BTreeSet<String> {
    let dir = format!("migrations/{engine}/");
    let files = tree::files_under(&dir).into_iter();
    files.map(|it| it.path.strip_prefix(&dir).unwrap_or(&it.path).to_owned()).collect()
}

#[test]
fn come_in_pairs() {
    assert_eq!(names("sqlite"), names("postgres"), "each migration is there for both engines");
}

#[test]
fn are_numbered_without_gaps() {
    let names = names("sqlite");
    assert!(!names.is_empty(), "there are migrations");
    for (at, name) in names.iter().enumerate() {
        let number = format!("{:04}_", at + 1);
        assert!(
            name.starts_with(&number) && name.ends_with(".sql"),
            "{name} should be {number}what_it_does.sql"
        );
    }
}
