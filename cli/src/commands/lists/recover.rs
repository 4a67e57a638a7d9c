use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::plain;
use crate::output::Said;

/// Let others write again after the server was restored
///
/// Your own devices do so by themselves, once they have given back what the server
/// lost. This is for when none of them is left that held the list before.
#[derive(Args, Debug)]
pub struct Recover {
    /// The list, calendar or project: its name or id
    space: String,
}

impl Recover {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let space = app.space(&self.space, &[]).await?;
        app.replica.end_recovery(space.id).await?;
        let text = format!("Others can write to `{}` after the next sync.", plain(&space.name));
        app.output.report(&Said { json: json!({ "space": space.id }), text })
    }
}
