//! `umbra-server user`.

use std::io::{IsTerminal, stdin};

use umbra_server::identity::{CannotCreate, Hasher, TypedPassword, prepare_account};
use umbra_server::store::{StoreError, now};
use umbra_server::{Config, StartError, open_store};

use super::args::User;
use super::say;

/// Why an account can't be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum CannotAdd {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the database failed: {0}")]
    Store(StoreError),
    #[error("the name {0} is taken")]
    Taken(String),
    #[error("the password can't be read: {0}")]
    Unreadable(std::io::Error),
    #[error("the two passwords differ")]
    Differ,
    #[error(transparent)]
    Invalid(#[from] CannotCreate),
}

pub(super) async fn run(what: User, config: &Config) -> Result<(), CannotAdd> {
    match what {
        User::Add { name, admin, display_name } => add(config, &name, admin, display_name).await,
    }
}

async fn add(
    config: &Config,
    name: &str,
    admin: bool,
    display_name: Option<String>,
) -> Result<(), CannotAdd> {
    let store = open_store(config).await?;
    let password = TypedPassword(read_password()?);
    let hasher = Hasher::start(1, config.password_cost).map_err(CannotAdd::Unreadable)?;
    let first = !store.is_set_up().await.map_err(CannotAdd::Store)?;
    let admin = admin || first;
    let account = prepare_account(&hasher, name, password, display_name, admin).await?;
    store.create_account(&account, now()).await.map_err(|error| match error {
        StoreError::Taken => CannotAdd::Taken(account.name.clone()),
        other => CannotAdd::Store(other),
    })?;
    let what = if admin { "the administrator" } else { "the account" };
    say(&format!("Made {what} {}.", account.name));
    store.close().await;
    Ok(())
}

/// Asks for it twice at a terminal; otherwise takes the first line that comes.
fn read_password() -> Result<String, CannotAdd> {
    if !stdin().is_terminal() {
        let mut line = String::new();
        stdin().read_line(&mut line).map_err(CannotAdd::Unreadable)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let ask = |prompt| rpassword::prompt_password(prompt).map_err(CannotAdd::Unreadable);
    let password = ask("Password: ")?;
    if ask("Once more: ")? != password {
        return Err(CannotAdd::Differ);
    }
    Ok(password)
}
