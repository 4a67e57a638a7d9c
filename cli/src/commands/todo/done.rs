use clap::Args;
use serde_json::Value;
use umbra_client_core::Edit;
use umbra_client_core::replica::{Document, Trash};
use umbra_model::UserId;
use umbra_model::value::{Cluster, LogMark, Outcome, Stamp};

use super::todos;
use crate::app::App;
use crate::document::{done_json, next_due, next_occurrence};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Mark todos as done; of a repeating one its next occurrence
#[derive(Args, Debug)]
pub struct Done {
    /// The todos: words of their titles, or their ids
    #[arg(required = true)]
    todos: Vec<String>,
    /// Leave the next occurrence of a repeating todo out on purpose
    #[arg(long)]
    skip: bool,
}

impl Done {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let mut found = Vec::new();
        for text in &self.todos {
            found.push(app.document(text, &todos(Trash::Without)).await?);
        }
        let mut done: Vec<Value> = Vec::new();
        let mut lines = Vec::new();
        for todo in &found {
            let edits = self.edits(app, todo, app.me(todo.space).await?)?;
            app.replica.edit(todo.id, &edits).await?;
            let todo = app.replica.get(todo.id).await?;
            lines.push(said(app, &todo, self.skip));
            done.push(done_json(if self.skip { "skipped" } else { "done" }, &todo));
        }
        let json = if done.len() == 1 { done.remove(0) } else { Value::Array(done) };
        app.output.report(&Said { json, text: lines.join("\n") })
    }

    fn edits(&self, app: &App<'_>, todo: &Document, by: UserId) -> Result<Vec<Edit>> {
        let at = app.look().now;
        if todo.view.get("repeat").is_some() {
            let id = next_occurrence(todo, app.look()).ok_or_else(|| {
                Failure::usage(format!("nothing is left to do of `{}`", plain(&todo.title)))
            })?;
            let outcome = if self.skip { Outcome::Skipped } else { Outcome::Done };
            let mark = LogMark { at, by, outcome }.canonical().map_err(Failure::internal)?;
            return Ok(vec![Edit::put("log", id.to_string(), mark)]);
        }
        if self.skip {
            let message =
                format!("`{}` doesn't repeat, so nothing can be skipped", plain(&todo.title));
            return Err(Failure::usage(message));
        }
        let stamp = Stamp { at, by }.canonical().map_err(Failure::internal)?;
        Ok(vec![Edit::set("state", "done"), Edit::set("done", stamp)])
    }
}

fn said(app: &App<'_>, todo: &Document, skip: bool) -> String {
    let title = plain(&todo.title);
    if todo.view.get("repeat").is_none() {
        return format!("Done: `{title}`.");
    }
    let next = match next_due(todo, app.look()) {
        Some(next) => format!("next {}", app.look().local(next)),
        None => "that was the last".to_owned(),
    };
    format!("{}: `{title}`; {next}.", if skip { "Skipped" } else { "Done" })
}
