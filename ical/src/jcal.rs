//! Kept properties as jCal text (RFC 7265) in the entries of `ext`.
//!
//! Every property has the type `unknown`, whose value RFC 7265 defines to be the
//! raw text of the line: nothing can be lost in translation. The first component
//! is the thing itself; those with a `recurrence-id` are its occurrences. A
//! property of the type `x-umbra-whole` is one of which a field holds as much as
//! fits; one of `x-umbra-params` has no value, but the parameters of one that a
//! field holds.

use serde_json::{Map, Value, json};
use umbra_model::limits::EXT_VALUE_BYTES_MAX;
use umbra_model::value::LocalTime;

use crate::kept::{Kept, Part, Tree};
use crate::limits::{KEPT_PIECES_MAX, NESTING_MAX};
use crate::line::Line;

const PREFIX: &str = "ical.";
const PROPERTY: &str = "unknown";
const WHOLE: &str = "x-umbra-whole";
const PARAMS_ONLY: &str = "x-umbra-params";

/// The entries of `ext` that keep this; none where nothing is kept, `None` where
/// it is too much.
pub(crate) fn to_ext(kept: &Kept, component: &str) -> Option<Map<String, Value>> {
    if kept.is_empty() {
        return Some(Map::new());
    }
    let mut components = vec![part_json(component, None, &kept.main)];
    components
        .extend(kept.overrides.iter().map(|(id, part)| part_json(component, Some(*id), part)));
    components.extend(kept.zones.iter().map(tree_json));
    let text = escape_controls(&json!(["vcalendar", [], components]).to_string());
    let pieces = pieces(&text);
    let entry = |(at, piece): (usize, &str)| (format!("{PREFIX}{at:02}"), Value::from(piece));
    (pieces.len() <= KEPT_PIECES_MAX).then(|| pieces.into_iter().enumerate().map(entry).collect())
}

/// What these entries of `ext` keep. They may be anybody's: whatever isn't as it
/// should be is passed over.
pub(crate) fn from_ext(ext: &Map<String, Value>) -> Kept {
    let pieces =
        (0..KEPT_PIECES_MAX).map_while(|at| ext.get(&format!("{PREFIX}{at:02}"))?.as_str());
    let text: String = pieces.collect();
    let mut kept = Kept::default();
    let Ok(Value::Array(calendar)) = serde_json::from_str(&text) else { return kept };
    let components = calendar.get(2).and_then(Value::as_array);
    for (at, component) in components.into_iter().flatten().enumerate() {
        let Some(Read { tree, whole, params }) = read_component(component, 1) else { continue };
        if tree.name == "VTIMEZONE" {
            kept.zones.push(tree);
            continue;
        }
        let mut part = Part { lines: tree.lines, whole, params, children: tree.children };
        let id = part.lines.first().filter(|line| line.name == "RECURRENCE-ID");
        match id.map(|line| LocalTime::parse(&line.value)) {
            Some(Ok(id)) => {
                part.lines.remove(0);
                kept.overrides.insert(id, part);
            }
            _ if at == 0 => kept.main = part,
            _ => {}
        }
    }
    kept
}

/// The same JSON without the control characters that a document refuses and JSON
/// doesn't.
fn escape_controls(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut text, char| {
        if char.is_control() {
            text.push_str(&format!("\\u{:04x}", u32::from(char)));
        } else {
            text.push(char);
        }
        text
    })
}

fn part_json(component: &str, id: Option<LocalTime>, part: &Part) -> Value {
    let id = id.map(|id| json!(["recurrence-id", {}, PROPERTY, id.to_string()]));
    let lines = part.lines.iter().map(|line| line_json(line, PROPERTY));
    let whole = sorted(&part.whole).into_iter().map(|line| line_json(line, WHOLE));
    let params = sorted(&part.params).into_iter().map(|line| line_json(line, PARAMS_ONLY));
    let props: Vec<Value> = id.into_iter().chain(lines).chain(whole).chain(params).collect();
    let children: Vec<Value> = part.children.iter().map(tree_json).collect();
    json!([component, props, children])
}

/// Of properties that come anew from fields the order is ours.
fn sorted(lines: &[Line]) -> Vec<&Line> {
    let mut lines: Vec<&Line> = lines.iter().collect();
    lines.sort_by_key(|line| &line.name);
    lines
}

fn tree_json(tree: &Tree) -> Value {
    let props: Vec<Value> = tree.lines.iter().map(|line| line_json(line, PROPERTY)).collect();
    let children: Vec<Value> = tree.children.iter().map(tree_json).collect();
    json!([tree.name.to_ascii_lowercase(), props, children])
}

fn line_json(line: &Line, kind: &str) -> Value {
    let params: Map<String, Value> = line
        .params
        .iter()
        .map(|(name, values)| {
            let value = match values.as_slice() {
                [value] => json!(value),
                values => json!(values),
            };
            (name.to_ascii_lowercase(), value)
        })
        .collect();
    json!([line.name.to_ascii_lowercase(), params, kind, line.value])
}

/// A component, and of its properties those of a type of ours.
struct Read {
    tree: Tree,
    whole: Vec<Line>,
    params: Vec<Line>,
}

fn read_component(json: &Value, depth: usize) -> Option<Read> {
    let [name, props, children] = json.as_array()?.as_slice() else { return None };
    if depth > NESTING_MAX {
        return None;
    }
    let tree = Tree { name: read_name(name.as_str()?)?, lines: Vec::new(), children: Vec::new() };
    let mut read = Read { tree, whole: Vec::new(), params: Vec::new() };
    for (line, kind) in props.as_array()?.iter().filter_map(read_line) {
        match kind {
            WHOLE => read.whole.push(line),
            PARAMS_ONLY => read.params.push(line),
            _ => read.tree.lines.push(line),
        }
    }
    let children = children.as_array()?.iter().filter_map(|it| read_component(it, depth + 1));
    read.tree.children = children.map(|child| child.tree).collect();
    Some(read)
}

fn read_line(json: &Value) -> Option<(Line, &str)> {
    let [name, params, kind, value] = json.as_array()?.as_slice() else { return None };
    let mut line = Line::new(&read_name(name.as_str()?)?, read_value(value.as_str()?)?);
    for (name, value) in params.as_object()? {
        let values = match value {
            Value::String(value) => vec![read_param(value)?],
            Value::Array(values) => {
                values.iter().map(|value| read_param(value.as_str()?)).collect::<Option<_>>()?
            }
            _ => return None,
        };
        line.params.push((read_name(name)?, values));
    }
    Some((line, kind.as_str()?))
}

/// A name that can begin a line without being more than one.
fn read_name(name: &str) -> Option<String> {
    let name = name.to_ascii_uppercase();
    let fits = !name.is_empty()
        && !name.contains([':', ';', ',', '=', '"'])
        && !name.bytes().any(|byte| byte.is_ascii_control())
        && !matches!(name.as_str(), "BEGIN" | "END");
    fits.then_some(name)
}

fn read_value(value: &str) -> Option<String> {
    let on_one_line = !value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t');
    on_one_line.then(|| value.to_owned())
}

fn read_param(value: &str) -> Option<String> {
    read_value(value).filter(|value| !value.contains('"'))
}

/// The text in pieces that an entry takes.
fn pieces(mut text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    while !text.is_empty() {
        let mut end = text.len().min(EXT_VALUE_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        text = rest;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::KEPT_BYTES_MAX;
    use crate::report::What;

    fn line(text: &str) -> Line {
        Line::parse(text).unwrap()
    }

    fn sample() -> Kept {
        let mut kept = Kept::default();
        kept.main.lines.push(line("ATTENDEE;CN=\"Doe, Jane\";ROLE=CHAIR:mailto:jane@example.org"));
        kept.main.whole.push(line("LOCATION:very long"));
        kept.main.params.push(line("SUMMARY;LANGUAGE=en:"));
        kept.main.children.push(Tree {
            name: "VALARM".to_owned(),
            lines: vec![line("TRIGGER:-PT15M"), line("DESCRIPTION:a\\, \"b\" é😀\u{9d}")],
            children: Vec::new(),
        });
        let id = LocalTime::parse("2026-03-01T09:00:00").unwrap();
        let part = Part { lines: vec![line("X-A:1")], ..Part::default() };
        kept.overrides.insert(id, part);
        kept.zones.push(Tree {
            name: "VTIMEZONE".to_owned(),
            lines: vec![line("TZID:Home")],
            children: Vec::new(),
        });
        kept
    }

    #[test]
    fn what_is_kept_comes_back() {
        let kept = sample();
        assert_eq!(from_ext(&to_ext(&kept, "vevent").unwrap()), kept);
        assert!(to_ext(&Kept::default(), "vevent").unwrap().is_empty());
    }

    #[test]
    fn much_is_cut_into_pieces_and_too_much_is_left_out() {
        let mut kept = sample();
        kept.main.lines.push(line(&format!("X-LONG:{}", "é".repeat(20_000))));
        assert!(kept.shrink().is_empty());
        let ext = to_ext(&kept, "vevent").unwrap();
        assert!(ext.len() > 9 && ext.values().all(|it| it.as_str().unwrap().len() <= 4_096));
        assert_eq!(from_ext(&ext), kept);

        let whole = kept.clone();
        kept.main.lines.push(line(&format!("ATTACH:{}", "x".repeat(KEPT_BYTES_MAX))));
        assert!(matches!(&kept.shrink()[..], [What::TooLarge { name, .. }] if name == "ATTACH"));
        assert_eq!(kept, whole);
    }

    #[test]
    fn a_hostile_ext_adds_no_lines() {
        for text in [
            r#"["vcalendar",[],[["vevent",[["x-a\r\nBEGIN:VALARM",{},"unknown","1"]],[]]]]"#,
            r#"["vcalendar",[],[["vevent",[["x-a",{},"unknown","1\r\nATTENDEE:x"]],[]]]]"#,
            r#"["vcalendar",[],[["vevent",[["x-a",{"p":"\"\r\n"},"unknown","1"]],[]]]]"#,
            r#"["vcalendar",[],[["vevent",[["end",{},"unknown","VEVENT"]],[]]]]"#,
            r#"["vcalendar",[],[["vevent\r\nX:1",[],[]]]]"#,
            r#"["vcalendar",[],{"a":1}]"#,
            "[[[[",
        ] {
            let ext = Map::from_iter([("ical.00".to_owned(), Value::from(text))]);
            assert_eq!(from_ext(&ext), Kept::default(), "{text}");
        }
    }
}
