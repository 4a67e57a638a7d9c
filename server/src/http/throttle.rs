//! How often an address may ask.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use lru::LruCache;

use super::address::{AddressKey, ClientAddress};
use super::problem::{Problem, ProblemCode};
use crate::config::AbuseLimits;
use crate::limits::ADDRESSES_MAX;

/// The rates of every address that asked lately. The number of addresses is
/// bounded: the one that was silent for longest is forgotten first, and it has
/// most likely its full budget again.
#[derive(Debug)]
pub struct Throttle {
    credentials: Rates,
    requests: Rates,
}

#[derive(Debug)]
struct Rates {
    per_minute: f64,
    buckets: Mutex<LruCache<AddressKey, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    filled: Instant,
}

impl Throttle {
    /// One for these limits.
    pub fn new(limits: &AbuseLimits) -> Self {
        Self {
            credentials: Rates::new(limits.credential_tests_per_minute),
            requests: Rates::new(limits.requests_per_minute),
        }
    }

    /// A request that tests a password or a token that may be guessed.
    ///
    /// # Errors
    /// [`ProblemCode::RateLimited`] where there were too many.
    pub fn credential_test(&self, from: &ClientAddress) -> Result<(), Problem> {
        self.credentials.take(from.key(), Instant::now())
    }

    /// Any request.
    ///
    /// # Errors
    /// [`ProblemCode::RateLimited`] where there were too many.
    pub fn request(&self, from: &ClientAddress) -> Result<(), Problem> {
        self.requests.take(from.key(), Instant::now())
    }
}

impl Rates {
    fn new(per_minute: u32) -> Self {
        let capacity = NonZeroUsize::new(ADDRESSES_MAX).unwrap_or(NonZeroUsize::MIN);
        // Grows as it is needed: most servers meet few addresses.
        let buckets = Mutex::new(LruCache::sparse(capacity));
        Self { per_minute: f64::from(per_minute), buckets }
    }

    fn take(&self, key: AddressKey, now: Instant) -> Result<(), Problem> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = Bucket { left: self.per_minute, filled: now };
        let bucket = buckets.get_or_insert_mut(key, || full);
        let seconds = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.left = (bucket.left + seconds * self.per_minute / 60.0).min(self.per_minute);
        bucket.filled = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - bucket.left) * 60.0 / self.per_minute.max(1.0);
        Err(Problem::from(ProblemCode::RateLimited).retry_after(wait.ceil() as u64))
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use axum::http::HeaderMap;

    use super::*;

    fn key(n: u8) -> AddressKey {
        ClientAddress::of(SocketAddr::from(([9, 9, 9, n], 1)), &HeaderMap::new(), &[]).key()
    }

    #[test]
    fn each_address_has_its_own_budget_which_comes_back() {
        let rates = Rates::new(6);
        let start = Instant::now();
        assert!((0..6).all(|_| rates.take(key(1), start).is_ok()));
        let refused = rates.take(key(1), start).unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (ProblemCode::RateLimited, Some(10)));
        assert!(rates.take(key(2), start).is_ok());
        assert!(rates.take(key(1), start + Duration::from_secs(9)).is_err());
        assert!(rates.take(key(1), start + Duration::from_secs(10)).is_ok());
        assert!(rates.take(key(1), start + Duration::from_secs(10)).is_err());
    }

    #[test]
    fn the_number_of_addresses_is_bounded() {
        let rates = Rates::new(6);
        let start = Instant::now();
        for n in 0..=ADDRESSES_MAX {
            let ip = u32::try_from(n).unwrap().to_be_bytes();
            let peer = SocketAddr::from((ip, 1));
            let address = ClientAddress::of(peer, &HeaderMap::new(), &[]);
            rates.take(address.key(), start).unwrap();
        }
        assert_eq!(rates.buckets.lock().unwrap().len(), ADDRESSES_MAX);
    }
}
