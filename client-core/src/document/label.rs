//! What an edit was, in a few words.

use umbra_model::Kind;

use super::Intent;
use crate::edit::Value;

/// The most characters of a value that is quoted.
const QUOTE_CHARS_MAX: usize = 40;

/// What an edit was, in a few words.
pub fn label(kind: Kind, creates: bool, intents: &[Intent]) -> String {
    if creates {
        return match intents.iter().find_map(name) {
            Some(name) => format!("new {kind} {}", quote(&name)),
            None => format!("new {kind}"),
        };
    }
    let mut parts: Vec<String> = Vec::new();
    for intent in intents {
        let part = part(kind, intent);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts.join(", ")
}

/// What the document is called, if this says so.
fn name(intent: &Intent) -> Option<String> {
    match intent {
        Intent::Set { field, value: Value::Str(name), .. }
            if field == "title" || field == "name" =>
        {
            Some(name.clone())
        }
        Intent::Text { field, splices, .. } if field == "body" => {
            splices.first().map(|splice| splice.insert.clone())
        }
        _ => None,
    }
}

fn part(kind: Kind, intent: &Intent) -> String {
    match intent {
        Intent::Set { field, value, .. } if field == "deletedAt" => {
            let verb = if *value == Value::Null { "restore" } else { "trash" };
            format!("{verb} {kind}")
        }
        Intent::Set { field, value: Value::Null, .. } => format!("clear {field}"),
        Intent::Set { field, value: Value::Str(text), .. } if !text.starts_with(['{', '[']) => {
            format!("{field} {}", quote(text))
        }
        Intent::Set { field, value: Value::Int(number), .. } if !field.ends_with("At") => {
            format!("{field} {number}")
        }
        Intent::Set { field, .. } | Intent::Entry { field, .. } | Intent::Text { field, .. } => {
            field.clone()
        }
    }
}

fn quote(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(QUOTE_CHARS_MAX) {
        Some((end, _)) => format!("“{}…”", &line[..end]),
        None => format!("“{line}”"),
    }
}
