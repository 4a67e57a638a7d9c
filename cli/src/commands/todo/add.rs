use clap::Args;
use umbra_client_core::Edit;
use umbra_model::{Kind, SpaceKind};

use super::fields::Fields;
use crate::app::App;
use crate::document::{done_json, next_due};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Add a todo
#[derive(Args, Debug)]
pub struct Add {
    /// What is to be done
    #[arg(required = true)]
    title: Vec<String>,
    /// The list or project to put it in
    #[arg(long, short, value_name = "NAME")]
    list: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

impl Add {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let title = self.title.join(" ");
        if title.trim().is_empty() {
            return Err(Failure::usage("a todo needs a title"));
        }
        let space = app.space_or_default(self.list.as_deref(), SpaceKind::List).await?;
        let mut edits = vec![Edit::set("title", title.trim())];
        edits.extend(self.fields.edits(app, &space, None).await?);
        let id = app.replica.create(space.id, Kind::Todo, edits).await?;
        let todo = app.replica.get(id).await?;
        let due = next_due(&todo, app.look()).map(|due| format!(", due {}", app.look().local(due)));
        let text = format!(
            "Added `{}` to `{}`{}.",
            plain(&todo.title),
            plain(&space.name),
            due.unwrap_or_default()
        );
        app.output.report(&Said { json: done_json("added", &todo), text })
    }
}
