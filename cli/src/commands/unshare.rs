//! `umbra unshare`.

use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Remove a member; their devices are ordered to purge it
#[derive(Args, Debug)]
pub struct Unshare {
    /// The list, calendar or project: its name or id
    space: String,
    /// Their name at the server
    user: String,
}

impl Unshare {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let space = app.space(&self.space, &[]).await?;
        let unshared = app.replica.unshare(space.id, &self.user).await;
        unshared.map_err(|error| Failure::from(error).about_user(&self.user).of_command())?;
        let text = format!("{} is no longer in `{}`.", self.user, plain(&space.name));
        let json = json!({ "space": space.id, "user": self.user });
        app.output.report(&Said { json, text })
    }
}
