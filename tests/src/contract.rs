//! What the API is described to answer, held against what it does answer.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| umbra_server::http::openapi(false));

/// Checks that an answer is one of those that the API's description tells of: its status,
/// and the code where it is a problem, or the type and the required fields where it isn't.
///
/// # Panics
/// Where it isn't, so that every test over HTTP tests the description as well.
#[track_caller]
pub fn check(method: &str, path: &str, status: u16, kind: &str, body: &Value) {
    let path = path.split('?').next().unwrap_or_default();
    let Some(operation) = operation(&method.to_lowercase(), path) else { return };
    let asked: String = format!("{method} {path}: {status} {body}").chars().take(400).collect();
    let answer = &operation["responses"][status.to_string()];
    assert!(answer.is_object(), "the description knows no such answer: {asked}");
    let Some(content) = answer["content"].as_object() else {
        assert_eq!(body, "", "the description knows no such body: {asked}");
        return;
    };
    let media = content.get(kind);
    let schema =
        &media.unwrap_or_else(|| panic!("the description knows no {kind}: {asked}"))["schema"];
    if kind == "application/problem+json" {
        let codes = schema["properties"]["code"]["enum"].as_array().expect("codes");
        assert!(codes.contains(&body["code"]), "the description knows no such code: {asked}");
    } else if let Some(fields) = body.as_object() {
        check_fields(schema, &fields.keys().map(String::as_str).collect(), &asked);
    }
}

/// An object has what is required of it, and nothing that isn't told of.
#[track_caller]
fn check_fields(schema: &Value, fields: &BTreeSet<&str>, asked: &str) {
    let pointer = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
    let schema = pointer.map_or(schema, |pointer| DOCUMENT.pointer(pointer).expect(pointer));
    let required: BTreeSet<_> = names(&schema["required"]).collect();
    assert!(required.is_subset(fields), "{:?} are missing: {asked}", required.difference(fields));
    if let Some(known) = schema["properties"].as_object() {
        for field in fields.iter().filter(|_| known.len() > 1) {
            assert!(known.contains_key(*field), "the description knows no {field}: {asked}");
        }
    }
}

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The operation of a request, where it is one of the API's.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object()?;
    let (_, item) = paths
        .iter()
        .filter(|(pattern, _)| fits(pattern, path))
        .min_by_key(|it| it.0.matches('{').count())?;
    item.get(method)
}

fn fits(pattern: &str, path: &str) -> bool {
    pattern.split('/').count() == path.split('/').count()
        && pattern
            .split('/')
            .zip(path.split('/'))
            .all(|(part, given)| part.starts_with('{') || part == given)
}
