use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::plain;
use crate::output::Said;

/// Put a list, calendar or project away
#[derive(Args, Debug)]
pub struct Archive {
    /// The list, calendar or project: its name or id
    space: String,
    /// Take it out again
    #[arg(long)]
    undo: bool,
}

impl Archive {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let space = app.space(&self.space, &[]).await?;
        app.replica.archive_space(space.id, !self.undo).await?;
        let what = if self.undo { "is back" } else { "is put away" };
        let text = format!("`{}` {what}.", plain(&space.name));
        app.output
            .report(&Said { json: json!({ "space": space.id, "archived": !self.undo }), text })
    }
}
