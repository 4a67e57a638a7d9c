//! What is generated from the tables is up to date and says what they say.

use std::path::{Path, PathBuf};

use serde_json::Value;
use umbra_model::Kind;
use umbra_model::export::{export, policy_page, schema_page};
use umbra_model::policy::RULES;
use umbra_model::schema::spec;
use umbra_model::value::ClusterKind;

fn from_root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// That a committed page is as it is rendered. `UMBRA_BLESS=1` commits the new one.
fn assert_fresh(path: &str, page: &str) {
    let file = from_root(path);
    if std::env::var_os("UMBRA_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&file, page).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == page, "{path} is stale: UMBRA_BLESS=1 cargo test -p umbra-model");
}

#[test]
fn the_pages_are_fresh() {
    assert_fresh("docs/SCHEMA.md", &schema_page());
    assert_fresh("docs/POLICY.md", &policy_page());
}

#[test]
fn the_pages_name_every_field_and_rule() {
    let (schema, policy) = (schema_page(), policy_page());
    for &kind in Kind::ALL {
        assert!(schema.contains(&format!("\n## `{kind}`\n")));
        for field in spec(kind).fields {
            assert!(schema.contains(&format!("| `{}` |", field.name)), "{}", field.name);
        }
    }
    for rule in RULES {
        assert!(policy.contains(&format!("| `{}` |", rule.name)), "{}", rule.name);
    }
}

#[test]
fn the_export_has_every_table() {
    let export = export();
    let list = |at: &str| export.pointer(at).and_then(Value::as_array).unwrap().len();
    assert_eq!(list("/kinds"), Kind::ALL.len());
    assert_eq!(list("/policy/rules"), RULES.len());
    assert_eq!(list("/clusters"), ClusterKind::ALL.len());
    for (at, &kind) in Kind::ALL.iter().enumerate() {
        assert_eq!(list(&format!("/kinds/{at}/fields")), spec(kind).fields.len());
    }
    let title = &export["kinds"][1]["fields"][1];
    assert_eq!(title["name"], "title");
    assert_eq!(title["holds"]["value"]["is"], "string");
    assert_eq!(title["holds"]["value"]["optional"], false);
}

#[test]
fn the_members_of_a_cluster_are_those_it_takes() {
    for kind in ClusterKind::ALL {
        assert!(kind.check(kind.example()).is_ok(), "{kind}");
        let Ok(Value::Object(example)) = serde_json::from_str(kind.example()) else {
            panic!("{kind}: an object");
        };
        let named: Vec<_> = kind.members().iter().map(|member| member.name).collect();
        assert_eq!(named, example.keys().collect::<Vec<_>>(), "{kind}");
        for member in kind.members().iter().filter(|member| !member.optional) {
            let mut without = example.clone();
            without.remove(member.name);
            let text = Value::Object(without).to_string();
            assert!(kind.check(&text).is_err(), "{kind} without {}", member.name);
        }
    }
}

#[test]
fn the_lints_of_the_workspace_hold_in_the_pure_crates_too() {
    let read = |path| std::fs::read_to_string(from_root(path)).unwrap();
    let (model, protocol) = (read("model/clippy.toml"), read("sync-protocol/clippy.toml"));
    assert_eq!(model, protocol);
    for line in read("clippy.toml").lines() {
        assert!(model.lines().any(|it| it == line), "model/clippy.toml lacks `{line}`");
    }
}
