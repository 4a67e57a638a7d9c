//! What is being done, said on standard error while the table takes its time.

use std::sync::OnceLock;
use std::time::Instant;

/// Says what begins now, and how long everything has taken so far.
#[expect(clippy::print_stderr, reason = "whoever runs it waits for minutes")]
pub(crate) fn begin(what: &str) {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    let seconds = BEGUN.get_or_init(Instant::now).elapsed().as_secs();
    eprintln!("[{:>2}:{:02}] {what}", seconds / 60, seconds % 60);
}
