//! `umbra logout`.

use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;
use crate::output::Said;

/// Sign this device out; what is here stays
#[derive(Args, Debug)]
pub struct Logout {}

impl Logout {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let told = app.replica.sign_out().await?;
        let text = if told {
            "Signed out. What is here stays and can be edited."
        } else {
            "Signed out here. The server couldn't be reached, so remove this device there too."
        };
        app.output.report(&Said { json: json!({ "server_told": told }), text: text.to_owned() })
    }
}
