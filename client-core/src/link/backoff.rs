//! How long to wait before the next attempt.

use std::time::Duration;

/// The first pause is at most this long, in milliseconds.
const FIRST: u64 = 500;

/// No pause is longer, in milliseconds.
const LONGEST: u64 = 60_000;

/// Pauses that grow with each failure. Each is drawn from the whole range below its
/// bound, so that a thousand clients of a restarted server don't come back at once.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next pause, given 64 random bits.
    pub fn next(&mut self, dice: u64) -> Duration {
        let bound = FIRST.checked_shl(self.failures).unwrap_or(LONGEST).clamp(FIRST, LONGEST);
        self.failures = (self.failures + 1).min(16);
        // Never none at all: somebody may be stopping and starting.
        Duration::from_millis(bound / 10 + dice % (bound - bound / 10))
    }

    /// It went well: start over.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// How many attempts have failed since it last went well.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_start_over() {
        let mut backoff = Backoff::default();
        let longest: Vec<_> = (0..20).map(|_| backoff.next(u64::MAX - 15).as_millis()).collect();
        assert!(longest[0] <= 500 && longest.iter().all(|pause| *pause <= 60_000), "{longest:?}");
        let mut backoff = Backoff::default();
        let shortest: Vec<_> = (0..20).map(|_| backoff.next(0).as_millis()).collect();
        assert_eq!(shortest[..4], [50, 100, 200, 400]);
        assert_eq!(shortest[19], 6_000);
        backoff.reset();
        assert_eq!(backoff.next(0).as_millis(), 50);
    }
}
