use clap::Args;
use umbra_client_core::Edit;
use umbra_client_core::edit::Value;
use umbra_client_core::replica::Step;
use umbra_model::value::{Cluster, When};
use umbra_model::{Kind, Privacy, SpaceKind};

use super::fields::{Times, Words, rule};
use super::show::when_text;
use crate::app::App;
use crate::document::done_json;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Add an event
#[derive(Args, Debug)]
pub struct Add {
    /// What it is called
    #[arg(required = true)]
    title: Vec<String>,
    /// The calendar to put it in
    #[arg(long, short, value_name = "NAME")]
    calendar: Option<String>,
    #[command(flatten)]
    times: Times,
    /// How it repeats, such as `weekly`, `every mon, thu` or a rule
    #[arg(long, short, value_name = "HOW")]
    repeat: Option<String>,
    #[command(flatten)]
    words: Words,
    /// Others see only that the time is taken
    #[arg(long, conflicts_with = "secret")]
    private: bool,
    /// Others don't know that it exists
    #[arg(long)]
    secret: bool,
}

impl Add {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let title = self.title.join(" ");
        if title.trim().is_empty() {
            return Err(Failure::usage("an event needs a title"));
        }
        let edits = self.edits(app, title.trim())?;
        let space = app.space_or_default(self.calendar.as_deref(), SpaceKind::Calendar).await?;
        let privacy = match (self.private, self.secret) {
            (true, _) => Privacy::Busy,
            (_, true) => Privacy::Secret,
            _ => Privacy::Default,
        };
        let doc = app.replica.new_id();
        let create = Step::Create { doc, space: space.id, kind: Kind::Event, privacy, edits };
        app.replica.together(vec![create]).await?;
        let event = app.replica.get(doc).await?;
        let text = format!(
            "Added `{}` to `{}`: {}.",
            plain(&event.title),
            plain(&space.name),
            when_text(&event, app.look())
        );
        app.output.report(&Said { json: done_json("added", &event), text })
    }

    fn edits(&self, app: &App<'_>, title: &str) -> Result<Vec<Edit>> {
        let mut when: When = self.times.when(app, None)?;
        let rule = self.repeat.as_deref().map(|text| rule(text, &mut when)).transpose()?;
        let mut edits = vec![
            Edit::set("title", title),
            Edit::set("when", when.canonical().map_err(Failure::usage)?),
        ];
        if let Some(rule) = rule.filter(|rule| *rule != Value::Null) {
            edits.push(Edit::set("rule", rule));
        }
        edits.extend(self.words.edits()?);
        Ok(edits)
    }
}
