//! A fan-out that writes down what it is told.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use umbra_model::SpaceId;

use crate::sequencer::{Committed, Concern, Fanout, Revocation};

/// A fan-out that writes down what it is told, and can be waited on.
#[derive(Default)]
pub(crate) struct Heard {
    notes: Mutex<Notes>,
    count: watch::Sender<u64>,
}

#[derive(Clone, Default)]
pub(crate) struct Notes {
    pub(crate) committed: Vec<Arc<Committed>>,
    pub(crate) moved: Vec<(SpaceId, Option<u64>)>,
    pub(crate) concerned: Vec<Concern>,
    pub(crate) revoked: Vec<Revocation>,
    pub(crate) resumed: u64,
    pub(crate) live: BTreeSet<SpaceId>,
}

impl Heard {
    /// All that was told.
    pub(crate) fn notes(&self) -> Notes {
        self.notes.lock().unwrap().clone()
    }

    /// Says that somebody is live in this space.
    pub(crate) fn follow(&self, space: SpaceId) {
        self.notes.lock().unwrap().live.insert(space);
    }

    /// Waits until what was told satisfies.
    pub(crate) async fn until(&self, satisfies: impl Fn(&Notes) -> bool) -> Notes {
        let mut count = self.count.subscribe();
        loop {
            let notes = self.notes();
            if satisfies(&notes) {
                return notes;
            }
            count.changed().await.unwrap();
        }
    }

    /// Waits for the commit that holds this entry: answers come before the news.
    pub(crate) async fn commit_of(&self, space: SpaceId, seq: u64) -> Arc<Committed> {
        let holds = |it: &Committed| it.space == space && (it.from..=it.to).contains(&seq);
        let notes = self.until(|notes| notes.committed.iter().any(|it| holds(it))).await;
        let found = notes.committed.iter().find(|it| holds(it));
        Arc::clone(found.unwrap())
    }

    fn note(&self, note: impl FnOnce(&mut Notes)) {
        note(&mut self.notes.lock().unwrap());
        self.count.send_modify(|count| *count += 1);
    }
}

impl Fanout for Heard {
    fn committed(&self, committed: Arc<Committed>) {
        self.note(|notes| notes.committed.push(committed));
    }

    fn may_have_moved(&self, space: SpaceId, head: Option<u64>) {
        self.note(|notes| notes.moved.push((space, head)));
    }

    fn concerns(&self, whom: Concern) {
        self.note(|notes| notes.concerned.push(whom));
    }

    fn revoked(&self, revocation: Revocation) {
        self.note(|notes| notes.revoked.push(revocation));
    }

    fn live_spaces(&self) -> Vec<SpaceId> {
        self.notes().live.into_iter().collect()
    }

    fn resumed(&self) {
        self.note(|notes| notes.resumed += 1);
    }
}
