//! Logs.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

use super::args::{LogFormat, Logs};
use super::complain;

/// Starts logging to standard error.
pub(super) fn start(logs: &Logs) {
    let filter = EnvFilter::try_new(&logs.log).unwrap_or_else(|error| {
        complain(&format!("`{}` is no log filter ({error}); logging `info`", logs.log));
        EnvFilter::new("info")
    });
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    match logs.log_format {
        LogFormat::Json => builder.json().flatten_event(true).init(),
        LogFormat::Text => {
            builder.with_ansi(stderr().is_terminal()).with_target(false).compact().init();
        }
    }
}
