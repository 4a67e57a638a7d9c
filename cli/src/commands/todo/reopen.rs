use clap::Args;
use umbra_client_core::Edit;
use umbra_client_core::edit::Value;
use umbra_client_core::replica::{Document, Trash};

use super::todos;
use crate::app::App;
use crate::document::json_list;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::plain;
use crate::output::Said;

/// Open todos again; of a repeating one what was done last
#[derive(Args, Debug)]
pub struct Reopen {
    /// The todos: words of their titles, or their ids
    #[arg(required = true)]
    todos: Vec<String>,
}

impl Reopen {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let mut found = Vec::new();
        for text in &self.todos {
            found.push(app.document(text, &todos(Trash::Without)).await?);
        }
        let mut open = Vec::new();
        for todo in &found {
            app.replica.edit(todo.id, &edits(todo)).await?;
            open.push(app.replica.get(todo.id).await?);
        }
        let lines: Vec<String> =
            open.iter().map(|todo| format!("Open again: `{}`.", plain(&todo.title))).collect();
        app.output.report(&Said { json: json_list(&open), text: lines.join("\n") })
    }
}

fn edits(todo: &Document) -> Vec<Edit> {
    let mut edits = vec![Edit::set("state", "open"), Edit::set("done", Value::Null)];
    let log = todo.view.get("log").and_then(serde_json::Value::as_object);
    if let Some(last) = log.and_then(|log| log.keys().max()) {
        edits.push(Edit::remove("log", last.clone()));
    }
    edits
}
