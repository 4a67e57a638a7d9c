//! One live connection, as the rest of the server knows it: a mailbox with a
//! bell, and a way to end it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use umbra_model::{DeviceId, SpaceId, UserId};
use umbra_sync_protocol::session::{PeerSeen, Published};
use umbra_sync_protocol::wire::PurgeOrder;
use uuid::Uuid;

use crate::limits::INBOX_MAX;
use crate::sequencer::ConnectionId;

/// One live connection.
#[derive(Debug)]
pub struct Line {
    /// Its number on this node.
    pub id: ConnectionId,
    /// Whose it is.
    pub user: UserId,
    /// On which device.
    pub device: DeviceId,
    /// By which session.
    pub session: Uuid,
    mailbox: Mutex<Mail>,
    bell: Notify,
    /// Whether it has begun to follow its spaces.
    open: AtomicBool,
    /// Whether its device was ordered to remove everything.
    purging: AtomicBool,
    doom: Mutex<Option<Doom>>,
    doomed: CancellationToken,
    ended: CancellationToken,
    cut: CancellationToken,
}

/// What waits for a connection. Every part of it is bounded.
#[derive(Debug, Default)]
pub struct Mail {
    /// Stretches of logs, in the order of each space.
    pub stretches: VecDeque<Arc<Published>>,
    /// Spaces that have to be read from the log, and how far that goes, if it is
    /// known.
    pub behind: BTreeMap<SpaceId, Option<u64>>,
    /// Spaces whose state the client has to be told anew.
    pub changed: BTreeSet<SpaceId>,
    /// Orders to remove a document.
    pub purges: Vec<PurgeOrder>,
    /// Whether more orders came than are kept here; the database has them all.
    pub more_purges: bool,
    /// Others' whereabouts.
    pub peers: Vec<PeerSeen>,
    /// Whether the sign-in, and the spaces that it opens, are to be checked.
    pub recheck: bool,
}

/// Why a connection has to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doom {
    /// It is no longer signed in.
    Revoked,
    /// Its user has lost this space.
    Lost(SpaceId),
    /// Its device was ordered to remove everything.
    Purge,
    /// The server stops.
    GoingAway,
}

impl Line {
    pub(super) fn new(id: ConnectionId, user: UserId, device: DeviceId, session: Uuid) -> Self {
        Self {
            id,
            user,
            device,
            session,
            mailbox: Mutex::default(),
            bell: Notify::new(),
            open: AtomicBool::new(false),
            purging: AtomicBool::new(false),
            doom: Mutex::default(),
            doomed: CancellationToken::new(),
            ended: CancellationToken::new(),
            cut: CancellationToken::new(),
        }
    }

    /// Waits until there is mail, and takes it.
    pub async fn mail(&self) -> Mail {
        loop {
            let heard = self.bell.notified();
            let mail = std::mem::take(&mut *self.mailbox());
            if !mail.is_empty() {
                return mail;
            }
            heard.await;
        }
    }

    /// Waits until it has to end, and says why.
    pub async fn doom_comes(&self) -> Doom {
        self.doomed.cancelled().await;
        let doom = self.doom.lock().unwrap_or_else(PoisonError::into_inner);
        doom.unwrap_or(Doom::GoingAway)
    }

    /// Whether it has to end.
    pub fn is_doomed(&self) -> bool {
        self.doomed.is_cancelled()
    }

    /// Waits until it is cut off.
    pub async fn cut_off(&self) {
        self.cut.cancelled().await;
    }

    /// Whether it has begun to follow its spaces.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// It follows its spaces from here on.
    pub(super) fn set_open(&self) {
        self.open.store(true, Ordering::Release);
    }

    /// Whether its device was ordered to remove everything: then it is here for that
    /// and nothing else.
    pub(crate) fn is_purging(&self) -> bool {
        self.purging.load(Ordering::Acquire)
    }

    pub(crate) fn set_purging(&self) {
        self.purging.store(true, Ordering::Release);
    }

    /// It has to end. The first reason stands.
    pub(super) fn doom(&self, why: Doom) {
        let mut doom = self.doom.lock().unwrap_or_else(PoisonError::into_inner);
        doom.get_or_insert(why);
        drop(doom);
        self.doomed.cancel();
    }

    /// It is found to be no longer signed in.
    pub(crate) fn revoke(&self) {
        self.doom(Doom::Revoked);
    }

    /// Its user is found to have lost a space.
    pub(crate) fn lose(&self, space: SpaceId) {
        self.doom(Doom::Lost(space));
    }

    /// Its device is found to have to remove everything.
    pub(crate) fn order_all(&self) {
        self.doom(Doom::Purge);
    }

    /// Nothing is sent on it, and nothing taken from it, any more.
    pub(crate) fn set_ended(&self) {
        self.ended.cancel();
    }

    pub(super) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    pub(super) fn cut(&self) {
        self.cut.cancel();
    }

    pub(super) fn publish(&self, stretch: &Arc<Published>) {
        let mut mail = self.mailbox();
        if mail.stretches.len() < INBOX_MAX {
            mail.stretches.push_back(Arc::clone(stretch));
        } else {
            mail.set_behind(stretch.space, Some(stretch.to));
            metrics::counter!("umbra_mailboxes_full_total").increment(1);
        }
        drop(mail);
        self.bell.notify_one();
    }

    pub(super) fn set_behind(&self, space: SpaceId, head: Option<u64>) {
        self.post(|mail| mail.set_behind(space, head));
    }

    /// The state of a space has to be told anew.
    pub(crate) fn set_changed(&self, space: SpaceId) {
        self.post(|mail| {
            mail.changed.insert(space);
        });
    }

    pub(super) fn purge(&self, order: &PurgeOrder) {
        self.post(|mail| {
            if mail.purges.len() < INBOX_MAX {
                mail.purges.push(order.clone());
            } else {
                mail.more_purges = true;
            }
        });
    }

    /// There are orders in the database that are not known here.
    pub(super) fn order_more(&self) {
        self.post(|mail| mail.more_purges = true);
    }

    /// Whereabouts are of the moment: where mail piles up, they are left out.
    pub(super) fn see(&self, seen: &PeerSeen) {
        let mut mail = self.mailbox();
        if mail.peers.len() < INBOX_MAX {
            mail.peers.push(seen.clone());
            drop(mail);
            self.bell.notify_one();
        }
    }

    /// Its sign-in and its spaces are to be checked.
    pub(super) fn recheck(&self) {
        self.post(|mail| mail.recheck = true);
    }

    fn post(&self, note: impl FnOnce(&mut Mail)) {
        note(&mut self.mailbox());
        self.bell.notify_one();
    }

    fn mailbox(&self) -> MutexGuard<'_, Mail> {
        self.mailbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mail {
    fn set_behind(&mut self, space: SpaceId, head: Option<u64>) {
        self.behind
            .entry(space)
            .and_modify(|known| *known = known.zip(head).map(|(known, head)| known.max(head)))
            .or_insert(head);
    }

    fn is_empty(&self) -> bool {
        self.stretches.is_empty()
            && self.behind.is_empty()
            && self.changed.is_empty()
            && self.purges.is_empty()
            && !self.more_purges
            && self.peers.is_empty()
            && !self.recheck
    }
}
