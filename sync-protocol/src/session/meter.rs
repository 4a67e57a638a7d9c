//! How much a client may send in how much time.

use umbra_model::Millis;

/// What one connection may send a second, sustained. In a burst it may send
/// twice as much.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rates {
    /// Frames a second.
    pub frames: u32,
    /// Bytes a second.
    pub bytes: u32,
}

/// A bucket that fills with time and is emptied by use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    per_second: u64,
    /// Thousandths, so that a millisecond's worth is a whole number.
    level: u64,
    filled_at: Millis,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(per_second: u32, now: Millis) -> Self {
        let per_second = u64::from(per_second);
        Self { per_second, level: Self::full(per_second), filled_at: now }
    }

    /// Takes so much, if there is so much.
    pub(super) fn take(&mut self, amount: usize, now: Millis) -> bool {
        self.fill(now);
        match self.level.checked_sub(amount as u64 * 1_000) {
            Some(level) => {
                self.level = level;
                true
            }
            None => false,
        }
    }

    fn fill(&mut self, now: Millis) {
        let passed = u64::try_from(now.0 - self.filled_at.0).unwrap_or(0);
        self.filled_at = self.filled_at.max(now);
        let more = passed.saturating_mul(self.per_second);
        self.level = self.level.saturating_add(more).min(Self::full(self.per_second));
    }

    const fn full(per_second: u64) -> u64 {
        2 * per_second * 1_000
    }
}

/// The two buckets of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meter {
    frames: Bucket,
    bytes: Bucket,
}

impl Meter {
    pub(super) fn new(rates: Rates, now: Millis) -> Self {
        Self { frames: Bucket::new(rates.frames, now), bytes: Bucket::new(rates.bytes, now) }
    }

    /// Whether one more frame of so many bytes is within the rates.
    pub(super) fn admits(&mut self, bytes: usize, now: Millis) -> bool {
        self.frames.take(1, now) && self.bytes.take(bytes, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_two_seconds_worth_and_refills() {
        let mut bucket = Bucket::new(10, Millis(0));
        assert!((0..20).all(|_| bucket.take(1, Millis(0))));
        assert!(!bucket.take(1, Millis(0)));
        assert!(!bucket.take(1, Millis(99)));
        assert!(bucket.take(1, Millis(100)));
        assert!(!bucket.take(1, Millis(100)));
        assert!(bucket.take(20, Millis(1_000_000)));
        assert!(!bucket.take(1, Millis(1_000_000)));
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut bucket = Bucket::new(1, Millis(10_000));
        assert!(bucket.take(2, Millis(10_000)));
        assert!(!bucket.take(1, Millis(5_000)));
        assert!(!bucket.take(1, Millis(10_000)));
        assert!(bucket.take(1, Millis(11_000)));
    }
}
