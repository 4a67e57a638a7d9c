//! `umbra search`.

use clap::Args;
use serde_json::Value;
use umbra_client_core::replica::Document;

use crate::app::App;
use crate::document::{json_list, short_ids, space_names};
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint};
use crate::output::Report;
use crate::table::{Cell, table};

/// Find words in everything, the best match first
#[derive(Args, Debug)]
pub struct Search {
    /// Words, or beginnings of words
    #[arg(required = true)]
    words: Vec<String>,
    /// Show at most so many
    #[arg(long, short = 'n', default_value_t = 20, value_name = "N")]
    limit: u32,
}

impl Search {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let documents = app.replica.search(&self.words.join(" "), self.limit).await?;
        let ids = short_ids(&app.replica, &documents).await?;
        let names = space_names(&app.replica).await?;
        let space = |it: &Document| names.get(&it.space).cloned().unwrap_or_default();
        let spaces = documents.iter().map(space).collect();
        app.output.report(&Found { documents, ids, spaces })
    }
}

struct Found {
    documents: Vec<Document>,
    ids: Vec<String>,
    spaces: Vec<String>,
}

impl Report for Found {
    fn json(&self) -> Value {
        json_list(&self.documents)
    }

    fn text(&self, look: &Look) -> String {
        if self.documents.is_empty() {
            return "Nothing found.".to_owned();
        }
        let rows: Vec<Vec<Cell>> = self
            .documents
            .iter()
            .zip(self.ids.iter().zip(&self.spaces))
            .map(|(document, (id, space))| {
                vec![
                    Cell::painted(Paint::Id, id),
                    Cell::new(document.kind.as_str()),
                    Cell::new(&document.title),
                    Cell::painted(Paint::Dim, space),
                ]
            })
            .collect();
        table(look, &["id", "kind", "title", "in"], &["id", "kind"], &rows)
    }
}
