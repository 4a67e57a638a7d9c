//! `umbra todo`.

mod add;
mod done;
mod edit;
pub mod fields;
pub mod ls;
mod reopen;
mod rm;
mod show;

use clap::{Args, Subcommand};
use umbra_client_core::replica::{Filter, Trash};
use umbra_model::Kind;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;

/// Todos
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Todo {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    ls: ls::Ls,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Add a todo
    Add(add::Add),
    /// Mark todos as done; of a repeating one its next occurrence
    Done(done::Done),
    /// Open todos again
    Reopen(reopen::Reopen),
    /// Change a todo
    Edit(edit::EditTodo),
    /// Put todos into the trash, or take them out
    Rm(rm::Rm),
    /// Show todos, the earliest due first
    #[command(visible_alias = "list")]
    Ls(ls::Ls),
    /// Show a todo with all that it says
    Show(show::Show),
}

impl Todo {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        match self.action {
            None => self.ls.run(app).await,
            Some(Action::Add(add)) => add.run(app).await,
            Some(Action::Done(done)) => done.run(app).await,
            Some(Action::Reopen(reopen)) => reopen.run(app).await,
            Some(Action::Edit(edit)) => edit.run(app).await,
            Some(Action::Rm(rm)) => rm.run(app).await,
            Some(Action::Ls(ls)) => ls.run(app).await,
            Some(Action::Show(show)) => show.run(app).await,
        }
    }
}

/// Todos, in the trash or not.
fn todos(trash: Trash) -> Filter {
    Filter { kinds: vec![Kind::Todo], trash, ..Filter::default() }
}
