use clap::Args;
use umbra_client_core::replica::Trash;

use super::todos;
use crate::app::App;
use crate::document::json_list;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::plain;
use crate::output::Said;

/// Put todos into the trash, or take them out
#[derive(Args, Debug)]
pub struct Rm {
    /// The todos: words of their titles, or their ids
    #[arg(required = true)]
    todos: Vec<String>,
    /// Take them out of the trash again
    #[arg(long)]
    undo: bool,
}

impl Rm {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let trash = if self.undo { Trash::Only } else { Trash::Without };
        let mut found = Vec::new();
        for text in &self.todos {
            found.push(app.document(text, &todos(trash)).await?);
        }
        let mut lines = Vec::new();
        for todo in &mut found {
            if self.undo {
                app.replica.restore(todo.id).await?;
            } else {
                app.replica.trash(todo.id).await?;
            }
            let what = if self.undo { "Back from the trash" } else { "In the trash" };
            lines.push(format!("{what}: `{}`.", plain(&todo.title)));
            *todo = app.replica.get(todo.id).await?;
        }
        app.output.report(&Said { json: json_list(&found), text: lines.join("\n") })
    }
}
