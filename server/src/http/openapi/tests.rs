//! The document describes what there is, and nothing else.

use std::collections::BTreeSet;

use super::*;
use crate::http::ROUTES;

fn operations(document: &Value) -> impl Iterator<Item = (String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        operations.map(move |(method, operation)| (method.clone(), path.clone(), operation))
    })
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let document = openapi(false);
    let described: BTreeSet<_> =
        operations(&document).map(|(method, path, _)| (method, path)).collect();
    let routes: BTreeSet<_> =
        ROUTES.iter().map(|it| (it.method.to_owned(), it.path.to_owned())).collect();
    assert_eq!(described, routes);
}

#[test]
fn every_operation_says_what_it_is() {
    let document = openapi(false);
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let text = |key: &str| operation[key].as_str().unwrap_or_default();
        assert!(ids.insert(text("operationId").to_owned()), "{method} {path}");
        assert!((8..=120).contains(&text("summary").len()), "{method} {path}");
        let tag = operation["tags"][0].as_str().unwrap();
        assert!(tags::TAGS.iter().any(|it| it.name == tag), "{method} {path} is in no group");
        let parts = path.matches('{').count();
        let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        let named = parameters.iter().filter(|it| it["in"] == "path");
        assert_eq!(named.count(), parts, "{method} {path}: each part of the path has its type");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|it| it.starts_with('2')), "{method} {path}");
    }
}

#[test]
fn bodies_are_of_exactly_their_shape() {
    fn objects<'a>(schema: &'a Value, found: &mut Vec<&'a Value>) {
        if schema["type"] == "object" && schema["properties"].is_object() {
            found.push(schema);
        }
        match schema {
            Value::Object(fields) => fields.values().for_each(|it| objects(it, found)),
            Value::Array(items) => items.iter().for_each(|it| objects(it, found)),
            _ => {}
        }
    }
    let document = openapi(false);
    let mut found = Vec::new();
    let bodies = operations(&document).map(|(_, _, operation)| &operation["requestBody"]);
    bodies.for_each(|body| objects(body, &mut found));
    assert!(found.len() > 20, "{}", found.len());
    for object in found {
        assert_eq!(object["additionalProperties"], false, "{object}");
    }
}

#[test]
fn references_lead_somewhere_and_names_are_told_apart() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|it| references(it, found));
            }
            Value::Array(items) => items.iter().for_each(|it| references(it, found)),
            _ => {}
        }
    }
    let document = openapi(false);
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in &found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        // Two types of one name would be counted.
        assert!(!reference.ends_with(|it: char| it.is_ascii_digit()), "{reference}: rename one");
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert_eq!(found.len(), schemas.len(), "each schema is used");
}

#[test]
fn what_was_made_can_be_read_and_removed() {
    let document = openapi(false);
    let links = &document["paths"]["/api/spaces"]["post"]["responses"]["201"]["links"];
    for (id, at) in [("spaces_show", "/id"), ("spaces_delete", "/id"), ("members_list", "/id")] {
        assert_eq!(links[id]["parameters"]["space"], format!("$response.body#{at}"), "{links}");
    }
    let links = &document["paths"]["/api/admin/users"]["post"]["responses"]["201"]["links"];
    let user = &links["admin_users_show"]["parameters"]["user"];
    assert_eq!(user, "$response.body#/user/id");
}

#[test]
fn the_cookie_has_the_name_that_it_has() {
    for (secure, name) in [(false, "umbra"), (true, "__Host-umbra")] {
        let document = openapi(secure);
        assert_eq!(document["components"]["securitySchemes"]["session"]["name"], name);
    }
}

#[test]
fn the_page_shows_every_operation_and_runs_nothing() {
    let document = openapi(false);
    let page = reference::page(&document);
    for (_, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(page.contains(&format!("<article id=\"{id}\">")), "{path}");
        assert!(page.contains(&format!("href=\"#{id}\"")), "{path}");
    }
    for never in ["<script", "style=", "onclick", "http://", "https://", "<no value>"] {
        assert!(!page.contains(never), "{never}");
    }
}
