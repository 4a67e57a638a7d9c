//! Where answers go: text for a person, JSON for a script.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anstream::{AutoStream, ColorChoice};
use serde_json::Value;
use umbra_model::Millis;

use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::Look;
use crate::zone;

/// What a command has to say.
pub trait Report {
    /// For a script. Field names are stable.
    fn json(&self) -> Value;

    /// For a person; without a newline at its end.
    fn text(&self, look: &Look) -> String;
}

/// Where answers go.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// Whether a script reads.
    pub json: bool,
    /// How things look on standard output.
    pub look: Look,
}

/// How wide a terminal is that doesn't say.
const WIDTH: u16 = 100;

impl Output {
    /// As asked for, and as the terminal can.
    pub fn new(global: &Global) -> Self {
        let stdout = std::io::stdout();
        let color = AutoStream::choice(&stdout) != ColorChoice::Never;
        let width = if stdout.is_terminal() { terminal_width() } else { WIDTH };
        let look = Look { color, width, now: now(), zone: zone::here() };
        Self { json: global.json, look }
    }

    /// Says what a command has to say.
    pub fn report(&self, report: &dyn Report) -> Result<Exit> {
        let text = if self.json {
            serde_json::to_string_pretty(&report.json()).map_err(Failure::internal)?
        } else {
            report.text(&self.look)
        };
        self.print(&text)?;
        Ok(Exit::Done)
    }

    /// Writes a text and a newline, unless there is nothing to say.
    pub fn print(&self, text: &str) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        // Whoever closes the pipe has read enough.
        match writeln!(anstream::stdout().lock(), "{text}") {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Failure::internal(error))
            }
            _ => Ok(()),
        }
    }

    /// Says something beside the answer, to a person only.
    pub fn hint(&self, text: &str) {
        if !self.json {
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        }
    }

    /// Says why a command didn't do what was asked.
    pub fn failure(&self, failure: &Failure) -> ExitCode {
        let color = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
        let text = if self.json {
            failure.json().to_string()
        } else {
            failure.text(&Look { color, ..self.look })
        };
        let _ = writeln!(anstream::stderr().lock(), "{text}");
        failure.exit.into()
    }

    /// Whether a person can be asked something and shown progress.
    pub fn is_interactive(&self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }
}

fn terminal_width() -> u16 {
    comfy_table::Table::new().width().unwrap_or(WIDTH)
}

/// Now, by the clock of this device.
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// An answer that is short enough to be put together on the spot.
#[derive(Clone, PartialEq, Debug)]
pub struct Said {
    /// For a script.
    pub json: Value,
    /// For a person.
    pub text: String,
}

impl Report for Said {
    fn json(&self) -> Value {
        self.json.clone()
    }

    fn text(&self, _: &Look) -> String {
        self.text.clone()
    }
}
