//! Times, taken in turns.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The times that something took, again and again.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<Duration>);

impl Sample {
    /// Times this once. What it yields is dropped when the clock has stopped.
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = black_box(work());
        self.0.push(begun.elapsed());
        done
    }

    /// Adds a time that was taken elsewhere.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The time that half of them stay below: what is disturbed now and then by the
    /// rest of the machine moves it little.
    pub fn median(&self) -> Duration {
        self.quantile(0.5)
    }

    /// The time that this share of them stay below.
    pub fn quantile(&self, share: f64) -> Duration {
        let mut times = self.0.clone();
        times.sort_unstable();
        let last = times.len().saturating_sub(1);
        times.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.median().as_nanos() as f64 / 1_000.0;
        match micros {
            ..1_000.0 => f.pad(&format!("{micros:.1} µs")),
            _ => f.pad(&format!("{:.2} ms", micros / 1_000.0)),
        }
    }
}

/// Times two things in turns, each on what `prepare` makes for it, so that whatever
/// slows the machine down slows down both.
pub fn compare<A, B, X, Y>(
    rounds: usize,
    mut prepare: impl FnMut() -> (A, B),
    mut baseline: impl FnMut(A) -> X,
    mut ours: impl FnMut(B) -> Y,
) -> (Sample, Sample) {
    let (mut a, mut b) = (Sample::default(), Sample::default());
    for round in 0..rounds {
        let (for_baseline, for_ours) = prepare();
        if round % 2 == 0 {
            a.time(|| baseline(for_baseline));
            b.time(|| ours(for_ours));
        } else {
            b.time(|| ours(for_ours));
            a.time(|| baseline(for_baseline));
        }
    }
    (a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles() {
        let sample = Sample((1..=101).rev().map(Duration::from_micros).collect());
        assert_eq!(sample.median(), Duration::from_micros(51));
        assert_eq!(sample.quantile(1.0), Duration::from_micros(101));
        assert_eq!(sample.to_string(), "51.0 µs");
        assert_eq!(Sample::default().median(), Duration::ZERO);
    }
}
