use clap::Args;
use umbra_client_core::Edit;
use umbra_client_core::replica::Trash;

use super::fields::Fields;
use super::todos;
use crate::app::App;
use crate::document::done_json;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Change a todo; `none` clears what can be empty
#[derive(Args, Debug)]
pub struct EditTodo {
    /// The todo: words of its title, or its id
    todo: String,
    /// What is to be done
    #[arg(long, short, value_name = "TEXT")]
    title: Option<String>,
    /// How far it is
    #[arg(long, value_name = "STATE")]
    state: Option<State>,
    #[command(flatten)]
    fields: Fields,
}

/// How far a todo is.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum State {
    /// Not begun
    Open,
    /// Begun
    Doing,
    /// Won't be done
    Cancelled,
}

impl EditTodo {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let todo = app.document(&self.todo, &todos(Trash::Without)).await?;
        let space = app.replica.space(todo.space).await?;
        let mut edits = Vec::new();
        if let Some(title) = &self.title {
            edits.push(Edit::set("title", title.trim()));
        }
        if let Some(state) = self.state {
            let state = match state {
                State::Open => "open",
                State::Doing => "doing",
                State::Cancelled => "cancelled",
            };
            edits.push(Edit::set("state", state));
        }
        edits.extend(self.fields.edits(app, &space, Some(&todo)).await?);
        if edits.is_empty() {
            return Err(Failure::usage("nothing to change").remedy("See `umbra todo edit --help`."));
        }
        let changed = app.replica.edit(todo.id, &edits).await?;
        let todo = app.replica.get(todo.id).await?;
        let title = plain(&todo.title);
        let text = if changed {
            format!("Changed `{title}`.")
        } else {
            format!("`{title}` is so already.")
        };
        let action = if changed { "changed" } else { "unchanged" };
        app.output.report(&Said { json: done_json(action, &todo), text })
    }
}
