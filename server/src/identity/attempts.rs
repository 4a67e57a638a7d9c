//! Attempts at a name are counted, and too many that failed lock it.

use umbra_model::Millis;

use crate::app::App;
use crate::http::{Problem, ProblemCode};
use crate::limits::{LOCKOUT, LOGIN_FAILURES_MAX};
use crate::store::{Attempt, Lockout, now};

/// Lets somebody try again whose name too many wrong passwords have locked, and says
/// whether it was locked.
///
/// # Errors
/// Where the database fails.
pub async fn unlock(app: &App, name: &str) -> Result<bool, Problem> {
    let key = app.store.lookup_key_of(name);
    let locked = app.store.locked_until(&key, now()).await?.is_some();
    app.store.clear_failures(&key).await?;
    Ok(locked)
}

/// How many failures lock a name, and until when.
pub(super) fn lockout(now: Millis) -> Lockout {
    Lockout { failures: LOGIN_FAILURES_MAX, until: Millis(now.0 + millis(LOCKOUT)) }
}

/// What somebody is told whose name is locked.
pub(super) fn lockout_problem(end: Millis, now: Millis) -> Problem {
    let seconds = u64::try_from((end.0 - now.0) / 1_000 + 1).unwrap_or(1);
    Problem::from(ProblemCode::SignInLocked).retry_after(seconds)
}

/// Counts an attempt under a key before it is made.
pub(super) async fn begin_attempt(app: &App, key: &[u8; 32]) -> Result<(), Problem> {
    app.throttle.account_test(*key)?;
    let now = now();
    match app.store.begin_sign_in(key, lockout(now), now).await? {
        Attempt::Allowed => Ok(()),
        Attempt::LockedUntil(end) => Err(lockout_problem(end, now)),
    }
}

fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
