use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{count, plain};
use crate::output::Said;

/// Make refused edits again, as fresh edits of what is there now
#[derive(Args, Debug)]
pub struct Retry {
    /// Their numbers in the tray
    #[arg(required = true)]
    no: Vec<u64>,
}

impl Retry {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let mut documents = Vec::new();
        let mut title = String::new();
        for no in &self.no {
            title = app.replica.refused_edit(*no).await?.title;
            documents.push(app.replica.retry(*no).await?);
        }
        let what = match self.no.len() {
            1 => format!("The edit of `{}` was", plain(&title)),
            number => format!("{} were", count(number, "edit")),
        };
        let text = format!("{what} made again and goes out with the next sync.");
        app.output
            .report(&Said { json: json!({ "retried": self.no, "documents": documents }), text })
    }
}
