//! `umbra`: todos, calendars and projects from a terminal, with or without a network.

mod app;
mod choose;
mod cli;
mod commands;
mod date_input;
mod document;
mod exit;
mod failure;
mod look;
mod output;
mod parts;
mod progress;
mod repeat_input;
mod secret;
mod span_input;
mod table;
mod zone;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(&cli.global);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.failure(&failure::Failure::internal(error)),
    };
    match runtime.block_on(commands::run(cli, &output)) {
        Ok(exit) => exit.into(),
        Err(failure) => output.failure(&failure),
    }
}
