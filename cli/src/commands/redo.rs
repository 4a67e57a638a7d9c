//! `umbra redo`.

use clap::Args;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Make the edit again that was last taken back
#[derive(Args, Debug)]
pub struct Redo {}

impl Redo {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let undone = app.replica.redo().await?;
        let mut text = format!("Made again: {}.", plain(&undone.label));
        if undone.skipped > 0 {
            text.push_str(&format!(
                "\nLeft alone, as somebody has changed it since: {} of its parts.",
                undone.skipped
            ));
        }
        let json = serde_json::to_value(&undone).map_err(Failure::internal)?;
        app.output.report(&Said { json, text })
    }
}
