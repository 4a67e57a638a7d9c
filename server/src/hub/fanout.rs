//! From the sequencer to the mailboxes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use umbra_model::{SpaceId, UserId};
use umbra_sync_protocol::session::{Published, PublishedEntry, Revealing};
use umbra_sync_protocol::wire::{Event, LogEntry};

use super::Hub;
use super::line::{Doom, Line};
use crate::sequencer::{Committed, Concern, Fanout, MemberChange, Revocation, doc_of};

impl Fanout for Hub {
    fn committed(&self, committed: Arc<Committed>) {
        for change in &committed.members {
            self.member_changed(committed.space, change);
        }
        let registry = self.read();
        let Some(audience) = registry.audience_of(committed.space) else { return };
        if committed.from <= committed.to {
            audience.head.fetch_max(committed.to, Ordering::Relaxed);
            let stretch = Arc::new(stretch_of(&committed));
            audience.lines.iter().for_each(|line| line.publish(&stretch));
        }
        if committed.announce {
            audience.lines.iter().for_each(|line| line.set_changed(committed.space));
        }
        if !committed.purges.is_empty() {
            order(&committed, &audience.lines);
        }
    }

    fn may_have_moved(&self, space: SpaceId, head: Option<u64>) {
        let registry = self.read();
        let Some(audience) = registry.audience_of(space) else { return };
        let news = head.is_none_or(|head| audience.head.fetch_max(head, Ordering::Relaxed) < head);
        if news {
            audience.lines.iter().for_each(|line| line.set_behind(space, head));
        }
    }

    fn concerns(&self, whom: Concern) {
        match whom {
            Concern::Member(user) => {
                self.open_lines_of(user).iter().for_each(|line| line.recheck());
            }
            Concern::Orders(device) => {
                let lines = self.read().lines();
                lines
                    .iter()
                    .filter(|line| line.device == device)
                    .for_each(|line| line.order_more());
            }
        }
    }

    fn revoked(&self, revocation: Revocation) {
        self.doomed_by(revocation);
    }

    fn live_spaces(&self) -> Vec<SpaceId> {
        self.read().followed()
    }

    fn resumed(&self) {
        self.read().lines().iter().for_each(|line| line.recheck());
    }
}

impl Hub {
    /// An account has come, gone, or has another role.
    fn member_changed(&self, space: SpaceId, change: &MemberChange) {
        let mine = self.open_lines_of(change.user);
        match change.role {
            Some(_) => mine.iter().for_each(|line| line.set_changed(space)),
            None => mine.iter().for_each(|line| line.doom(Doom::Lost(space))),
        }
    }

    fn open_lines_of(&self, user: UserId) -> Vec<Arc<Line>> {
        self.read().lines_of(user).filter(|line| line.is_open()).cloned().collect()
    }
}

/// Orders to remove a document go to whoever is live. An order for a whole space
/// goes along with the end of the connection.
fn order(committed: &Committed, audience: &[Arc<Line>]) {
    let mut by_device: HashMap<_, Vec<_>> = HashMap::new();
    for (device, order) in committed.purges.iter().filter(|(_, order)| order.doc.is_some()) {
        by_device.entry(*device).or_default().push(order);
    }
    for line in audience {
        for order in by_device.get(&line.device).into_iter().flatten() {
            line.purge(order);
        }
    }
}

fn stretch_of(committed: &Committed) -> Published {
    let entries = committed.entries.iter().map(|entry| published(entry, committed)).collect();
    let revealing = committed
        .docs
        .values()
        .filter_map(|doc| doc.facts_were.map(|was| Revealing { was, now: doc.facts }))
        .collect();
    Published::new(committed.space, committed.from, committed.to, entries, revealing)
}

fn published(entry: &LogEntry, committed: &Committed) -> PublishedEntry {
    let now = doc_of(&entry.event).and_then(|doc| committed.docs.get(&doc));
    let mut entry = entry.clone();
    if let Event::Change { view, .. } = &mut entry.event {
        let last = now.filter(|now| now.changed == Some(entry.seq));
        *view = last.and_then(|now| now.view.as_deref()).map(str::to_owned);
    }
    PublishedEntry { entry, about: now.map(|now| now.facts) }
}
