use clap::Args;
use serde_json::Value;
use umbra_client_core::Edit;
use umbra_client_core::edit;
use umbra_client_core::replica::RefusedEdit;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint, plain, plain_lines};
use crate::output::Report;

/// Show a refused edit with all that it says
#[derive(Args, Debug)]
pub struct Show {
    /// Its number in the tray
    no: u64,
}

impl Show {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        app.output.report(&Entry(app.replica.refused_edit(self.no).await?))
    }
}

/// An entry of the tray.
pub struct Entry(pub RefusedEdit);

impl Report for Entry {
    fn json(&self) -> Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn text(&self, look: &Look) -> String {
        let entry = &self.0;
        let line = |name: &str, value: String| {
            format!("{}{value}", look.paint(Paint::Dim, &format!("{name:<9}")))
        };
        let title = look.paint(Paint::Strong, &plain(&entry.title));
        let mut lines = vec![
            line("what", format!("{title} ({})", entry.kind)),
            line("made", look.ago(entry.made)),
            line("refused", look.ago(entry.refused)),
            line("reason", look.paint(Paint::Late, &plain(&entry.reason))),
            line("code", entry.code.clone()),
        ];
        if let Some(rule) = &entry.rule {
            lines.push(line("rule", rule.clone()));
        }
        lines.push(look.paint(Paint::Dim, "what you wrote"));
        lines.extend(entry.edits.iter().map(|edit| format!("  {}", written(edit))));
        let next = if entry.retriable {
            format!("`umbra refused retry {0}` or `umbra refused dismiss {0}`", entry.id)
        } else {
            format!("It can't be tried again here; `umbra refused dismiss {}`", entry.id)
        };
        lines.push(look.paint(Paint::Dim, &next));
        lines.join("\n")
    }
}

/// What an edit would have done.
fn written(edit: &Edit) -> String {
    match edit {
        Edit::Set { field, value } => format!("{field} = {}", value_text(value)),
        Edit::Put { field, key, value } => format!("{field}/{key} = {}", value_text(value)),
        Edit::Remove { field, key } => format!("{field}/{key} removed"),
        Edit::Entries { field, entries } => format!("{field} = {} entries", entries.len()),
        Edit::Text { field, text } => format!("{field} reads\n{}", indented(text)),
        Edit::Splice { field, at, delete, insert } => {
            let gone =
                if *delete > 0 { format!(", {delete} characters gone") } else { String::new() };
            format!("{field} at {at}{gone}\n{}", indented(insert))
        }
    }
}

fn value_text(value: &edit::Value) -> String {
    match value {
        edit::Value::Null => "nothing".to_owned(),
        edit::Value::Bool(flag) => flag.to_string(),
        edit::Value::Int(number) => number.to_string(),
        edit::Value::Str(text) => format!("`{}`", plain(text)),
    }
}

fn indented(text: &str) -> String {
    plain_lines(text).lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use umbra_model::{DocId, Kind, SpaceId};

    use super::*;

    #[test]
    fn an_entry_shows_what_was_written() {
        let look = Look::plain("2026-11-24T12:00:00", "UTC");
        let entry = Entry(RefusedEdit {
            id: 7,
            doc: DocId::from_bytes([1; 16]),
            space: SpaceId::from_bytes([2; 16]),
            kind: Kind::Event,
            title: "Dinner".to_owned(),
            label: "title".to_owned(),
            made: look.now,
            refused: look.now,
            code: "role_too_weak".to_owned(),
            path: None,
            rule: Some("event.write.editor".to_owned()),
            reason: "a viewer may not change it".to_owned(),
            edits: vec![Edit::set("title", "Supper"), Edit::text("desc", "two\nlines")],
            retriable: true,
        });
        assert_eq!(
            entry.text(&look),
            "what     Dinner (event)\n\
             made     just now\n\
             refused  just now\n\
             reason   a viewer may not change it\n\
             code     role_too_weak\n\
             rule     event.write.editor\n\
             what you wrote\n  \
               title = `Supper`\n  \
               desc reads\n    two\n    lines\n\
             `umbra refused retry 7` or `umbra refused dismiss 7`"
        );
    }
}
