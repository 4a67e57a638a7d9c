//! The document as a page: plain HTML, without a script, so that it works with the
//! strictest content security policy, offline, and in any browser.

mod fields;

use std::fmt::{self, Write};

use serde_json::Value;

use super::tags::TAGS;
use crate::http::ROUTES;
use fields::Fields;

/// The page.
pub(super) fn page(document: &Value) -> String {
    let mut out = String::new();
    // A string takes whatever is written to it.
    let _ = write_page(&mut out, document);
    out
}

fn write_page(out: &mut String, document: &Value) -> fmt::Result {
    let info = &document["info"];
    write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>API · Umbra</title>\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/reference.css\">\
         </head><body><a class=\"skip\" href=\"#content\">To the content</a>"
    )?;
    write_contents(out, document)?;
    write!(
        out,
        "<main id=\"content\"><header><h1>The API of Umbra</h1>{}<p class=\"soft\">Version {}. \
         For programs: <a href=\"/api/openapi.json\">openapi.json</a>.</p></header>",
        Prose(&info["description"]),
        Escaped(text(&info["version"])),
    )?;
    write_security(out, &document["components"]["securitySchemes"])?;
    for tag in TAGS {
        write!(
            out,
            "<section><h2 id=\"{}\">{}</h2><p>{}</p>",
            anchor(tag.name),
            Escaped(tag.name),
            Escaped(tag.description)
        )?;
        for (method, path, operation) in operations(document, tag.name) {
            write_operation(out, method, path, operation, document)?;
        }
        out.write_str("</section>")?;
    }
    out.write_str("</main></body></html>")
}

/// The operations of a group, in the order of the list of routes.
fn operations<'a>(
    document: &'a Value,
    tag: &'a str,
) -> impl Iterator<Item = (&'static str, &'static str, &'a Value)> {
    let all = ROUTES.iter().map(|it| (it.method, it.path, &document["paths"][it.path][it.method]));
    all.filter(move |(_, _, operation)| operation["tags"][0] == tag)
}

fn write_contents(out: &mut String, document: &Value) -> fmt::Result {
    out.write_str(
        "<nav aria-label=\"Contents\"><p class=\"mark\">Umbra</p><details><summary>Contents\
         </summary>",
    )?;
    for tag in TAGS {
        let name = Escaped(tag.name);
        write!(out, "<h2><a href=\"#{}\">{name}</a></h2><ul>", anchor(tag.name))?;
        for (method, path, operation) in operations(document, tag.name) {
            write!(
                out,
                "<li><a href=\"#{}\"><span class=\"method {method}\">{method}</span> {}</a></li>",
                Escaped(text(&operation["operationId"])),
                Breakable(path.strip_prefix("/api").unwrap_or(path)),
            )?;
        }
        out.write_str("</ul>")?;
    }
    out.write_str("</details></nav>")
}

fn write_security(out: &mut String, schemes: &Value) -> fmt::Result {
    out.write_str("<section><h2 id=\"credentials\">Credentials</h2><dl class=\"fields\">")?;
    for (name, scheme) in schemes.as_object().into_iter().flatten() {
        let how = match text(&scheme["type"]) {
            "apiKey" => format!("{} {}", text(&scheme["in"]), text(&scheme["name"])),
            _ => format!("Authorization: Bearer {}", text(&scheme["bearerFormat"])),
        };
        write!(
            out,
            "<dt><code>{}</code> <span class=\"type\">{}</span></dt><dd>{}</dd>",
            Escaped(name),
            Escaped(&how),
            Prose(&scheme["description"]),
        )?;
    }
    out.write_str("</dl></section>")
}

fn write_operation(
    out: &mut String,
    method: &str,
    path: &str,
    operation: &Value,
    document: &Value,
) -> fmt::Result {
    let id = Escaped(text(&operation["operationId"]));
    write!(
        out,
        "<article id=\"{id}\"><h3><a href=\"#{id}\">{}</a></h3>\
         <p class=\"route\"><span class=\"method {method}\">{method}</span> <code>{}</code></p>\
         <p class=\"access\">{}</p>{}",
        Inline(text(&operation["summary"])),
        Breakable(path),
        access(operation),
        Prose(&operation["description"]),
    )?;
    if let Some(parameters) = operation["parameters"].as_array() {
        out.write_str("<h4>Parameters</h4><dl class=\"fields\">")?;
        for it in parameters {
            let (name, at) = (text(&it["name"]), text(&it["in"]));
            let needed = it["required"] == true;
            let fields = Fields { document };
            fields.write_one(out, name, &it["schema"], &it["description"], needed, Some(at))?;
        }
        out.write_str("</dl>")?;
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if !body.is_null() {
        out.write_str("<h4>Body</h4>")?;
        Fields { document }.write(out, body)?;
    }
    write_answers(out, &operation["responses"], document)?;
    out.write_str("</article>")
}

/// Whom an operation is for.
fn access(operation: &Value) -> String {
    let whom = match text(&operation["x-access"]) {
        "anyone" => "For anyone",
        "admin" => "For administrators",
        "reads" => "For whoever is signed in, and API tokens",
        "writes" => "For whoever is signed in, and API tokens that write",
        _ => "For whoever is signed in",
    };
    let fresh = operation["x-fresh-authentication"] == true;
    let fresh =
        if fresh { ", with a <a href=\"#factors\">fresh proof</a> of who they are" } else { "" };
    format!("{whom}{fresh}.")
}

fn write_answers(out: &mut String, responses: &Value, document: &Value) -> fmt::Result {
    let all = || responses.as_object().into_iter().flatten();
    for (status, answer) in all().filter(|(status, _)| status.starts_with('2')) {
        write!(out, "<h4>Answer <span class=\"status\">{}</span></h4>", Escaped(status))?;
        let content = answer["content"].as_object();
        let Some(content) = content else {
            write!(out, "<p>{} There is no body.</p>", Escaped(text(&answer["description"])))?;
            continue;
        };
        for (kind, media) in content {
            if kind == "application/json" {
                Fields { document }.write(out, &media["schema"])?;
            } else {
                write!(out, "<p><code>{}</code></p>", Escaped(kind))?;
            }
        }
    }
    out.write_str("<details><summary>Problems</summary><dl class=\"problems\">")?;
    for (status, answer) in all().filter(|(status, _)| !status.starts_with('2')) {
        for line in text(&answer["description"]).split("\n\n") {
            let (code, title) = line.split_once(": ").unwrap_or((line, ""));
            write!(
                out,
                "<dt><span class=\"status\">{}</span> <code>{}</code></dt><dd>{}</dd>",
                Escaped(status),
                Escaped(code.trim_matches('`')),
                Escaped(title)
            )?;
        }
    }
    out.write_str("</dl></details>")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn anchor(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

/// Text, made harmless for a page.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// A path that may be broken before each of its parts.
struct Breakable<'a>(&'a str);

impl fmt::Display for Breakable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive('/') {
            write!(f, "{}<wbr>", Escaped(part))?;
        }
        Ok(())
    }
}

/// Text with `code`.
struct Inline<'a>(&'a str);

impl fmt::Display for Inline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, part) in self.0.split('`').enumerate() {
            let part = Escaped(part);
            if n % 2 == 0 { write!(f, "{part}")? } else { write!(f, "<code>{part}</code>")? }
        }
        Ok(())
    }
}

/// Paragraphs of it.
struct Prose<'a>(&'a Value);

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for paragraph in text(self.0).split("\n\n").filter(|it| !it.is_empty()) {
            write!(f, "<p>{}</p>", Inline(paragraph))?;
        }
        Ok(())
    }
}
