//! `umbra completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;

/// Write completions for a shell
#[derive(Args, Debug)]
#[command(
    after_help = "For bash: umbra completions bash > ~/.local/share/bash-completion/completions/umbra"
)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Does it.
    pub fn run(self, output: &Output) -> Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "umbra", &mut script);
        let script = String::from_utf8(script).map_err(Failure::internal)?;
        output.print(script.trim_end())?;
        Ok(Exit::Done)
    }
}
