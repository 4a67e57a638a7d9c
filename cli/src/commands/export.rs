//! `umbra export`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use umbra_client_core::replica::{Filter, Order, Space};
use umbra_ical::{Calendar, Document};
use umbra_model::{Kind, SpaceKind};

use crate::app::App;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::count;
use crate::output::Said;
use crate::parts::parts;

/// Write everything as JSON, or a calendar or list as an iCalendar file
#[derive(Args, Debug)]
pub struct Export {
    /// The calendar, list or project to write as an iCalendar file; without it
    /// everything is written as JSON
    space: Option<String>,
    /// The file to write to instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let (text, what) = match &self.space {
            None => {
                let all = app.replica.export().await?;
                let text = serde_json::to_string_pretty(&all).map_err(Failure::internal)?;
                (text + "\n", "everything".to_owned())
            }
            Some(name) => {
                let kinds = [SpaceKind::Calendar, SpaceKind::List, SpaceKind::Project];
                let space = app.space(name, &kinds).await?;
                calendar(app, &space).await?
            }
        };
        let Some(path) = self.output else {
            app.output.print(text.trim_end_matches('\n'))?;
            return Ok(Exit::Done);
        };
        let bytes = text.len();
        std::fs::write(&path, text).map_err(|error| {
            Failure::usage(format!("{} can't be written: {error}", path.display()))
        })?;
        let text = format!("Wrote {what} to {}.", path.display());
        app.output.report(&Said { json: json!({ "file": path, "bytes": bytes }), text })
    }
}

/// A space as an iCalendar file, and what is in it.
async fn calendar(app: &App<'_>, space: &Space) -> Result<(String, String)> {
    let filter = Filter {
        kinds: vec![Kind::Event, Kind::Todo],
        spaces: vec![space.id],
        order: Order::Start,
        ..Filter::default()
    };
    let found = app.replica.list(&filter).await?;
    let documents: Vec<Document<'_>> = found
        .iter()
        .filter_map(|it| {
            let view = it.view.as_object()?;
            Some(Document { id: it.id, kind: it.kind, privacy: it.privacy, view })
        })
        .collect();
    let labels: BTreeMap<String, String> =
        parts(&space.view, "labels").into_iter().map(|label| (label.id, label.name)).collect();
    let text = umbra_ical::export(&Calendar {
        name: Some(space.name.as_str()),
        space: space.id,
        labels: &labels,
        documents: &documents,
        now: app.look().now,
    });
    let kind = if space.kind == SpaceKind::Calendar { "event" } else { "todo" };
    Ok((text, count(documents.len(), kind)))
}
