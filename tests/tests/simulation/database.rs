//! The servers' database, as naive as can be: maps in memory. Everything that
//! decides is the sequencer's pure core; this only keeps what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use umbra_model::{
    ActorPrefix, DeviceId, DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId,
};
use umbra_server::sequencer::Seal;
use umbra_server::sequencer::core::{
    Decision, DocRow, Facts, LogEvent, LogRow, Looked, Needs, Regained, SpaceFacts, UserFacts,
};
use umbra_sync_protocol::gate::GateDoc;
use umbra_sync_protocol::session::Viewer;
use umbra_sync_protocol::wire::{ChangeHash, Epoch, PurgeOrder, SpaceState};

/// A purge order and whom it is for.
#[derive(Clone)]
pub struct Order {
    pub device: DeviceId,
    pub user: UserId,
    pub order: PurgeOrder,
    pub confirmed: bool,
    pub withdrawn: bool,
}

#[derive(Clone)]
pub struct Database {
    pub epoch: Epoch,
    pub key: [u8; 32],
    pub restored_at: Option<Millis>,
    pub users: BTreeMap<UserId, String>,
    pub devices: BTreeMap<DeviceId, (UserId, ActorPrefix)>,
    pub spaces: BTreeMap<SpaceId, SpaceFacts>,
    pub members: BTreeMap<(SpaceId, UserId), Role>,
    pub docs: BTreeMap<DocId, DocRow>,
    pub saves: BTreeMap<DocId, Vec<u8>>,
    pub log: BTreeMap<SpaceId, Vec<LogRow>>,
    pub views: BTreeMap<DocId, Arc<str>>,
    pub orders: Vec<Order>,
}

impl Database {
    pub fn new(epoch: Epoch, key: [u8; 32]) -> Self {
        Self {
            epoch,
            key,
            restored_at: None,
            users: BTreeMap::new(),
            devices: BTreeMap::new(),
            spaces: BTreeMap::new(),
            members: BTreeMap::new(),
            docs: BTreeMap::new(),
            saves: BTreeMap::new(),
            log: BTreeMap::new(),
            views: BTreeMap::new(),
            orders: Vec::new(),
        }
    }

    pub fn seal(&self) -> Seal {
        Seal::new(&self.key)
    }

    pub fn role(&self, space: SpaceId, user: UserId) -> Option<Role> {
        self.members.get(&(space, user)).copied()
    }

    pub fn head(&self, space: SpaceId) -> u64 {
        self.spaces.get(&space).map_or(0, |facts| facts.head)
    }

    pub fn spaces_of(&self, user: UserId) -> Vec<SpaceId> {
        let mine = self.members.keys().filter(|(_, member)| *member == user);
        mine.map(|(space, _)| *space).collect()
    }

    /// A space as this user has it.
    pub fn state(&self, space: SpaceId, user: UserId) -> Option<SpaceState> {
        let role = self.role(space, user)?;
        let SpaceFacts { kind, head, recovering, .. } = *self.spaces.get(&space)?;
        Some(SpaceState { space, kind, role, head, reset: false, recovering })
    }

    /// Whether this user may see the document.
    pub fn sees(&self, user: UserId, doc: DocId) -> bool {
        let Some(row) = self.docs.get(&doc) else { return false };
        let Some(role) = self.role(row.space, user) else { return false };
        let facts = self.whole_facts().doc(doc, row);
        facts.is_some_and(|facts| Viewer { user, role }.sees(&facts))
    }

    /// The comments on a document.
    pub fn comments_on(&self, doc: DocId) -> BTreeSet<DocId> {
        let comments = self.docs.iter().filter(|(_, row)| row.subject == Some(doc));
        comments.map(|(comment, _)| *comment).collect()
    }

    /// The content of a document, opened.
    pub fn open(&self, doc: DocId) -> GateDoc {
        let row = &self.docs[&doc];
        let saved = self.saves.get(&doc).map(Vec::as_slice);
        GateDoc::open(row.kind, saved, self.chunks(doc))
            .expect("what the gate let in can be opened")
    }

    /// The chunks of a document that aren't folded, in the order of the log.
    pub fn chunks(&self, doc: DocId) -> Vec<&[u8]> {
        let rows = self.log.get(&self.docs[&doc].space).into_iter().flatten();
        let chunks = rows.filter_map(|row| match &row.event {
            LogEvent::Change(change) if change.doc == doc => change.chunk.as_ref(),
            _ => None,
        });
        chunks.map(|chunk| chunk.as_slice()).collect()
    }

    /// Folds the changes of a document into a saved one.
    pub fn fold(&mut self, doc: DocId) {
        let saved = self.open(doc).save();
        let reopened = GateDoc::open(self.docs[&doc].kind, Some(&saved), []);
        let reopened = reopened.expect("a saved document can be opened");
        assert_eq!(reopened.heads(), self.open(doc).heads(), "saving loses nothing");
        let space = self.docs[&doc].space;
        for row in self.log.get_mut(&space).into_iter().flatten() {
            if let LogEvent::Change(change) = &mut row.event
                && change.doc == doc
            {
                change.chunk = None;
            }
        }
        self.saves.insert(doc, saved);
    }

    /// Everything, as facts: what a naive store can afford.
    fn whole_facts(&self) -> Facts {
        Facts {
            spaces: self.spaces.clone(),
            members: self.members.clone(),
            docs: self.docs.clone(),
            ..Facts::default()
        }
    }

    /// Whether a change is in a log.
    pub fn has(&self, hash: ChangeHash) -> bool {
        let is_it =
            |row: &LogRow| matches!(&row.event, LogEvent::Change(change) if change.hash == hash);
        self.log.values().flatten().any(is_it)
    }

    /// In which spaces these documents live, of those that there are.
    pub fn homes<'a>(&self, docs: impl Iterator<Item = &'a DocId>) -> BTreeMap<DocId, SpaceId> {
        docs.filter_map(|doc| self.docs.get(doc).map(|row| (*doc, row.space))).collect()
    }

    /// What a batch asks for, and nothing that it doesn't: a need that was forgotten
    /// must show.
    pub fn facts(&self, needs: &Needs) -> Facts {
        let mut facts = Facts { restored_at: self.restored_at, ..Facts::default() };
        for space in &needs.spaces {
            if let Some(row) = self.spaces.get(space) {
                facts.spaces.insert(*space, SpaceFacts { members: 0, ..row.clone() });
            }
        }
        let located = needs.docs.iter().filter(|(_, space)| space.is_some()).map(|(doc, _)| *doc);
        let mut docs: BTreeSet<DocId> = located.collect();
        for doc in needs.comments.iter().filter(|doc| self.docs.contains_key(doc)) {
            let comments = self.comments_on(*doc);
            docs.extend(&comments);
            facts.comments.insert(*doc, comments);
        }
        for space in &needs.private {
            let there = self.docs.iter().filter(|(_, row)| row.space == *space);
            let there = there.filter(|(_, row)| row.purged_at.is_none());
            let private = there.filter(|(_, row)| row.privacy != Privacy::Default);
            let private: Vec<DocId> = private.map(|(doc, _)| *doc).collect();
            docs.extend(private.iter().flat_map(|doc| self.comments_on(*doc)));
            docs.extend(private);
        }
        let about = docs.iter().filter_map(|doc| self.docs.get(doc)?.subject);
        docs.extend(about.collect::<Vec<_>>());
        facts.docs.extend(docs.iter().filter_map(|doc| Some((*doc, self.docs.get(doc)?.clone()))));
        for (space, user) in &needs.members {
            facts.members.extend(self.role(*space, *user).map(|role| ((*space, *user), role)));
        }
        let mut users = needs.users.clone();
        for space in &needs.rosters {
            let roster = self.members.iter().filter(|((of, _), _)| of == space);
            facts.members.extend(roster.clone().map(|(key, role)| (*key, *role)));
            users.extend(roster.map(|((_, user), _)| *user));
        }
        for space in &needs.crowds {
            let count = self.members.keys().filter(|(of, _)| of == space).count() as u64;
            facts.spaces.entry(*space).and_modify(|row| row.members = count);
        }
        facts.users.extend(users.into_iter().filter_map(|it| Some((it, self.user_facts(it)?))));
        facts.prefs.extend(needs.prefs.iter().filter(|space| self.has_prefs(**space)));
        for (space, user) in needs.regained_with_owners(&facts.spaces) {
            facts.regained.extend(self.regained(space, user).map(|it| ((space, user), it)));
        }
        facts
    }

    fn user_facts(&self, user: UserId) -> Option<UserFacts> {
        let devices = self.devices.iter().filter(|(_, (of, _))| *of == user);
        let personal = self
            .spaces
            .values()
            .any(|space| space.owner == user && space.kind == SpaceKind::Personal);
        Some(UserFacts {
            name: self.users.get(&user)?.clone(),
            active: true,
            devices: devices.map(|(device, _)| *device).collect(),
            personal,
            spaces: self.spaces_of(user).len() as u64,
        })
    }

    fn has_prefs(&self, space: SpaceId) -> bool {
        let is = |row: &DocRow| row.space == space && row.kind == Kind::Prefs;
        self.docs.values().any(|row| is(row) && row.purged_at.is_none())
    }

    fn regained(&self, space: SpaceId, user: UserId) -> Option<Regained> {
        let head = self.spaces.get(&space)?.restored_head?;
        let mut regained = Regained::default();
        for row in self.log.get(&space).into_iter().flatten().filter(|row| row.seq > head) {
            if let LogEvent::Member(it) = &row.event
                && it.user == user
            {
                regained.decided |= it.lost.is_none();
                regained.lost_seq = regained.lost_seq.max(it.lost.map(|lost| lost.seq));
            }
        }
        Some(regained)
    }

    /// Writes what was decided.
    pub fn write(&mut self, decision: &Decision) -> Looked {
        for (space, _, facts) in decision.spaces() {
            self.spaces.insert(space, facts.clone());
        }
        for (doc, write) in decision.docs() {
            self.docs.insert(*doc, write.row.clone());
        }
        for (doc, view) in decision.views() {
            self.views.insert(*doc, Arc::clone(&view.rendered.json));
        }
        for row in decision.rows() {
            let log = self.log.entry(row.space).or_default();
            assert_eq!(row.seq, log.len() as u64 + 1, "a log has no gaps and no double places");
            log.push(row.clone());
            if let LogEvent::Purged(doc) = row.event {
                self.erase(row.space, doc);
            }
        }
        for (key, write) in decision.members() {
            match write.role {
                Some(role) => self.members.insert(*key, role),
                None => self.members.remove(key),
            };
        }
        self.write_orders(decision)
    }

    fn erase(&mut self, space: SpaceId, doc: DocId) {
        self.saves.remove(&doc);
        self.views.remove(&doc);
        for row in self.log.get_mut(&space).into_iter().flatten() {
            if let LogEvent::Change(change) = &mut row.event
                && change.doc == doc
            {
                change.chunk = None;
            }
        }
    }

    fn write_orders(&mut self, decision: &Decision) -> Looked {
        for it in decision.withdrawn() {
            let matches = |order: &&mut Order| {
                (order.user, order.order.space, order.order.doc) == (it.user, it.space, it.doc)
            };
            self.orders.iter_mut().filter(matches).for_each(|order| order.withdrawn = true);
        }
        let mut looked = Looked::default();
        for purge in decision.purges() {
            let number = self.orders.len() as u64 + 1;
            looked.purges.push(number);
            let order = PurgeOrder {
                order: number,
                space: purge.space,
                doc: purge.doc,
                reason: purge.reason.to_owned(),
            };
            let (device, user) = (purge.device, purge.user);
            self.orders.push(Order { device, user, order, confirmed: false, withdrawn: false });
        }
        for it in decision.earlier() {
            let rows = self.log.get(&it.space).into_iter().flatten();
            let found = rows.filter_map(|row| match &row.event {
                LogEvent::Change(change) if change.doc == it.doc => Some((row.seq, change)),
                _ => None,
            });
            let mut same =
                found.filter(|(_, it2)| (it2.actor, it2.actor_seq) == (it.actor, it.actor_seq));
            looked.earlier.push(same.next().map(|(seq, change)| (seq, change.receipt)));
        }
        for (_, doc) in decision.subjects() {
            if let Some(row) = self.docs.get(&doc) {
                looked.subjects.insert(doc, (row.creator, row.privacy));
            }
        }
        looked
    }

    /// The orders that a device has yet to confirm.
    pub fn open_orders(&self, device: DeviceId) -> Vec<PurgeOrder> {
        let open = |it: &&Order| it.device == device && !it.confirmed && !it.withdrawn;
        self.orders.iter().filter(open).map(|it| it.order.clone()).collect()
    }

    /// A device has carried out an order.
    pub fn confirm(&mut self, device: DeviceId, order: u64) {
        let its = |it: &&mut Order| it.device == device && it.order.order == order;
        self.orders.iter_mut().filter(its).for_each(|it| it.confirmed = true);
    }

    /// What `umbra-server restore` does to a backup.
    pub fn restored(mut self, epoch: Epoch, now: Millis) -> Self {
        (self.epoch, self.restored_at) = (epoch, Some(now));
        for facts in self.spaces.values_mut().filter(|facts| !facts.deleted) {
            facts.restored_head = Some(facts.head);
            facts.recovering = facts.kind != SpaceKind::Personal;
        }
        self
    }
}
