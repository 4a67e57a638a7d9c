//! `umbra share`.

use clap::Args;
use serde_json::json;
use umbra_model::Role;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Let somebody into a list, calendar or project, or change their role
#[derive(Args, Debug)]
pub struct Share {
    /// The list, calendar or project: its name or id
    space: String,
    /// Their name at the server
    user: String,
    /// viewer, commenter, editor, manager or owner
    role: Role,
}

impl Share {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let space = app.space(&self.space, &[]).await?;
        let shared = app.replica.share(space.id, &self.user, self.role).await;
        shared.map_err(|error| Failure::from(error).about_user(&self.user).of_command())?;
        let text = format!("{} is {} of `{}`.", self.user, self.role, plain(&space.name));
        let json = json!({ "space": space.id, "user": self.user, "role": self.role });
        app.output.report(&Said { json, text })
    }
}
