//! `umbra project`.

mod section;
mod show;

use clap::{Args, Subcommand};
use umbra_model::SpaceKind;

use crate::app::App;
use crate::commands::lists::{add, ls};
use crate::exit::Exit;
use crate::failure::Result;

/// Projects, with their sections
#[derive(Args, Debug)]
pub struct Project {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Show all projects
    Ls,
    /// Make a project
    Add {
        /// What to call it
        name: String,
    },
    /// Show the todos of a project by section
    Show(show::Show),
    /// Make, rename or remove a section
    Section(section::Section),
}

impl Project {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        match self.action {
            None | Some(Action::Ls) => {
                let mut spaces = app.replica.spaces().await?;
                spaces.retain(|space| space.kind == SpaceKind::Project && !space.archived);
                app.output.report(&ls::Spaces(spaces))
            }
            Some(Action::Add { name }) => add::make(app, SpaceKind::Project, &name).await,
            Some(Action::Show(show)) => show.run(app).await,
            Some(Action::Section(section)) => section.run(app).await,
        }
    }
}
