//! Schemas as lists of fields.

use std::fmt::{self, Write};

use serde_json::Value;

use super::{Escaped, Prose, text};

/// How deep fields are shown within fields: nothing of ours goes deeper, and a schema
/// that refers to itself has to end somewhere.
const DEPTH_MAX: usize = 5;

/// Writes the fields of schemas.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) document: &'a Value,
}

impl<'a> Fields<'a> {
    /// A schema: its type, and its fields where it has any.
    pub(super) fn write(self, out: &mut String, schema: &'a Value) -> fmt::Result {
        let schema = self.resolve(schema);
        if schema["properties"].is_object() {
            return self.write_properties(out, schema, 0);
        }
        write!(out, "<p class=\"type\">{}</p>", Escaped(&self.type_of(schema)))?;
        self.write_within(out, schema, 0)
    }

    /// One field or parameter.
    pub(super) fn write_one(
        self,
        out: &mut String,
        name: &str,
        schema: &'a Value,
        description: &Value,
        required: bool,
        at: Option<&str>,
    ) -> fmt::Result {
        self.write_field(out, name, schema, description, required, at, 0)
    }

    #[expect(clippy::too_many_arguments, reason = "what a line of a field shows")]
    fn write_field(
        self,
        out: &mut String,
        name: &str,
        schema: &'a Value,
        description: &Value,
        required: bool,
        at: Option<&str>,
        depth: usize,
    ) -> fmt::Result {
        let own = self.resolve(schema);
        write!(
            out,
            "<dt><code>{}</code> <span class=\"type\">{}{}</span>{}</dt><dd>",
            Escaped(name),
            at.map_or(String::new(), |at| format!("{at}, ")),
            Escaped(&self.type_of(schema)),
            if required { "" } else { " <span class=\"optional\">optional</span>" },
        )?;
        let limits = limits(schema);
        if description.is_string() {
            write!(out, "{}", Prose(description))?;
        } else if own["description"].is_string() {
            write!(out, "{}", Prose(&own["description"]))?;
        }
        if !limits.is_empty() {
            write!(out, "<p class=\"limits\">{}</p>", Escaped(&limits))?;
        }
        self.write_within(out, schema, depth)?;
        out.write_str("</dd>")
    }

    /// The fields of the objects that are in this.
    fn write_within(self, out: &mut String, schema: &'a Value, depth: usize) -> fmt::Result {
        if depth >= DEPTH_MAX {
            return Ok(());
        }
        let schema = self.without_null(self.resolve(schema));
        if schema["properties"].is_object() {
            self.write_properties(out, schema, depth + 1)
        } else if schema["items"].is_object() {
            self.write_within(out, &schema["items"], depth)
        } else {
            Ok(())
        }
    }

    fn write_properties(self, out: &mut String, schema: &'a Value, depth: usize) -> fmt::Result {
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        out.write_str("<dl class=\"fields\">")?;
        // What is required stands first, in the order of the type.
        let fields = || schema["properties"].as_object().into_iter().flatten();
        let first = required.iter().flat_map(|name| fields().find(|(it, _)| name == *it));
        let rest = fields().filter(|(name, _)| !required.iter().any(|it| it == *name));
        for (name, field) in first.chain(rest) {
            let needed = required.iter().any(|it| it == name);
            self.write_field(out, name, field, &field["description"], needed, None, depth)?;
        }
        out.write_str("</dl>")
    }

    /// What a schema refers to.
    fn resolve(self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) {
            Some(pointer) => self.document.pointer(pointer).unwrap_or(schema),
            None => schema,
        }
    }

    /// Of something or null, the something.
    fn without_null(self, schema: &'a Value) -> &'a Value {
        match schema["anyOf"].as_array().map(Vec::as_slice) {
            Some([one, null]) if null["type"] == "null" => self.resolve(one),
            _ => schema,
        }
    }

    /// The type in a few words.
    fn type_of(self, schema: &'a Value) -> String {
        let schema = self.resolve(schema);
        if let Some(constant) = schema.get("const") {
            return constant.to_string();
        }
        for key in ["enum", "oneOf", "anyOf"] {
            if let Some(choices) = schema[key].as_array() {
                let said = choices.iter().map(|it| match key {
                    "enum" => it.to_string(),
                    _ => self.type_of(it),
                });
                return said.collect::<Vec<_>>().join(" | ");
            }
        }
        let one = |kind: &str| match (kind, text(&schema["format"])) {
            ("array", _) => format!("list of {}", self.type_of(&schema["items"])),
            ("string", "uuid") => "UUID".to_owned(),
            (kind, _) => kind.to_owned(),
        };
        match &schema["type"] {
            Value::String(kind) => one(kind),
            Value::Array(kinds) => {
                kinds.iter().map(|kind| one(text(kind))).collect::<Vec<_>>().join(" | ")
            }
            _ => "anything".to_owned(),
        }
    }
}

/// What bounds a value.
fn limits(schema: &Value) -> String {
    let number = |key: &str| schema.get(key).filter(|it| it.is_number()).map(Value::to_string);
    let range = |least: Option<String>, most: Option<String>, of: &str| match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}{of}")),
        (None, Some(most)) => Some(format!("at most {most}{of}")),
        (Some(least), None) if least != "0" => Some(format!("at least {least}{of}")),
        _ => None,
    };
    let said = [
        range(number("minimum"), number("maximum"), ""),
        range(number("minLength"), number("maxLength"), " characters"),
        range(number("minItems"), number("maxItems"), " entries"),
        range(number("minProperties"), number("maxProperties"), " entries"),
        schema["pattern"].as_str().map(|pattern| format!("matches {pattern}")),
        schema.get("default").filter(|it| !it.is_null()).map(|it| format!("{it} unless said")),
    ];
    said.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
