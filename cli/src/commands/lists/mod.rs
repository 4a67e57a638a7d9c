//! `umbra lists`.

pub mod add;
mod archive;
pub mod ls;
mod recover;
mod rename;
mod rm;

use clap::{Args, Subcommand};

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;

/// Lists, calendars and projects
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Lists {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    ls: ls::Ls,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Show them
    #[command(visible_alias = "list")]
    Ls(ls::Ls),
    /// Make one
    Add(add::Add),
    /// Give one another name
    Rename(rename::Rename),
    /// Delete one with all that is in it, for everybody
    Rm(rm::Rm),
    /// Put one away, or take it out again
    Archive(archive::Archive),
    /// Let others write again after the server was restored
    Recover(recover::Recover),
}

impl Lists {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        match self.action {
            None => self.ls.run(app).await,
            Some(Action::Ls(ls)) => ls.run(app).await,
            Some(Action::Add(add)) => add.run(app).await,
            Some(Action::Rename(rename)) => rename.run(app).await,
            Some(Action::Rm(rm)) => rm.run(app).await,
            Some(Action::Archive(archive)) => archive.run(app).await,
            Some(Action::Recover(recover)) => recover.run(app).await,
        }
    }
}
