//! Who is where, passed on within bounds.

use std::sync::PoisonError;
use std::time::Instant;

use umbra_sync_protocol::session::PeerSeen;

use super::Hub;
use crate::limits::PRESENCE_DELIVERIES_PER_SECOND_MAX;
use crate::sequencer::ConnectionId;

/// How much presence a space may still pass on: each of many who move makes a
/// delivery to each of many who watch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    left: f64,
    filled: Instant,
}

impl Default for Allowance {
    fn default() -> Self {
        let full = f64::from(PRESENCE_DELIVERIES_PER_SECOND_MAX);
        Self { left: full, filled: Instant::now() }
    }
}

impl Allowance {
    fn take(&mut self, deliveries: usize, now: Instant) -> bool {
        let rate = f64::from(PRESENCE_DELIVERIES_PER_SECOND_MAX);
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.left = (self.left + passed * rate).min(rate);
        self.filled = now;
        // A goodbye to many may go into debt: nobody should linger.
        let enough = self.left > 0.0;
        if enough {
            self.left -= deliveries as f64;
        }
        enough
    }
}

impl Hub {
    /// Tells those who follow the space where somebody is. Who may know it is for
    /// each of them to decide.
    pub fn show(&self, from: ConnectionId, seen: &PeerSeen) {
        let registry = self.read();
        let Some(audience) = registry.audience_of(seen.peer.space) else { return };
        let mut allowance = audience.presence.lock().unwrap_or_else(PoisonError::into_inner);
        if !allowance.take(audience.lines.len(), Instant::now()) {
            metrics::counter!("umbra_presence_dropped_total").increment(1);
            return;
        }
        drop(allowance);
        for line in audience.lines.iter().filter(|line| line.id != from) {
            line.see(seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn deliveries_are_bounded_and_come_back() {
        let start = Instant::now();
        let mut allowance = Allowance { filled: start, ..Allowance::default() };
        let most = PRESENCE_DELIVERIES_PER_SECOND_MAX as usize;
        assert!(allowance.take(most, start));
        assert!(!allowance.take(1, start));
        assert!(allowance.take(most, start + Duration::from_secs(1)));
        assert!(!allowance.take(1, start + Duration::from_secs(1)));
    }
}
