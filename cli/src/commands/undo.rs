//! `umbra undo`.

use clap::Args;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;

/// Take back your last edit
#[derive(Args, Debug)]
pub struct Undo {}

impl Undo {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let undone = app.replica.undo().await?;
        let mut text = format!("Took back: {}.", plain(&undone.label));
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
