use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::count;
use crate::output::Said;

/// Throw refused edits away, for good
#[derive(Args, Debug)]
pub struct Dismiss {
    /// Their numbers in the tray
    #[arg(required = true)]
    no: Vec<u64>,
}

impl Dismiss {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        for no in &self.no {
            app.replica.dismiss(*no).await?;
        }
        let text = format!("{} dismissed.", count(self.no.len(), "edit"));
        app.output.report(&Said { json: json!({ "dismissed": self.no }), text })
    }
}
