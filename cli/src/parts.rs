//! The sections and labels of a space.

use std::collections::BTreeMap;

use serde_json::Value;

/// A section or a label.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Part {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its place among the others.
    pub order: Option<String>,
    /// Whether it was removed.
    deleted: bool,
}

/// The sections or labels of a space's view, in their order, without removed ones.
pub fn parts(view: &Value, field: &str) -> Vec<Part> {
    let mut parts: BTreeMap<&str, Part> = BTreeMap::new();
    for (key, value) in view.get(field).and_then(Value::as_object).into_iter().flatten() {
        let Some((id, what)) = key.split_once('/') else { continue };
        let part = parts.entry(id).or_default();
        part.id = id.to_owned();
        match (what, value) {
            ("name", Value::String(name)) => part.name.clone_from(name),
            ("order", Value::String(order)) => part.order = Some(order.clone()),
            ("deletedAt", _) => part.deleted = true,
            _ => {}
        }
    }
    let mut parts: Vec<Part> = parts.into_values().filter(|part| !part.deleted).collect();
    parts.sort_by(|one, other| (&one.order, &one.id).cmp(&(&other.order, &other.id)));
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_come_in_their_order() {
        let view = json!({ "sections": {
            "a/name": "Doing", "a/order": "V",
            "b/name": "Todo", "b/order": "A",
            "c/name": "Gone", "c/order": "B", "c/deletedAt": 1,
        }});
        let names: Vec<String> = parts(&view, "sections").into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["Todo", "Doing"]);
        assert!(parts(&view, "labels").is_empty());
    }
}
