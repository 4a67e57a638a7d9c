use clap::Args;
use umbra_client_core::Edit;
use umbra_client_core::replica::Trash;

use super::events;
use super::occurrence::{occurrence, schedule};
use crate::app::App;
use crate::document::done_json;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Put an event into the trash, or leave out one occurrence of it
#[derive(Args, Debug)]
pub struct Rm {
    /// The event: words of its title, or its id
    event: String,
    /// Leave out only the occurrence on this day, or at this time
    #[arg(long, value_name = "WHEN")]
    only: Option<String>,
    /// Take it out of the trash again
    #[arg(long, conflicts_with = "only")]
    undo: bool,
}

impl Rm {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let trash = if self.undo { Trash::Only } else { Trash::Without };
        let event = app.document(&self.event, &events(trash)).await?;
        let title = plain(&event.title);
        let (action, text) = match (&self.only, self.undo) {
            (Some(only), _) => {
                if !schedule(&event)?.repeats() {
                    return Err(Failure::usage(format!("`{title}` happens only once"))
                        .remedy("Leave --only out to put it into the trash."));
                }
                let id = occurrence(app, &event, only)?;
                let edit = Edit::put("overrides", format!("{id}/excluded"), true);
                app.replica.edit(event.id, &[edit]).await?;
                ("excluded", format!("`{title}` doesn't happen on {}.", app.look().day(id.date())))
            }
            (None, true) => {
                app.replica.restore(event.id).await?;
                ("restored", format!("Back from the trash: `{title}`."))
            }
            (None, false) => {
                app.replica.trash(event.id).await?;
                ("trashed", format!("In the trash: `{title}`."))
            }
        };
        let event = app.replica.get(event.id).await?;
        app.output.report(&Said { json: done_json(action, &event), text })
    }
}
