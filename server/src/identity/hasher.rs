//! Password hashes, on threads of their own.
//!
//! A hash takes tens of milliseconds and tens of megabytes. It runs on a fixed
//! number of threads, each with one block of memory that it uses again: allocated
//! afresh for each hash, the freed blocks pile up in the allocator (ten times the
//! memory, measured). A bounded queue stands before them.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use argon2::password_hash::phc::{Output, Salt};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use super::password::Password;
use crate::config::PasswordCost;
use crate::limits::{HASH_MEMORY_KIB_MAX, HASH_PASSES_MAX, HASHES_WAITING_MAX};

/// Makes and checks password hashes. Cheap to clone; the threads end with the
/// last handle.
#[derive(Clone, Debug)]
pub struct Hasher {
    jobs: SyncSender<Job>,
    cost: PasswordCost,
}

/// Too many passwords wait already; come back in a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("too many passwords wait to be hashed")]
pub struct HashersBusy;

/// What checking a password came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verified {
    /// It is the wrong one, or there was none to compare with.
    Wrong,
    /// It is the right one.
    Right {
        /// Whether it was hashed at a lower cost than new ones are.
        outdated: bool,
    },
}

struct Job {
    password: Password,
    task: Task,
}

enum Task {
    Hash(oneshot::Sender<String>),
    Verify(Option<String>, oneshot::Sender<Verified>),
}

/// One thread's means.
struct Worker {
    cost: PasswordCost,
    memory: Vec<Block>,
    /// What passwords of accounts that don't exist are compared with, at the same
    /// cost, so that time doesn't tell whether one does.
    dummy: String,
}

impl Hasher {
    /// Starts so many threads.
    ///
    /// # Errors
    /// Where the system gives no thread or no random bytes.
    pub fn start(threads: usize, cost: PasswordCost) -> std::io::Result<Self> {
        let (jobs, queue) = sync_channel(HASHES_WAITING_MAX);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..threads.max(1) {
            let mut worker = Worker { cost, memory: Vec::new(), dummy: String::new() };
            let queue = Arc::clone(&queue);
            thread::Builder::new().name("password".to_owned()).spawn(move || worker.run(&queue))?;
        }
        Ok(Self { jobs, cost })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`HashersBusy`] where too many wait.
    pub async fn hash(&self, password: Password) -> Result<String, HashersBusy> {
        let (done, hash) = oneshot::channel();
        self.submit(Job { password, task: Task::Hash(done) })?;
        hash.await.map_err(|_| HashersBusy)
    }

    /// Compares a password with a stored hash. Without one the same work is done.
    ///
    /// # Errors
    /// [`HashersBusy`] where too many wait.
    pub async fn verify(
        &self,
        password: Password,
        stored: Option<String>,
    ) -> Result<Verified, HashersBusy> {
        let (done, verified) = oneshot::channel();
        self.submit(Job { password, task: Task::Verify(stored, done) })?;
        verified.await.map_err(|_| HashersBusy)
    }

    /// What a new hash costs.
    pub fn cost(&self) -> PasswordCost {
        self.cost
    }

    fn submit(&self, job: Job) -> Result<(), HashersBusy> {
        self.jobs.try_send(job).map_err(|_| {
            metrics::counter!("umbra_password_hashes_refused_total").increment(1);
            HashersBusy
        })
    }
}

impl Worker {
    fn run(&mut self, queue: &Mutex<Receiver<Job>>) {
        let nobody = Password::typed("nobody has this".to_owned());
        self.dummy = nobody.ok().and_then(|it| self.hash(&it)).unwrap_or_default();
        loop {
            let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Job { password, task }) = job else { return };
            // A caller that has hung up needs no work.
            match task {
                Task::Hash(done) if !done.is_closed() => {
                    // Without random bytes the caller hears that it is busy.
                    if let Some(hash) = self.hash(&password) {
                        let _ = done.send(hash);
                    }
                }
                Task::Verify(stored, done) if !done.is_closed() => {
                    let _ = done.send(self.verify(&password, stored.as_deref()));
                }
                Task::Hash(_) | Task::Verify(..) => {}
            }
        }
    }

    fn hash(&mut self, password: &Password) -> Option<String> {
        let mut salt = [0; argon2::RECOMMENDED_SALT_LEN];
        getrandom::fill(&mut salt).ok()?;
        let params = params(self.cost)?;
        let output = self.compute(password, &salt, &params)?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: (&params).try_into().ok()?,
            salt: Some(Salt::new(&salt).ok()?),
            hash: Some(Output::new(&output).ok()?),
        };
        Some(hash.to_string())
    }

    fn verify(&mut self, password: &Password, stored: Option<&str>) -> Verified {
        let known = stored.is_some();
        let stored = stored.map_or_else(|| self.dummy.clone(), str::to_owned);
        match self.matches(password, &stored) {
            Some((true, params)) if known => {
                let outdated =
                    params.m_cost() < self.cost.memory_kib || params.t_cost() < self.cost.passes;
                Verified::Right { outdated }
            }
            Some(_) | None => Verified::Wrong,
        }
    }

    /// Whether the password is the one of this hash; `None` where it is no hash that
    /// this server could have written.
    fn matches(&mut self, password: &Password, stored: &str) -> Option<(bool, Params)> {
        let hash = PasswordHash::new(stored).ok()?;
        let params = Params::try_from(&hash).ok()?;
        let honest = hash.algorithm == Algorithm::Argon2id.ident()
            && params.m_cost() <= HASH_MEMORY_KIB_MAX
            && params.t_cost() <= HASH_PASSES_MAX;
        let (salt, expected) = (hash.salt.filter(|_| honest)?, hash.hash?);
        let found = self.compute(password, &salt, &params)?;
        Some((found.ct_eq(expected.as_bytes()).into(), params))
    }

    fn compute(&mut self, password: &Password, salt: &[u8], params: &Params) -> Option<[u8; 32]> {
        let blocks = params.block_count();
        if self.memory.len() < blocks {
            self.memory.resize(blocks, Block::default());
        }
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        let mut output = [0; 32];
        let memory = &mut self.memory[..blocks];
        argon2.hash_password_into_with_memory(password.expose(), salt, &mut output, memory).ok()?;
        Some(output)
    }
}

fn params(cost: PasswordCost) -> Option<Params> {
    Params::new(cost.memory_kib, cost.passes, 1, Some(32)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: PasswordCost = PasswordCost { memory_kib: 64, passes: 1 };

    fn password(text: &str) -> Password {
        Password::typed(text.to_owned()).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_recognised_and_another_is_not() {
        let hasher = Hasher::start(1, CHEAP).unwrap();
        let hash = hasher.hash(password("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        let verify = async |text, stored| hasher.verify(password(text), stored).await;
        let right = Ok(Verified::Right { outdated: false });
        assert_eq!(verify("correct horse", Some(hash.clone())).await, right);
        assert_eq!(verify("correct horsf", Some(hash)).await, Ok(Verified::Wrong));
        assert_eq!(verify("correct horse", None).await, Ok(Verified::Wrong));
        assert_eq!(verify("nobody has this", None).await, Ok(Verified::Wrong));
    }

    #[tokio::test]
    async fn a_cheap_hash_is_found_outdated() {
        let hash = Hasher::start(1, CHEAP).unwrap().hash(password("correct horse")).await.unwrap();
        let dearer = PasswordCost { passes: 2, ..CHEAP };
        let hasher = Hasher::start(1, dearer).unwrap();
        let verified = hasher.verify(password("correct horse"), Some(hash)).await;
        assert_eq!(verified, Ok(Verified::Right { outdated: true }));
    }

    #[tokio::test]
    async fn a_stored_hash_that_costs_too_much_is_not_computed() {
        let hasher = Hasher::start(1, CHEAP).unwrap();
        for absurd in [
            "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=64,t=4000000,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "nonsense",
        ] {
            let verified = hasher.verify(password("x"), Some(absurd.to_owned())).await;
            assert_eq!(verified, Ok(Verified::Wrong), "{absurd}");
        }
    }

    #[tokio::test]
    async fn beyond_the_queue_callers_are_turned_away() {
        let hasher = Hasher::start(1, PasswordCost { memory_kib: 1 << 10, passes: 2 }).unwrap();
        let flood = (0..4 * HASHES_WAITING_MAX).map(|_| hasher.hash(password("correct horse")));
        let answers = futures_util::future::join_all(flood).await;
        let busy = answers.iter().filter(|answer| **answer == Err(HashersBusy)).count();
        assert!(busy > 0 && busy < answers.len(), "{busy} of {}", answers.len());
    }
}
