//! `umbra event`.

mod add;
mod edit;
mod fields;
mod occurrence;
mod rm;
mod show;

use clap::{Args, Subcommand};
use umbra_client_core::replica::{Filter, Trash};
use umbra_model::Kind;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;

/// Events
#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub struct Event {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Add an event
    Add(add::Add),
    /// Change an event, or one occurrence of it
    Edit(edit::EditEvent),
    /// Put an event into the trash, or leave out one occurrence of it
    Rm(rm::Rm),
    /// Show an event with all that it says
    Show(show::Show),
}

impl Event {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        match self.action {
            Action::Add(add) => add.run(app).await,
            Action::Edit(edit) => edit.run(app).await,
            Action::Rm(rm) => rm.run(app).await,
            Action::Show(show) => show.run(app).await,
        }
    }
}

/// Events, in the trash or not.
fn events(trash: Trash) -> Filter {
    Filter { kinds: vec![Kind::Event], trash, ..Filter::default() }
}
