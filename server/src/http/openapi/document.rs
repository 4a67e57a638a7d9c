//! The whole document.

use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use super::sketch::Sketch;
use super::{Described, links, security, tags};
use crate::http::problem::ProblemCode;

/// The document of these operations.
pub(super) fn of(operations: &[Described], secure: bool) -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for described in operations {
        let operation = operation(described, &mut schemas);
        let item = paths.entry(described.route.path).or_insert_with(|| json!({}));
        item[described.route.method] = operation;
    }
    let mut named = schemas.named();
    named.insert("Problem".to_owned(), problem_schema());
    links::add(&mut paths, &named);
    let tags = tags::TAGS.iter();
    let tags = tags.map(|tag| json!({ "name": tag.name, "description": tag.description }));
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Umbra",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags.collect::<Value>(),
        "paths": paths,
        "components": { "schemas": named, "securitySchemes": security::schemes(secure) },
    })
}

const ABOUT: &str = "What is plain request and answer: accounts, signing in, spaces and their \
    members. Documents themselves travel over the socket at `/sync`.\n\n\
    Ids are UUIDs, instants are milliseconds since the Unix epoch. A request has exactly the \
    shape that is given: an unknown field, a field twice or the character NUL in a text is \
    refused. What a caller has no access to is answered exactly as what doesn't exist.\n\n\
    Failures are problem details (RFC 9457). Act on `code`: it is stable. `detail` is for \
    people.";

fn operation(described: &Described, schemas: &mut Schemas) -> Value {
    let route = &described.route;
    let mut sketch = Sketch::new(route, schemas);
    // The layers before the handlers, the database behind them.
    sketch.problems(&[ProblemCode::RateLimited, ProblemCode::TimedOut, ProblemCode::Internal]);
    if !sketch.is_safe() {
        sketch.problems(&[ProblemCode::CrossSite]);
    }
    (described.sketch)(&mut sketch);
    let (summary, description) = split(described.words);
    let mut operation = json!({
        "operationId": described.handler.replace("::", "_"),
        "tags": [tags::of(route.path)],
        "summary": summary,
        "security": security::requirement(&sketch),
        "responses": responses(&sketch),
        "x-access": security::name(route.access),
        "x-fresh-authentication":
            sketch.problems.contains(&ProblemCode::FreshAuthenticationNeeded),
    });
    if !description.is_empty() {
        operation["description"] = description.into();
    }
    if !sketch.parameters.is_empty() {
        operation["parameters"] = Value::Array(sketch.parameters);
    }
    if let Some(body) = sketch.body {
        operation["requestBody"] = body;
    }
    operation
}

/// The most characters of a summary, unless its sentence can't be divided.
const SUMMARY_CHARS: usize = 80;

/// The first sentence, and what follows it. A long one is divided at its colon.
fn split(words: &[&str]) -> (String, String) {
    let paragraphs = words.split(|line| line.is_empty()).filter(|it| !it.is_empty());
    let text = paragraphs.map(|lines| lines.join(" ")).collect::<Vec<_>>().join("\n\n");
    let sentence = [". ", ".\n"].iter().filter_map(|it| text.find(it)).min();
    let colon = text.find(": ").filter(|_| sentence.unwrap_or(text.len()) > SUMMARY_CHARS);
    match [sentence, colon].into_iter().flatten().min() {
        Some(end) => (text[..end].to_owned(), capitalised(text[end + 1..].trim())),
        None => (text.trim_end_matches('.').to_owned(), String::new()),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

fn responses(sketch: &Sketch<'_>) -> Value {
    let mut responses = Map::new();
    for (status, answer) in &sketch.answers {
        responses.insert(status.to_string(), answer.clone());
    }
    let mut statuses: Vec<_> = sketch.problems.iter().map(|code| code.status().as_u16()).collect();
    statuses.dedup();
    statuses.sort_unstable();
    statuses.dedup();
    for status in statuses {
        let codes = sketch.problems.iter().filter(|code| code.status().as_u16() == status);
        responses.insert(status.to_string(), problems(status, &codes.copied().collect::<Vec<_>>()));
    }
    Value::Object(responses)
}

/// The answer that is one of these problems.
fn problems(status: u16, codes: &[ProblemCode]) -> Value {
    let said = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.title()));
    let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/Problem" }],
        "properties": { "status": { "const": status }, "code": { "enum": names } },
    });
    let mut answer = json!({
        "description": said.collect::<Vec<_>>().join("\n\n"),
        "content": { "application/problem+json": { "schema": schema } },
    });
    if status == 401 {
        answer["headers"]["WWW-Authenticate"] =
            json!({ "required": true, "schema": { "const": "Bearer" } });
    }
    if codes.iter().any(|code| code.says_when()) {
        answer["headers"]["Retry-After"] = json!({
            "description": "After how many seconds it makes sense to try again.",
            "schema": { "type": "integer", "minimum": 1 },
        });
    }
    answer
}

fn problem_schema() -> Value {
    let codes: Vec<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
    json!({
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": { "type": "string", "pattern": "^urn:umbra:problem:[a-z_]+$" },
            "title": { "type": "string", "description": "What the code means." },
            "status": { "type": "integer" },
            "code": { "type": "string", "description": "Stable.", "enum": codes },
            "detail": { "type": "string", "description": "More of it, for people." },
        },
    })
}
