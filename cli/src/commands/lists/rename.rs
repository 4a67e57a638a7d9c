use clap::Args;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Give a list, calendar or project another name
#[derive(Args, Debug)]
pub struct Rename {
    /// The list, calendar or project: its name or id
    space: String,
    /// What to call it
    name: String,
}

impl Rename {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let space = app.space(&self.space, &[]).await?;
        app.replica.rename_space(space.id, self.name.trim()).await?;
        let text = format!("`{}` is now `{}`.", plain(&space.name), plain(self.name.trim()));
        let space = app.replica.space(space.id).await?;
        let json = serde_json::to_value(&space).map_err(Failure::internal)?;
        app.output.report(&Said { json, text })
    }
}
