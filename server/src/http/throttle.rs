//! How often an address, or an account, may ask.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use lru::LruCache;

use super::address::{AddressKey, ClientAddress};
use super::problem::{Problem, ProblemCode};
use crate::config::AbuseLimits;
use crate::limits::ADDRESSES_MAX;

/// By what the rates of an account are kept: the keyed hash of its name. Names that
/// don't exist have rates like those that do.
pub type NameKey = [u8; 32];

/// The rates of every address and account that asked lately. Their number is
/// bounded: the one that was silent for longest is forgotten first, and it has
/// most likely its full budget again.
///
/// Each node counts for itself; what must hold across nodes is counted in the database
/// (the lockout).
#[derive(Debug)]
pub struct Throttle {
    requests: Rates<AddressKey>,
    credentials: Rates<AddressKey>,
    accounts: Rates<NameKey>,
    app_passwords: Rates<AddressKey>,
    app_password_accounts: Rates<NameKey>,
    codes: Rates<AddressKey>,
}

#[derive(Debug)]
struct Rates<K: Hash + Eq> {
    per_minute: f64,
    buckets: Mutex<LruCache<K, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    filled: Instant,
}

impl Throttle {
    /// One for these limits.
    pub fn new(limits: &AbuseLimits) -> Self {
        let tests = limits.credential_tests_per_minute;
        Self {
            requests: Rates::new(limits.requests_per_minute),
            credentials: Rates::new(tests),
            accounts: Rates::new(tests),
            app_passwords: Rates::new(tests),
            app_password_accounts: Rates::new(tests),
            codes: Rates::new(tests),
        }
    }

    /// Any request.
    ///
    /// # Errors
    /// [`ProblemCode::RateLimited`] where there were too many.
    pub fn request(&self, from: &ClientAddress) -> Result<(), Problem> {
        self.requests.take(from.key(), Instant::now())
    }

    /// A request that tests a password or a token that may be guessed.
    ///
    /// # Errors
    /// [`ProblemCode::RateLimited`] where there were too many.
    pub fn credential_test(&self, from: &ClientAddress) -> Result<(), Problem> {
        self.credentials.take(from.key(), Instant::now())
    }

    /// The same for the account that is tried, from whatever addresses. The key is
    /// [`Store::lookup_key_of`](crate::store::Store::lookup_key_of) its name.
    ///
    /// # Errors
    /// [`ProblemCode::RateLimited`] where there were too many.
    pub fn account_test(&self, key: NameKey) -> Result<(), Problem> {
        self.accounts.take(key, Instant::now())
    }

    /// A device that asks to be let in by a code.
    ///
    /// # Errors
    /// [`ProblemCode::RateLimited`] where there were too many.
    pub fn device_code(&self, from: &ClientAddress) -> Result<(), Problem> {
        self.codes.take(from.key(), Instant::now())
    }

    /// Whether an app password may be tested at all: there weren't too many wrong ones
    /// from this address, or under this name.
    ///
    /// # Errors
    /// [`ProblemCode::RateLimited`] where there were.
    pub fn may_test_app_password(
        &self,
        from: &ClientAddress,
        key: &NameKey,
    ) -> Result<(), Problem> {
        let now = Instant::now();
        self.app_passwords.has_left(&from.key(), now)?;
        self.app_password_accounts.has_left(key, now)
    }

    /// An app password was wrong.
    pub fn app_password_failed(&self, from: &ClientAddress, key: &NameKey) {
        let now = Instant::now();
        // That there is nothing left is told to the next one.
        let _ = self.app_passwords.take(from.key(), now);
        let _ = self.app_password_accounts.take(*key, now);
    }
}

impl<K: Hash + Eq> Rates<K> {
    fn new(per_minute: u32) -> Self {
        let capacity = NonZeroUsize::new(ADDRESSES_MAX).unwrap_or(NonZeroUsize::MIN);
        // Grows as it is needed: most servers meet few addresses.
        let buckets = Mutex::new(LruCache::sparse(capacity));
        Self { per_minute: f64::from(per_minute), buckets }
    }

    fn take(&self, key: K, now: Instant) -> Result<(), Problem> {
        let mut buckets = self.buckets();
        let full = Bucket { left: self.per_minute, filled: now };
        let bucket = buckets.get_or_insert_mut(key, || full);
        bucket.left = self.left_of(bucket, now);
        bucket.filled = now;
        self.enough(bucket.left)?;
        bucket.left -= 1.0;
        Ok(())
    }

    fn has_left(&self, key: &K, now: Instant) -> Result<(), Problem> {
        let left = self.buckets().peek(key).map(|bucket| self.left_of(bucket, now));
        self.enough(left.unwrap_or(self.per_minute))
    }

    fn left_of(&self, bucket: &Bucket, now: Instant) -> f64 {
        let seconds = now.saturating_duration_since(bucket.filled).as_secs_f64();
        (bucket.left + seconds * self.per_minute / 60.0).min(self.per_minute)
    }

    fn enough(&self, left: f64) -> Result<(), Problem> {
        if left >= 1.0 {
            return Ok(());
        }
        let wait = (1.0 - left) * 60.0 / self.per_minute.max(1.0);
        Err(Problem::from(ProblemCode::RateLimited).retry_after(wait.ceil() as u64))
    }

    fn buckets(&self) -> MutexGuard<'_, LruCache<K, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use axum::http::HeaderMap;

    use super::*;
    use crate::config::Proxies;

    fn key(n: u8) -> AddressKey {
        ClientAddress::of(
            SocketAddr::from(([9, 9, 9, n], 1)),
            &HeaderMap::new(),
            &Proxies::default(),
        )
        .key()
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
    fn looking_costs_nothing() {
        let rates = Rates::new(1);
        let start = Instant::now();
        assert!((0..9).all(|_| rates.has_left(&key(1), start).is_ok()));
        rates.take(key(1), start).unwrap();
        let refused = rates.has_left(&key(1), start).unwrap_err();
        assert_eq!(refused.retry_after, Some(60));
        assert!(rates.has_left(&key(1), start + Duration::from_secs(60)).is_ok());
    }

    #[test]
    fn the_number_of_addresses_is_bounded() {
        let rates = Rates::new(6);
        let start = Instant::now();
        for n in 0..=ADDRESSES_MAX {
            let ip = u32::try_from(n).unwrap().to_be_bytes();
            let peer = SocketAddr::from((ip, 1));
            let address = ClientAddress::of(peer, &HeaderMap::new(), &Proxies::default());
            rates.take(address.key(), start).unwrap();
        }
        assert_eq!(rates.buckets.lock().unwrap().len(), ADDRESSES_MAX);
    }
}
