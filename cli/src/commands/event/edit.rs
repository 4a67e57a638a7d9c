use clap::Args;
use umbra_client_core::Edit;
use umbra_client_core::replica::{Document, Trash};
use umbra_model::Privacy;
use umbra_model::recurrence::Schedule;
use umbra_model::value::{Cluster, When};

use super::events;
use super::fields::{Times, Words, rule};
use super::occurrence::{occurrence, schedule};
use super::show::when_text;
use crate::app::App;
use crate::document::done_json;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Change an event, or one occurrence of it; `none` clears what can be empty
#[derive(Args, Debug)]
pub struct EditEvent {
    /// The event: words of its title, or its id
    event: String,
    /// Change only the occurrence on this day, or at this time
    #[arg(long, value_name = "WHEN")]
    only: Option<String>,
    /// What it is called
    #[arg(long, short, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    times: Times,
    /// How it repeats, such as `weekly`, `every mon, thu` or a rule
    #[arg(long, short, value_name = "HOW", conflicts_with = "only")]
    repeat: Option<String>,
    #[command(flatten)]
    words: Words,
    /// Who may see it
    #[arg(long, value_name = "PRIVACY", conflicts_with = "only")]
    privacy: Option<Seen>,
}

/// Who may see an event.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Seen {
    /// Every member
    Default,
    /// Others see only that the time is taken
    Private,
    /// Others don't know that it exists
    Secret,
}

impl EditEvent {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let event = app.document(&self.event, &events(Trash::Without)).await?;
        let edits = match &self.only {
            Some(only) => self.of_one(app, &event, only)?,
            None => self.of_all(app, &event)?,
        };
        if edits.is_empty() && self.privacy.is_none() {
            return Err(
                Failure::usage("nothing to change").remedy("See `umbra event edit --help`.")
            );
        }
        let mut changed = !edits.is_empty() && app.replica.edit(event.id, &edits).await?;
        if let Some(privacy) = self.privacy {
            let privacy = match privacy {
                Seen::Default => Privacy::Default,
                Seen::Private => Privacy::Busy,
                Seen::Secret => Privacy::Secret,
            };
            app.replica.set_privacy(event.id, privacy).await?;
            changed = true;
        }
        let event = app.replica.get(event.id).await?;
        let title = plain(&event.title);
        let text = match (changed, &self.only) {
            (false, _) => format!("`{title}` is so already."),
            (true, None) => format!("Changed `{title}`: {}.", when_text(&event, app.look())),
            (true, Some(_)) => format!("Changed one occurrence of `{title}`."),
        };
        let action = if changed { "changed" } else { "unchanged" };
        app.output.report(&Said { json: done_json(action, &event), text })
    }

    fn of_all(&self, app: &App<'_>, event: &Document) -> Result<Vec<Edit>> {
        let before = schedule(event)?;
        let mut when = self.times.when(app, Some(&before.when))?;
        let mut edits = Vec::new();
        if let Some(title) = &self.title {
            edits.push(Edit::set("title", title.trim()));
        }
        if let Some(text) = &self.repeat {
            edits.push(Edit::set("rule", rule(text, &mut when)?));
        }
        if when != before.when {
            edits.push(Edit::set("when", when.canonical().map_err(Failure::usage)?));
        }
        edits.extend(self.words.edits()?);
        Ok(edits)
    }

    fn of_one(&self, app: &App<'_>, event: &Document, only: &str) -> Result<Vec<Edit>> {
        let schedule: Schedule = schedule(event)?;
        let id = occurrence(app, event, only)?;
        let own = When { start: id, ..schedule.when.clone() };
        let before = schedule.moved.get(&id).unwrap_or(&own);
        let when = self.times.when(app, Some(before))?;
        let put =
            |field: &str, value: String| Edit::put("overrides", format!("{id}/{field}"), value);
        let mut edits = Vec::new();
        if let Some(title) = &self.title {
            edits.push(put("title", title.trim().to_owned()));
        }
        if when != *before {
            edits.push(put("when", when.canonical().map_err(Failure::usage)?));
        }
        edits.extend(self.words.overrides(id)?);
        Ok(edits)
    }
}
