use clap::Args;
use umbra_model::SpaceKind;

use crate::app::App;
use crate::choose::kind_text;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Make a list, calendar or project
#[derive(Args, Debug)]
pub struct Add {
    /// What to call it
    name: String,
    /// What it is for
    #[arg(long, short, default_value = "list", value_name = "KIND")]
    kind: Kind,
}

/// What can be made.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Kind {
    /// For todos
    List,
    /// For events
    Calendar,
    /// For todos in sections
    Project,
}

impl Add {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let kind = match self.kind {
            Kind::List => SpaceKind::List,
            Kind::Calendar => SpaceKind::Calendar,
            Kind::Project => SpaceKind::Project,
        };
        make(app, kind, &self.name).await
    }
}

/// Makes a space.
pub async fn make(app: &App<'_>, kind: SpaceKind, name: &str) -> Result<Exit> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Failure::usage(format!("a {} needs a name", kind_text(kind))));
    }
    let id = app.replica.create_space(kind, name).await?;
    let space = app.replica.space(id).await?;
    let text = format!("Made the {} `{}`.", kind_text(kind), plain(name));
    let json = serde_json::to_value(&space).map_err(Failure::internal)?;
    app.output.report(&Said { json, text })
}
