//! Loads, and what came of them.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;

/// Clients that write for a while.
#[derive(Clone, Debug)]
pub struct Load {
    /// How many clients.
    pub clients: usize,
    /// How many changes each has unanswered.
    pub window: usize,
    /// For how long.
    pub time: Duration,
}

/// How fast something went.
#[derive(Clone, Debug)]
pub struct Rate {
    /// How long it took in all.
    pub wall: Duration,
    /// How long each took, in microseconds.
    pub latencies: Histogram<u64>,
}

impl Rate {
    /// How many were done.
    pub fn done(&self) -> u64 {
        self.latencies.len()
    }

    /// How many were done a second.
    pub fn per_second(&self) -> f64 {
        self.done() as f64 / self.wall.as_secs_f64()
    }

    /// The latency, in milliseconds, that this share of all didn't exceed.
    pub fn millis(&self, share: f64) -> f64 {
        self.latencies.value_at_quantile(share) as f64 / 1_000.0
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (half, most) = (self.millis(0.5), self.millis(0.99));
        write!(f, "{:.0}/s; p50 {half:.1} ms, p99 {most:.1} ms", self.per_second())
    }
}

/// Whole microseconds.
pub fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The one in the middle.
///
/// # Panics
/// Where there is none.
pub fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}
