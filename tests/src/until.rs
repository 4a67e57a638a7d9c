//! Waiting for another process. What can be waited for as an event is; this is for
//! what can't.

use std::time::{Duration, Instant};

/// Longer than anything takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer.
///
/// # Panics
/// Where there is none in a minute.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Lets a random part of this time pass: the moment at which a process is killed
/// must not depend on what it does.
pub async fn a_while(most: Duration) {
    let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX).max(1);
    tokio::time::sleep(Duration::from_millis(rand::random::<u64>() % millis)).await;
}
