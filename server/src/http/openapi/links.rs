//! Where what was made can be asked for, changed and removed.

use serde_json::{Map, Value, json};

/// Adds links from each operation that makes something to those whose paths go on with
/// its id, and need no other.
pub(super) fn add(paths: &mut Map<String, Value>, schemas: &Map<String, Value>) {
    let mut links = Vec::new();
    for (path, item) in &*paths {
        let made = &item["post"]["responses"]["201"]["content"]["application/json"]["schema"];
        let Some(pattern) = paths.keys().filter_map(|other| id_behind(path, other)).next() else {
            continue;
        };
        let Some(pointer) = pointer(made, pattern, schemas) else { continue };
        let start = format!("{path}/{{{pattern}}}");
        let mut found = Map::new();
        for (other, item) in paths.iter().filter(|(other, _)| other.starts_with(&start)) {
            if other.matches('{').count() == start.matches('{').count() {
                for operation in item.as_object().into_iter().flat_map(Map::values) {
                    let Some(id) = operation["operationId"].as_str() else { continue };
                    let parameters = json!({ pattern: format!("$response.body#{pointer}") });
                    found.insert(
                        id.to_owned(),
                        json!({ "operationId": id, "parameters": parameters }),
                    );
                }
            }
        }
        links.push((path.clone(), found));
    }
    for (path, found) in links {
        if let Some(item) = paths.get_mut(&path) {
            item["post"]["responses"]["201"]["links"] = Value::Object(found);
        }
    }
}

/// The parameter's name, where the other path goes on with one.
fn id_behind<'a>(path: &str, other: &'a str) -> Option<&'a str> {
    let rest = other.strip_prefix(path)?.strip_prefix("/{")?;
    rest.split_once('}').map(|(name, _)| name)
}

/// Where the id stands in what is answered.
fn pointer(schema: &Value, name: &str, schemas: &Map<String, Value>) -> Option<String> {
    let reference = schema["$ref"].as_str()?.rsplit('/').next()?;
    let properties = &schemas.get(reference)?["properties"];
    if properties.get("id").is_some() {
        Some("/id".to_owned())
    } else {
        properties.get(name).map(|_| format!("/{name}/id"))
    }
}
