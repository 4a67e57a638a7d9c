//! `umbra login`.

use std::io::Write;

use clap::Args;
use serde_json::json;
use umbra_client_core::link::DeviceCodes;
use umbra_client_core::replica::Account;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::Paint;
use crate::output::Said;
use crate::secret;

/// Sign this device in
///
/// The password is asked for, read from UMBRA_PASSWORD, or from standard input
/// with --password-stdin; or, with --browser, a page at the server asks for it, and for
/// whatever else your account needs. Signing in again keeps everything that is here.
#[derive(Args, Debug)]
pub struct Login {
    /// Your name at the server, and its address where --server doesn't say it; those
    /// of last time where left out
    #[arg(value_name = "NAME|URL", num_args = 0..=2)]
    who: Vec<String>,
    /// What to call this device
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Show a code to type in a browser, on this machine or another, and wait until you
    /// have approved it there
    #[arg(long, conflicts_with_all = ["register", "setup", "password_stdin"])]
    browser: bool,
    /// Make the account first, where the server lets people do so
    #[arg(long, conflicts_with = "setup")]
    register: bool,
    /// Make the first account of a new server, its administrator
    #[arg(long)]
    setup: bool,
    /// What the server's log shows, where that is another machine
    #[arg(
        long,
        requires = "setup",
        env = "UMBRA_SETUP_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    setup_token: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

impl Login {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let before = app.replica.account().await?;
        let (addresses, names): (Vec<String>, Vec<String>) =
            self.who.into_iter().partition(|word| word.contains("://"));
        let [server, user] = [(addresses, app.server.clone()), (names, None)]
            .map(|(given, or)| given.into_iter().next().or(or));
        let server = server.or_else(|| before.as_ref().map(|it| it.server.clone()));
        let server = server.ok_or_else(|| {
            Failure::usage("which server?")
                .remedy("Give its address, such as `umbra login http://localhost:8000 NAME`.")
        })?;
        if self.browser {
            if let Some(name) = user {
                let failure =
                    Failure::usage(format!("`{name}`: who signs in is said in the browser"));
                return Err(failure.remedy("Leave the name out."));
            }
            let device = self.device.unwrap_or_else(host_name);
            let show = |codes: &DeviceCodes| show_codes(app, codes);
            let account = app.replica.sign_in_by_browser(&server, &device, show).await?;
            return welcome(app, account, &device);
        }
        let user = match user.or_else(|| before.map(|it| it.name)) {
            Some(user) => user,
            None => secret::name(&format!("Your name at {server}: "))?,
        };
        let prompt = format!("Password of {user} at {server}: ");
        let password = secret::password(self.password_stdin, &prompt)?;
        let device = self.device.unwrap_or_else(host_name);
        let (replica, token) = (&app.replica, self.setup_token.as_deref());
        let account = if self.setup {
            replica.setup(&server, &user, &password, &device, token).await?
        } else if self.register {
            replica.register(&server, &user, &password, &device).await?
        } else {
            replica.sign_in(&server, &user, &password, &device).await?
        };
        welcome(app, account, &device)
    }
}

fn welcome(app: &App<'_>, account: Account, device: &str) -> Result<Exit> {
    let text = format!(
        "Signed in as {} at {}, on the device `{device}`.\nNext: `umbra sync`.",
        account.name, account.server
    );
    app.output.report(&Said { json: json!({ "account": account, "device_name": device }), text })
}

/// Says what to type, and where. It goes beside the answer, also for scripts.
fn show_codes(app: &App<'_>, codes: &DeviceCodes) {
    if app.output.json {
        let codes =
            json!({ "user_code": codes.user_code, "verification_uri": codes.verification_uri });
        let _ = writeln!(anstream::stderr().lock(), "{codes}");
        return;
    }
    let look = app.look();
    let code = look.paint(Paint::Strong, &codes.user_code);
    app.output.hint(&format!("Open {} and type {code}", codes.verification_uri));
    app.output.hint("Waiting until you approve this device there. Ctrl-C gives up.");
}

/// What this machine is called.
fn host_name() -> String {
    let from_file = || std::fs::read_to_string("/etc/hostname").ok();
    let name = std::env::var("HOSTNAME").ok().or_else(from_file).unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "device".to_owned() } else { name.to_owned() }
}
