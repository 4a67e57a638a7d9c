//! `umbra refused`.

mod dismiss;
mod ls;
mod retry;
mod show;

use clap::{Args, Subcommand};

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;

/// Edits that the server refused, or that were rescued when access ended
///
/// What you wrote stays here until you dismiss it or try it again with success.
#[derive(Args, Debug)]
pub struct Refused {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Show them
    Ls,
    /// Show one with all that it says
    Show(show::Show),
    /// Make one again, as a fresh edit of what is there now
    Retry(retry::Retry),
    /// Throw one away, for good
    Dismiss(dismiss::Dismiss),
}

impl Refused {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        match self.action {
            None | Some(Action::Ls) => ls::run(app).await,
            Some(Action::Show(show)) => show.run(app).await,
            Some(Action::Retry(retry)) => retry.run(app).await,
            Some(Action::Dismiss(dismiss)) => dismiss.run(app).await,
        }
    }
}
