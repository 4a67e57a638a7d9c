//! Real files: the fixtures that the parser's own package ships.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use umbra_ical::{Calendar, Document, Imported, Item, Options, export, import};
use umbra_model::schema::{Scalar, Shape, spec};
use umbra_model::{DocId, Millis, SpaceId, UserId};

/// Where the parser's package lies, as cargo says. No copy of it is ours to keep.
fn fixtures() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap();
    let metadata = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "calcard").unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    manifest.parent().unwrap().join("resources")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "ics") {
            found.push(path);
        }
    }
}

fn options() -> Options {
    let (space, user) = (SpaceId::from_bytes([7; 16]), UserId::from_bytes([9; 16]));
    Options { space, user, labels: true }
}

fn export_again(imported: &Imported) -> String {
    let documents: Vec<_> = imported
        .items
        .iter()
        .map(|item| Document {
            id: item.id,
            kind: item.kind,
            privacy: item.privacy,
            view: &item.view,
        })
        .collect();
    export(&Calendar {
        name: imported.about.name.as_deref(),
        space: options().space,
        labels: &imported.labels,
        documents: &documents,
        now: Millis(1_770_000_000_000),
    })
}

/// Every field of an item must be one that the gate lets in.
fn assert_fits(item: &Item, path: &Path) {
    let spec = spec(item.kind);
    for (name, value) in &item.view {
        let field = spec.field(name).unwrap_or_else(|| panic!("{path:?} {name}"));
        let check = |container: Option<&str>, key: &str, value: &Value| {
            let target = spec.target(container, key).unwrap();
            let scalar = match value {
                Value::Bool(flag) => Scalar::Bool(*flag),
                Value::Number(number) => Scalar::Int(number.as_i64().unwrap()),
                Value::String(text) => Scalar::Str(text),
                other => panic!("{other}"),
            };
            if let Err(bad) = target.value.unwrap().check(scalar) {
                panic!("{path:?} {name}/{key} = {value}: {bad}");
            }
        };
        match (&field.shape, value) {
            (Shape::Text { chars_max }, Value::String(text)) => {
                assert!(text.chars().count() <= usize::try_from(*chars_max).unwrap());
            }
            (Shape::Map { entries_max, .. }, Value::Object(entries)) => {
                assert!(entries.len() <= usize::try_from(*entries_max).unwrap());
                entries.iter().for_each(|(key, value)| check(Some(name), key, value));
            }
            (Shape::Scalar(_), value) => check(None, name, value),
            (shape, value) => panic!("{path:?} {name}: {shape:?} {value}"),
        }
    }
}

#[test]
fn real_files_are_imported_and_come_back() {
    let mut paths = Vec::new();
    files(&fixtures(), &mut paths);
    assert!(paths.len() >= 998, "only {} files", paths.len());
    let (mut texts, mut items, mut refused, mut unstable) = (0, 0, Vec::new(), Vec::new());
    for path in &paths {
        let Ok(text) = String::from_utf8(std::fs::read(path).unwrap()) else { continue };
        texts += 1;
        let imported = match import(&text, &options()) {
            Ok(imported) => imported,
            Err(bad) => {
                refused.push(format!("{path:?}: {bad}"));
                continue;
            }
        };
        assert_eq!(import(&text, &options()).unwrap(), imported, "{path:?}");
        items += imported.items.len();
        imported.items.iter().for_each(|item| assert_fits(item, path));

        let exported = export_again(&imported);
        assert!(exported.lines().all(|line| line.len() <= 75), "{path:?}");
        let ids: BTreeSet<DocId> = imported.items.iter().map(|item| item.id).collect();
        let mut again = match import(&exported, &options()) {
            Ok(again) => again,
            Err(bad) => panic!("{path:?}: {bad}\n{exported}"),
        };
        again.adopt(|id| ids.contains(&id));
        if let Some(difference) = difference(&imported, &again) {
            unstable.push(format!("{path:?}\n{difference}"));
        }
        let exported_again = export_again(&again);
        if exported_again != exported {
            unstable.push(format!("{path:?}: the second export differs"));
        }
    }
    assert!(texts >= 993, "only {texts} texts");
    assert!(items > 7_000, "only {items} items");
    assert!(texts - refused.len() >= 984, "{}", refused.join("\n"));
    let some = unstable.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(unstable.is_empty(), "{} are unstable\n{some}", unstable.len());
}

/// What the second import says otherwise than the first.
fn difference(one: &Imported, other: &Imported) -> Option<String> {
    if one.items.len() != other.items.len() {
        return Some(format!("{} and {} items", one.items.len(), other.items.len()));
    }
    for (one, other) in one.items.iter().zip(&other.items) {
        if one != other {
            let fields: BTreeSet<_> = one.view.keys().chain(other.view.keys()).collect();
            let differ: Vec<_> = fields
                .into_iter()
                .filter(|field| one.view.get(*field) != other.view.get(*field))
                .map(|field| {
                    let text = |item: &Item| item.view.get(field).map(Value::to_string);
                    let (one, other) =
                        (text(one).unwrap_or_default(), text(other).unwrap_or_default());
                    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
                    let from = |text: &str| {
                        text.chars().skip(same.saturating_sub(80)).take(300).collect::<String>()
                    };
                    format!("  {field}:\n    {}\n    {}", from(&one), from(&other))
                })
                .collect();
            return Some(format!("  {} {}\n{}", one.id, other.id, differ.join("\n")));
        }
    }
    None
}
