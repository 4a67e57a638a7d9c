//! The working state while a batch is decided: the facts as they become, and
//! what is to be written.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{DeviceId, DocId, Millis, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::gate::{DocFacts, GateDoc};
use umbra_sync_protocol::wire::Push;

use super::ahead::Ahead;
use super::log_row::LogRow;
use super::{Allowance, DocRow, Facts, SpaceFacts};
use crate::sequencer::seal::Seal;
use crate::sequencer::{ConnectionId, limits};

/// Open documents, by id.
pub type Open = BTreeMap<DocId, Box<GateDoc>>;

/// A document as it is to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocWrite {
    /// The row.
    pub row: DocRow,
    /// Whether it is new.
    pub created: bool,
    /// How many changes were added.
    pub changes: u64,
    /// How many bytes of them.
    pub bytes: u64,
}

/// What happens to a space beside its log. The facts hold the rest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpaceWrite {
    /// The first sequence number that is new.
    pub from: u64,
    /// Whether it is new.
    pub created: bool,
    /// Whether every member is to be told of its state.
    pub announce: bool,
}

/// Someone who comes, goes, or has another role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemberWrite {
    /// Their role before the batch.
    pub was: Option<Role>,
    /// Their role behind it.
    pub role: Option<Role>,
    /// The log entry that says so.
    pub since: u64,
}

/// An order to a device to remove what its user may no longer see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Purge {
    /// The device.
    pub device: DeviceId,
    /// Whose it is.
    pub user: UserId,
    /// The space.
    pub space: SpaceId,
    /// One document of it; none for the whole space.
    pub doc: Option<DocId>,
    /// Why.
    pub reason: &'static str,
}

/// An account that may see again what its devices were told to remove. What they
/// haven't confirmed is taken back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Withdrawal {
    /// The account.
    pub user: UserId,
    /// The space.
    pub space: SpaceId,
    /// One document of it; none for the space and all in it.
    pub doc: Option<DocId>,
}

/// A change that was accepted before: where to look up its place and seal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Earlier {
    /// The space.
    pub space: SpaceId,
    /// The document.
    pub doc: DocId,
    /// The change's actor.
    pub actor: [u8; 16],
    /// Which one of the actor's.
    pub actor_seq: u64,
}

pub(super) struct Ledger<'a> {
    pub(super) now: Millis,
    pub(super) seal: &'a Seal,
    pub(super) facts: Facts,
    pub(super) open: Open,
    pub(super) rows: Vec<(LogRow, Option<ConnectionId>)>,
    pub(super) docs: BTreeMap<DocId, DocWrite>,
    pub(super) facts_were: BTreeMap<DocId, DocFacts>,
    pub(super) spaces: BTreeMap<SpaceId, SpaceWrite>,
    pub(super) members: BTreeMap<(SpaceId, UserId), MemberWrite>,
    pub(super) purges: Vec<Purge>,
    pub(super) withdrawn: BTreeSet<Withdrawal>,
    pub(super) earlier: Vec<Earlier>,
    pub(super) ahead: Ahead,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(now: Millis, seal: &'a Seal, facts: Facts, open: Open) -> Self {
        Self {
            now,
            seal,
            facts,
            open,
            rows: Vec::new(),
            docs: BTreeMap::new(),
            facts_were: BTreeMap::new(),
            spaces: BTreeMap::new(),
            members: BTreeMap::new(),
            purges: Vec::new(),
            withdrawn: BTreeSet::new(),
            earlier: Vec::new(),
            ahead: Ahead::default(),
        }
    }

    /// What happens to the space. It must be among the facts.
    pub(super) fn space(&mut self, space: SpaceId) -> &mut SpaceWrite {
        let head = self.facts.spaces.get(&space).map_or(0, |facts| facts.head);
        let untouched = SpaceWrite { from: head + 1, created: false, announce: false };
        self.spaces.entry(space).or_insert(untouched)
    }

    /// Takes the next place in the space's log.
    pub(super) fn next_seq(&mut self, space: SpaceId) -> u64 {
        self.space(space);
        let facts = self.facts.spaces.get_mut(&space);
        let facts = facts.unwrap_or_else(|| unreachable!("a pen is for a space that is there"));
        facts.head += 1;
        facts.head
    }

    /// Notes that the space's log has lost entries, where that isn't known: it waits
    /// for its owner, unless there is nobody but its owner.
    pub(super) fn find_restored(&mut self, space: SpaceId) {
        let from = self.space(space).from;
        let Some(facts) = self.facts.spaces.get_mut(&space) else { return };
        if facts.restored_head.is_none() {
            facts.restored_head = Some(from - 1);
            facts.recovering = facts.kind != SpaceKind::Personal;
            self.space(space).announce = true;
        }
    }

    /// Whether what isn't there may still be given back: soon after a restore, so that
    /// nobody gives up on it before everybody had their time.
    pub(super) fn is_lately_restored(&self) -> bool {
        let restored = self.facts.restored_at;
        restored.is_some_and(|at| self.now.0 - at.0 < limits::RECOVERY_MILLIS)
    }

    /// Brings a document into being.
    pub(super) fn create_doc(&mut self, doc: DocId, row: DocRow) {
        if let Some(space) = self.facts.spaces.get_mut(&row.space) {
            space.documents += 1;
            if let Some(allowance) = self.facts.quotas.get_mut(&space.owner) {
                allowance.used.documents += 1;
            }
        }
        self.facts.docs.insert(doc, row.clone());
        self.docs.insert(doc, DocWrite { row, created: true, changes: 0, bytes: 0 });
    }

    /// Counts bytes of a document against the quota of who owns the space.
    pub(super) fn count_bytes(&mut self, space: SpaceId, bytes: u64) {
        let owner = self.facts.spaces.get(&space).map(|facts| facts.owner);
        if let Some(it) = owner.and_then(|owner| self.facts.quotas.get_mut(&owner)) {
            it.used.bytes = it.used.bytes.saturating_add(bytes);
        }
    }

    /// Changes what is to be written of a document that is there.
    pub(super) fn write_doc(&mut self, doc: DocId, change: impl FnOnce(&mut DocWrite)) {
        let Some(row) = self.facts.docs.get(&doc) else { return };
        let write = self.docs.entry(doc).or_insert_with(|| DocWrite {
            row: row.clone(),
            created: false,
            changes: 0,
            bytes: 0,
        });
        change(write);
        self.facts.docs.insert(doc, write.row.clone());
    }

    pub(super) fn set_role(&mut self, space: SpaceId, user: UserId, role: Option<Role>, seq: u64) {
        let key = (space, user);
        let was = match role {
            Some(role) => self.facts.members.insert(key, role),
            None => self.facts.members.remove(&key),
        };
        if let Some(facts) = self.facts.spaces.get_mut(&space) {
            match (was, role) {
                (None, Some(_)) => facts.members += 1,
                (Some(_), None) => facts.members = facts.members.saturating_sub(1),
                _ => {}
            }
        }
        let write = MemberWrite { was, role, since: seq };
        self.members
            .entry(key)
            .and_modify(|before| *before = MemberWrite { was: before.was, ..write })
            .or_insert(write);
        if role.is_some() {
            self.withdrawn.insert(Withdrawal { user, space, doc: None });
            self.purges.retain(|purge| (purge.space, purge.user) != (space, user));
        }
    }

    /// Orders each device of the account to remove the space.
    pub(super) fn purge_space(&mut self, space: SpaceId, user: UserId, reason: &'static str) {
        self.withdrawn.remove(&Withdrawal { user, space, doc: None });
        let devices = self.facts.users.get(&user).map(|user| user.devices.as_slice());
        self.purges.extend(devices.unwrap_or_default().iter().map(|device| Purge {
            device: *device,
            user,
            space,
            doc: None,
            reason,
        }));
    }

    /// Orders each device of the account to remove a document that the account saw and
    /// sees no more, or takes such an order back.
    pub(super) fn show_or_hide(
        &mut self,
        space: SpaceId,
        user: UserId,
        doc: DocId,
        (before, after): (bool, bool),
    ) {
        let doc = Some(doc);
        match (before, after) {
            (true, false) => {
                self.withdrawn.remove(&Withdrawal { user, space, doc });
                let devices = self.facts.users.get(&user).map(|user| user.devices.as_slice());
                let orders = devices.unwrap_or_default().iter().copied();
                let reason = "hidden";
                let order = |device| Purge { device, user, space, doc, reason };
                self.purges.extend(orders.map(order));
            }
            (false, true) => {
                self.withdrawn.insert(Withdrawal { user, space, doc });
                self.purges.retain(|it| (it.user, it.space, it.doc) != (user, space, doc));
            }
            (true, true) | (false, false) => {}
        }
    }

    /// What must be put back should an all-or-nothing push be refused.
    pub(super) fn checkpoint(&self, push: &Push) -> Checkpoint {
        let docs = push.items.iter().map(|item| {
            let doc = item.doc;
            let was = DocWas {
                row: self.facts.docs.get(&doc).cloned(),
                write: self.docs.get(&doc).cloned(),
                open: self.open.get(&doc).cloned(),
            };
            (doc, was)
        });
        let homes = push.items.iter().filter_map(|item| {
            let create = item.create.as_ref().map(|create| create.space);
            self.facts.docs.get(&item.doc).map(|row| row.space).or(create)
        });
        let spaces = homes.filter_map(|space| {
            let facts = self.facts.spaces.get(&space)?.clone();
            Some((space, (facts, self.spaces.get(&space).cloned())))
        });
        Checkpoint {
            rows: self.rows.len(),
            docs: docs.collect(),
            spaces: spaces.collect(),
            prefs: self.facts.prefs.clone(),
            quotas: self.facts.quotas.clone(),
        }
    }

    /// Puts it back. What was looked up as accepted earlier stays: it was.
    pub(super) fn roll_back(&mut self, to: Checkpoint) {
        self.rows.truncate(to.rows);
        self.facts.prefs = to.prefs;
        self.facts.quotas = to.quotas;
        for (space, (facts, write)) in to.spaces {
            self.facts.spaces.insert(space, facts);
            put_back(&mut self.spaces, space, write);
        }
        for (doc, was) in to.docs {
            put_back(&mut self.facts.docs, doc, was.row);
            put_back(&mut self.docs, doc, was.write);
            put_back(&mut self.open, doc, was.open);
        }
    }
}

/// See [`Ledger::checkpoint`].
pub(super) struct Checkpoint {
    rows: usize,
    docs: BTreeMap<DocId, DocWas>,
    spaces: BTreeMap<SpaceId, (SpaceFacts, Option<SpaceWrite>)>,
    prefs: BTreeSet<SpaceId>,
    quotas: BTreeMap<UserId, Allowance>,
}

struct DocWas {
    row: Option<DocRow>,
    write: Option<DocWrite>,
    open: Option<Box<GateDoc>>,
}

fn put_back<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, was: Option<V>) {
    match was {
        Some(was) => map.insert(key, was),
        None => map.remove(&key),
    };
}
