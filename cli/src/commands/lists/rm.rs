use std::io::{BufRead, IsTerminal, Write};

use clap::Args;
use serde_json::json;
use umbra_client_core::replica::{Filter, Space};
use umbra_model::Kind;

use crate::app::App;
use crate::choose::kind_text;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::{count, plain};
use crate::output::Said;

/// Delete a list, calendar or project with all that is in it, for everybody
#[derive(Args, Debug)]
pub struct Rm {
    /// The list, calendar or project: its name or id
    space: String,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

impl Rm {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let space = app.space(&self.space, &[]).await?;
        if !self.yes {
            ask(app, &space).await?;
        }
        app.replica
            .delete_space(space.id)
            .await
            .map_err(|error| Failure::from(error).of_command())?;
        let text = format!(
            "Deleted the {} `{}`. It leaves each device with its next sync.",
            kind_text(space.kind),
            plain(&space.name)
        );
        app.output.report(&Said { json: json!({ "space": space.id }), text })
    }
}

/// Asks, as this can't be taken back.
async fn ask(app: &App<'_>, space: &Space) -> Result<()> {
    let kinds = vec![Kind::Todo, Kind::Event];
    let filter = Filter { spaces: vec![space.id], kinds, ..Filter::default() };
    let documents = count(app.replica.list(&filter).await?.len(), "thing");
    let name = plain(&space.name);
    let what = format!("`{name}` with {documents} would be deleted for everybody, for good");
    let refuse = |what: String| Err(Failure::usage(what).remedy("Say so with --yes."));
    if app.output.json || !std::io::stdin().is_terminal() {
        return refuse(what);
    }
    let mut stderr = anstream::stderr().lock();
    let _ = write!(stderr, "{what}. Type its name to go on: ");
    let _ = stderr.flush();
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Failure::internal)?;
    if line.trim() == space.name.trim() { Ok(()) } else { refuse("nothing was deleted".to_owned()) }
}
