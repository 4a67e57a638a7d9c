//! The job that keeps house: folds what has many changes, erases what deleted
//! spaces left, and empties the trash.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};
use umbra_model::{Millis, Role};

use super::queue::{Queue, WeakQueue, done};
use super::{Governance, Request, Submitter};
use crate::settings::SystemSettings;
use crate::store::{self, Remains, Store, StoreError};

/// How often it looks around.
const ROUND_EVERY: Duration = Duration::from_secs(5);

/// Folding is looked at in every round, the rest in every so many.
const ROUNDS_BETWEEN_CLEANING: u64 = 60;

/// Works for ever. `wake` has it look before its time.
pub(super) async fn keep(store: Store, queue: WeakQueue, wake: Arc<Notify>) {
    let mut tick = interval(ROUND_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for round in 0_u64.. {
        tokio::select! {
            _ = tick.tick() => {}
            () = wake.notified() => {}
        }
        report("fold", fold(&store, store::now()).await);
        if round % ROUNDS_BETWEEN_CLEANING == 0 {
            report("erase", erase(&store).await);
            let Some(queue) = queue.upgrade() else { return };
            report("expire", expire(&store, &queue, store::now()).await);
            report("close", close(&store, &queue).await);
            report("forget", forget(&store, store::now()).await);
        }
    }
}

fn report(job: &'static str, done: Result<(), StoreError>) {
    if let Err(error) = done {
        counter!("umbra_jobs_failed_total", "job" => job).increment(1);
        tracing::error!(%error, job, "a job failed; it is tried again later");
    }
}

async fn fold(store: &Store, now: Millis) -> Result<(), StoreError> {
    counter!("umbra_documents_folded_total").increment(store.fold(now).await? as u64);
    Ok(())
}

async fn erase(store: &Store) -> Result<(), StoreError> {
    while store.erase_some(store::now()).await? {}
    Ok(())
}

/// Closes what deleted accounts had and were in, where whoever deleted them was
/// interrupted.
pub(super) async fn close(store: &Store, queue: &Queue) -> Result<(), StoreError> {
    for Remains { user, space, role } in store.remains(None).await? {
        let what = match role {
            Role::Owner => Governance::Close(space),
            _ => Governance::Leave(space),
        };
        let request = Request::Governance(what);
        match done(queue.submit(Submitter::unattended(user), request)).await {
            Ok(()) => counter!("umbra_memberships_closed_total").increment(1),
            Err(rejection) => tracing::warn!(%space, %user, %rejection, "a deleted account stays"),
        }
    }
    Ok(())
}

/// Forgets what is in the audit log for longer than was set.
pub(super) async fn forget(store: &Store, now: Millis) -> Result<(), StoreError> {
    let kept = SystemSettings::read(store).await?.audit();
    let before = Millis(now.0 - i64::try_from(kept.as_millis()).unwrap_or(i64::MAX));
    while store.forget_some(before).await? {}
    Ok(())
}

/// Removes for good what has been in the trash for long, in the name of the owner of
/// its space: the policy decides whether they might.
pub(super) async fn expire(store: &Store, queue: &Queue, now: Millis) -> Result<(), StoreError> {
    let kept = SystemSettings::read(store).await?.trash();
    let before = Millis(now.0 - i64::try_from(kept.as_millis()).unwrap_or(i64::MAX));
    for (space, doc, owner) in store.expired(before).await? {
        let request = Request::ExpireDoc(doc, before);
        match done(queue.submit(Submitter::unattended(owner), request)).await {
            Ok(()) => counter!("umbra_documents_expired_total").increment(1),
            Err(rejection) => tracing::debug!(%space, %doc, %rejection, "stays in the trash"),
        }
    }
    Ok(())
}
