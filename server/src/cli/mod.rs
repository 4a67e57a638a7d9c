//! The command line: flags and environment to a configuration, and one plain
//! sentence where something is wrong.

mod args;
mod data;
mod keys;
mod logs;
mod serve;
mod user;

use std::process::ExitCode;

use clap::Parser;
use umbra_server::{Config, StartError, open_store};

use args::{Args, Command};

/// Why a command failed, in one sentence.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the database failed: {0}")]
    Store(#[from] umbra_server::store::StoreError),
    #[error("{0}")]
    User(#[from] user::CannotAdd),
    #[error("{0}")]
    Data(#[from] data::Trouble),
    #[error(transparent)]
    Keys(#[from] umbra_server::identity::VaultError),
    #[error("the system gives no runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

/// Does what the command line says.
pub(crate) fn main() -> ExitCode {
    let args = Args::parse();
    logs::start(&args.logs);
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let config = args.base.config();
        match args.command {
            Command::Serve(serve) => Ok(serve::run(serve.apply(config)).await?),
            Command::Migrate => migrate(&config).await,
            Command::Backup { file } => Ok(data::backup(&config, &file).await?),
            Command::Restore { file } => Ok(data::restore(&config, &file).await?),
            Command::Audit => Ok(data::audit(&config).await?),
            Command::Keys { what } => keys::run(what, &config).await,
            Command::User { what } => Ok(user::run(what, &config).await?),
        }
    })
}

async fn migrate(config: &Config) -> Result<(), Failure> {
    let store = open_store(config).await?;
    say("The database is at this version's schema.");
    store.close().await;
    Ok(())
}

/// Tells whoever called.
#[expect(clippy::print_stdout, reason = "this is what a command line is for")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "this is what a command line is for")]
fn complain(text: &str) {
    eprintln!("umbra-server: {text}");
}
