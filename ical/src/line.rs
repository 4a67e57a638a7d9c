//! A content line: a name, parameters, and a value in its raw text.

use std::fmt::Write;

/// A property as it stands in a file, unfolded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Line {
    /// Its name, in upper case.
    pub name: String,
    /// Its parameters, by name in upper case.
    pub params: Vec<(String, Vec<String>)>,
    /// Its value, escaped as it is in the file.
    pub value: String,
}

/// The most bytes of a line before it is folded.
const LINE_BYTES_MAX: usize = 75;

impl Line {
    /// A line without parameters.
    pub(crate) fn new(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), params: Vec::new(), value: value.into() }
    }

    /// The same line with one more parameter.
    pub(crate) fn with(mut self, param: &str, value: &str) -> Self {
        self.params.push((param.to_owned(), vec![value.to_owned()]));
        self
    }

    /// Reads a line, without the control characters that no line may have; `None`
    /// where it has no value.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text: String =
            text.chars().filter(|char| !char.is_ascii_control() || *char == '\t').collect();
        let end = text.find([':', ';'])?;
        let mut line = Self::new(&text[..end].trim().to_ascii_uppercase(), "");
        let mut rest = &text[end..];
        while let Some(params) = rest.strip_prefix(';') {
            let (param, after) = parse_param(params)?;
            if !param.0.is_empty() {
                line.params.push(param);
            }
            rest = after;
        }
        line.value = rest.strip_prefix(':')?.to_owned();
        Some(line).filter(|line| !line.name.is_empty())
    }

    /// The values of a parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(it, _)| it == name)?.1.first().map(String::as_str)
    }

    /// Writes the line, folded.
    pub(crate) fn write(&self, out: &mut String) {
        let mut line = self.name.clone();
        for (name, values) in &self.params {
            line.push(';');
            line.push_str(name);
            for (at, value) in values.iter().enumerate() {
                line.push(if at == 0 { '=' } else { ',' });
                if value.contains([':', ';', ',']) {
                    let _ = write!(line, "\"{value}\"");
                } else {
                    line.push_str(value);
                }
            }
        }
        line.push(':');
        line.push_str(&self.value);
        fold(&line, out);
    }

    /// How many bytes it takes as jCal, and a few more.
    pub(crate) fn len(&self) -> usize {
        let escaped =
            self.value.bytes().filter(|byte| matches!(byte, b'"' | b'\\' | b'\t')).count();
        let params = self.params.iter().flat_map(|(name, values)| {
            values.iter().map(|value| value.len() + 3).chain([name.len() + 6])
        });
        self.name.len() + self.value.len() + escaped + params.sum::<usize>() + 24
    }
}

/// `NAME=value,"value":rest` after its semicolon.
fn parse_param(text: &str) -> Option<((String, Vec<String>), &str)> {
    let end = text.find(['=', ';', ':'])?;
    let name = text[..end].trim().to_ascii_uppercase();
    let mut values = Vec::new();
    let mut rest = &text[end..];
    while let Some(after) = rest.strip_prefix(if values.is_empty() { '=' } else { ',' }) {
        let (value, after) = parse_param_value(after)?;
        values.push(value);
        rest = after;
    }
    rest.starts_with([';', ':']).then_some(((name, values), rest))
}

/// A value up to what ends it outside of quotes, without the quotes.
fn parse_param_value(text: &str) -> Option<(String, &str)> {
    let mut quoted = false;
    let end = text.find(|char| {
        quoted ^= char == '"';
        !quoted && matches!(char, ',' | ';' | ':')
    })?;
    let (value, rest) = text.split_at(end);
    let value = if value.contains('"') { value.trim() } else { value };
    Some((value.replace('"', ""), rest))
}

/// Writes a line in pieces of at most 75 bytes, never within a character.
pub(crate) fn fold(mut line: &str, out: &mut String) {
    let mut room = LINE_BYTES_MAX;
    while line.len() > room {
        let mut end = room;
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        out.push_str(&line[..end]);
        out.push_str("\r\n ");
        line = &line[end..];
        room = LINE_BYTES_MAX - 1;
    }
    out.push_str(line);
    out.push_str("\r\n");
}

/// The lines of a file with their continuations joined, without empty ones.
pub(crate) fn unfold(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            _ if line.trim().is_empty() => {}
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_and_put_together() {
        let text = "attendee;CN=\"Doe, Jane\";member=\"mailto:a@x\",\"mailto:b@x\":mailto:jane@x";
        let line = Line::parse(text).unwrap();
        assert_eq!(line.name, "ATTENDEE");
        assert_eq!(line.param("CN"), Some("Doe, Jane"));
        assert_eq!(line.params[1].1, ["mailto:a@x", "mailto:b@x"]);
        assert_eq!(line.value, "mailto:jane@x");
        let mut out = String::new();
        line.write(&mut out);
        assert_eq!(
            unfold(&out).concat(),
            text.replace("attendee", "ATTENDEE").replace("member", "MEMBER")
        );
    }

    #[test]
    fn what_is_no_line_is_none() {
        for text in ["", "NAME", "NAME;P=1", ":value", "NAME;P=\"open:value", "NAME;P"] {
            assert_eq!(Line::parse(text), None, "{text}");
        }
    }

    #[test]
    fn folding_keeps_characters_whole() {
        let line = format!("SUMMARY:{}", "é€😀".repeat(100));
        let mut out = String::new();
        fold(&line, &mut out);
        assert!(out.split("\r\n").all(|piece| piece.len() <= LINE_BYTES_MAX));
        assert_eq!(unfold(&out), [line]);
    }
}
