//! What became durable in one space, for those who watch it.

use std::collections::BTreeMap;
use std::sync::Arc;

use umbra_model::{DeviceId, DocId, Privacy, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::gate::DocFacts;
use umbra_sync_protocol::wire::{Event, LogEntry, PurgeOrder};

use super::ConnectionId;
use crate::store::Viewer;

/// What became durable in one space by one commit.
#[derive(Clone, PartialEq, Debug)]
pub struct Committed {
    /// The space.
    pub space: SpaceId,
    /// What it is for.
    pub kind: SpaceKind,
    /// The first sequence number of the stretch.
    pub from: u64,
    /// The last; one less than `from` where nothing was appended (a space was
    /// deleted, or its recovery ended).
    pub to: u64,
    /// The entries, without views.
    pub entries: Vec<LogEntry>,
    /// The one connection that everything in the stretch came from, if so: its
    /// verdicts cover the stretch, and it needs no echo.
    pub origin: Option<ConnectionId>,
    /// Every document that the stretch is about, as it is now.
    pub docs: BTreeMap<DocId, DocNow>,
    /// Who came, went, or has another role.
    pub members: Vec<MemberChange>,
    /// Orders to remove what a device may no longer hold.
    pub purges: Vec<(DeviceId, PurgeOrder)>,
    /// Whether every member should be told of the space's state anew.
    pub announce: bool,
}

/// A document as it is after a commit.
#[derive(Clone, PartialEq, Debug)]
pub struct DocNow {
    /// What it is, and what decides who sees it.
    pub facts: DocFacts,
    /// The same before, where this commit changed who sees it.
    pub facts_were: Option<DocFacts>,
    /// The last change of its content in this stretch.
    pub changed: Option<u64>,
    /// Its plain JSON, where its content changed.
    pub view: Option<Arc<str>>,
}

/// Someone came, went, or has another role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemberChange {
    /// Who.
    pub user: UserId,
    /// Their role before; none where they weren't a member.
    pub was: Option<Role>,
    /// Their role now; none where they are no member any more.
    pub role: Option<Role>,
}

impl Committed {
    /// Whether every member sees every entry, so that all can have the same bytes.
    pub fn is_public(&self) -> bool {
        self.docs.values().all(|doc| {
            doc.facts.privacy == Privacy::Default
                && doc.facts_were.is_none_or(|were| were.privacy == Privacy::Default)
        })
    }

    /// Whether this viewer gains a document that was hidden from them, so that they
    /// must be served from the log, where it stands whole.
    pub fn reveals(&self, viewer: Viewer) -> bool {
        self.docs.values().any(|doc| {
            viewer.sees(&doc.facts) && doc.facts_were.is_some_and(|were| !viewer.sees(&were))
        })
    }

    /// The entries that concern what this viewer may see, with the views if wanted.
    pub fn entries_for(&self, viewer: Viewer, views: bool) -> Vec<LogEntry> {
        let seen = |entry: &&LogEntry| {
            doc_of(&entry.event)
                .is_none_or(|doc| self.docs.get(&doc).is_some_and(|now| viewer.sees(&now.facts)))
        };
        self.entries.iter().filter(seen).map(|entry| self.with_view(entry, views)).collect()
    }

    fn with_view(&self, entry: &LogEntry, views: bool) -> LogEntry {
        let mut entry = entry.clone();
        if views && let Event::Change { doc, view, .. } = &mut entry.event {
            let now = self.docs.get(doc).filter(|now| now.changed == Some(entry.seq));
            *view = now.and_then(|now| now.view.as_deref()).map(str::to_owned);
        }
        entry
    }
}

/// The document that an event is about; none where it is about the space.
pub(crate) fn doc_of(event: &Event) -> Option<DocId> {
    match event {
        Event::Change { doc, .. }
        | Event::Created { doc, .. }
        | Event::Privacy { doc, .. }
        | Event::Purged { doc } => Some(*doc),
        Event::Saved(packed) => Some(packed.doc),
        Event::Member(_) | Event::Founded { .. } => None,
    }
}

/// Something of an account that no longer opens anything. It travels to every node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Revocation {
    /// Every session of the account ends.
    User(UserId),
    /// Every session of the device ends.
    Device(DeviceId),
    /// One session ends, by its id.
    Session(uuid::Uuid),
    /// The device has to remove everything: its sockets come back once more, for that.
    Replica(DeviceId),
}

/// Whom something that another node committed concerns, beside those who follow the
/// space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Concern {
    /// The account has come into a space, gone, or has another role.
    Member(UserId),
    /// There are orders for the device to remove something.
    Orders(DeviceId),
}

/// Who carries to live connections what became durable. Called behind the commit,
/// from the sequencer's own task: an implementation hands over and returns.
pub trait Fanout: Send + Sync + 'static {
    /// This node committed something.
    fn committed(&self, committed: Arc<Committed>);

    /// Perhaps another node did, and perhaps up to here. Whoever is behind is
    /// served from the log.
    fn may_have_moved(&self, space: SpaceId, head: Option<u64>);

    /// Another node committed something that concerns somebody beside those who follow
    /// the space.
    fn concerns(&self, whom: Concern);

    /// Another node revoked something.
    fn revoked(&self, revocation: Revocation);

    /// The spaces in which somebody on this node is live, for the periodic look at
    /// their heads.
    fn live_spaces(&self) -> Vec<SpaceId>;

    /// Word from other nodes was interrupted: revocations may have been missed, so
    /// every live session is to be checked.
    fn resumed(&self);
}
