//! `umbra leave`.

use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Leave something that was shared with you
#[derive(Args, Debug)]
pub struct Leave {
    /// The list, calendar or project: its name or id
    space: String,
}

impl Leave {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let space = app.space(&self.space, &[]).await?;
        app.replica.leave(space.id).await.map_err(|error| Failure::from(error).of_command())?;
        let text = format!(
            "You have left `{}`. It leaves this device with the next sync.",
            plain(&space.name)
        );
        app.output.report(&Said { json: json!({ "space": space.id }), text })
    }
}
