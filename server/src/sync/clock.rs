//! The time for sessions: it never goes back, and never jumps.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use umbra_model::Millis;

/// Milliseconds since some moment before the process's first socket.
pub(super) fn monotonic() -> Millis {
    millis_since(start(), Instant::now())
}

/// When that will be.
pub(super) fn instant_of(at: Millis) -> Instant {
    start() + Duration::from_millis(u64::try_from(at.0).unwrap_or(0))
}

fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

fn millis_since(start: Instant, now: Instant) -> Millis {
    let passed = now.saturating_duration_since(start).as_millis();
    Millis(i64::try_from(passed).unwrap_or(i64::MAX))
}
