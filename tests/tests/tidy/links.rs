//! Links between our documents lead somewhere.

use std::path::Path;

use crate::tree;

#[test]
fn documents_link_to_what_is_there() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in tree::files().into_iter().filter(|it| it.is("md")) {
        let path = tree::root().join(&file.path);
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        for target in targets(&file.text) {
            let local = target.split('#').next().unwrap_or_default();
            if local.is_empty() || local.contains("://") || local.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            if !dir.join(local).exists() {
                wrong.push(format!("{}: {target}", file.path));
            }
        }
    }
    assert!(seen > 10, "only {seen} links were found");
    assert!(wrong.is_empty(), "these lead nowhere:\n{}", wrong.join("\n"));
}

/// What `](..)` encloses.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|it| it.0))
}
