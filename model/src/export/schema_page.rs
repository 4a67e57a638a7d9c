//! `docs/SCHEMA.md`.

use std::fmt::Write as _;

use crate::Kind;
use crate::schema::{EntrySpec, FieldSpec, Segment, Shape, ValueType, Write, spec};
use crate::value::{ClusterKind, Member, MemberType};

const HEAD: &str = "\
# What documents hold

<!-- Rendered from the tables in model/src/schema and model/src/value; a test fails \
when it is stale. UMBRA_BLESS=1 cargo test -p umbra-model renders it anew. -->

Every document is one Automerge document: a map of the fields below. A field is
one last-writer-wins *value*, a *text* that people write together, or a flat *map*
whose keys are made of segments joined by `/`. Nothing nests deeper, and there are
no lists, counters, tables or marks. Texts and maps are made by the kind's genesis
change, in the order of its table, and by nothing else. What isn't in a table is
refused.

A value that is *optional* can be cleared, by `null` or by removing its key; any
other stays once it is written. A field that is written *once* keeps its first
value. Ids are UUIDs in lower case with hyphens.
";

const CLUSTERS: &str = "
## Clusters

Values that only make sense together are one value, so that two people who change
a start and its zone at once never merge to a time that neither of them chose. A
cluster is a string of canonical JSON: the members in this order, which is that of
their names, no spaces, absent instead of `null`, whole numbers only, and no
escapes but those that JSON demands. Any other spelling is refused. An account
in `by` must be the author of the change.
";

/// The page that describes every kind of document.
pub fn schema_page() -> String {
    let mut page = HEAD.to_owned();
    for &kind in Kind::ALL {
        kind_section(&mut page, kind);
    }
    page.push_str(CLUSTERS);
    for kind in ClusterKind::ALL {
        cluster_section(&mut page, kind);
    }
    page
}

fn kind_section(page: &mut String, kind: Kind) {
    let spec = spec(kind);
    let homes: Vec<_> = spec.homes.iter().map(|home| format!("`{home}`")).collect();
    let _ = write!(page, "\n## `{kind}`\n\nLives in spaces of kind {}.\n\n", homes.join(", "));
    page.push_str("| field | holds | meaning |\n|---|---|---|\n");
    for field in spec.fields {
        let _ = writeln!(page, "| `{}` | {} | {} |", field.name, holds(field), field.about);
    }
}

fn holds(field: &FieldSpec) -> String {
    let once = if field.write == Write::Once { ", once" } else { "" };
    match &field.shape {
        Shape::Scalar(value) => format!("{}{once}", value_text(value)),
        Shape::Text { chars_max } => format!("text of at most {chars_max} characters"),
        Shape::Map { entries, entries_max } => {
            let entries: Vec<_> = entries.iter().map(entry_text).collect();
            format!("map of at most {entries_max} keys: {}", entries.join("; "))
        }
    }
}

fn entry_text(entry: &EntrySpec) -> String {
    let key: Vec<_> = entry.key.iter().map(segment_text).collect();
    format!("`{}` → {}", key.join("/"), entry.value.domain)
}

fn segment_text(segment: &Segment) -> String {
    match segment {
        Segment::Id => "{id}".to_owned(),
        Segment::User => "{account}".to_owned(),
        Segment::Occurrence => "{local start}".to_owned(),
        Segment::Word(word) => (*word).to_owned(),
        Segment::Name(bytes_max) => format!("{{name of 1 to {bytes_max} bytes}}"),
    }
}

fn value_text(value: &ValueType) -> String {
    let optional = if value.optional { ", optional" } else { "" };
    format!("{}{optional}", value.domain)
}

fn cluster_section(page: &mut String, kind: ClusterKind) {
    let _ = write!(page, "\n### `{kind}`\n\n```json\n{}\n```\n\n", kind.example());
    page.push_str("| member | holds | meaning |\n|---|---|---|\n");
    for member in kind.members() {
        let _ =
            writeln!(page, "| `{}` | {} | {} |", member.name, member_text(member), member.about);
    }
}

fn member_text(member: &Member) -> String {
    let is = match member.is {
        MemberType::Bool => "true or false".to_owned(),
        MemberType::Int => "a whole number".to_owned(),
        MemberType::Ints => "an array of whole numbers".to_owned(),
        MemberType::Text => "a string".to_owned(),
        MemberType::OneOf(words) => format!("one of {}", words.join(", ")),
    };
    if member.optional { format!("{is}, optional") } else { is }
}
