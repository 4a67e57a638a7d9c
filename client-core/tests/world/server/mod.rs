//! A server that is too simple to be wrong: one log a space, the real gate, no
//! paging cleverness, everything in memory.

mod government;
mod judging;
mod streams;

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{ActorPrefix, DeviceId, DocId, Kind, Privacy, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::gate::{Code, DocFacts, GateDoc};
use umbra_sync_protocol::view::view;
use umbra_sync_protocol::wire::{
    ChangeHash, ClientFrame, Epoch, Event, PackedDoc, PurgeOrder, Receipt, ServerFrame, SpaceState,
    Verdict,
};

/// How many documents or entries go into one frame, so that tests see several.
const PAGE: usize = 3;

#[derive(Clone, Debug)]
pub struct Account {
    pub user: UserId,
    pub device: DeviceId,
    pub prefix: ActorPrefix,
}

#[derive(Clone)]
pub struct Space {
    pub kind: SpaceKind,
    pub members: BTreeMap<UserId, Role>,
    pub log: Vec<Event>,
    pub recovering: bool,
}

#[derive(Clone)]
pub struct Doc {
    pub facts: DocFacts,
    pub space: SpaceId,
    pub gate: GateDoc,
    /// The place of each change in the log.
    pub places: BTreeMap<ChangeHash, u64>,
    pub chunks: Vec<Vec<u8>>,
}

/// What a restored backup would bring back.
#[derive(Clone)]
pub struct Disk {
    pub spaces: BTreeMap<SpaceId, Space>,
    pub docs: BTreeMap<DocId, Doc>,
}

pub struct Server {
    pub disk: Disk,
    pub epoch: Epoch,
    orders: Vec<(DeviceId, PurgeOrder)>,
    last_order: u64,
    pub accounts: Vec<Account>,
    /// What goes to each connected device.
    pub out: BTreeMap<DeviceId, Vec<ServerFrame>>,
    /// Who has said hello.
    greeted: BTreeSet<DeviceId>,
    /// How far each connection has been sent each space.
    live: BTreeMap<(DeviceId, SpaceId), u64>,
    pub confirmed: BTreeSet<u64>,
    /// Never to happen: two changes with one actor and sequence number.
    pub equivocations: usize,
}

impl Server {
    pub fn new(accounts: Vec<Account>) -> Self {
        Self {
            disk: Disk { spaces: BTreeMap::new(), docs: BTreeMap::new() },
            epoch: Epoch([1; 16]),
            orders: Vec::new(),
            last_order: 0,
            accounts,
            out: BTreeMap::new(),
            greeted: BTreeSet::new(),
            live: BTreeMap::new(),
            confirmed: BTreeSet::new(),
            equivocations: 0,
        }
    }

    pub fn found(&mut self, space: SpaceId, kind: SpaceKind, owner: UserId) {
        let log = vec![Event::Founded { kind, founder: owner }];
        let members = BTreeMap::from([(owner, Role::Owner)]);
        self.disk.spaces.insert(space, Space { kind, members, log, recovering: false });
        self.add_doc(space, space.into(), Kind::Space, owner, Privacy::Default);
        self.disk.spaces.get_mut(&space).unwrap().log.pop();
    }

    pub fn connect(&mut self, device: DeviceId) {
        self.disconnect(device);
        self.out.insert(device, Vec::new());
    }

    pub fn disconnect(&mut self, device: DeviceId) {
        self.out.remove(&device);
        self.greeted.remove(&device);
        self.live.retain(|(its, _), _| *its != device);
    }

    pub fn backup(&self) -> Disk {
        self.disk.clone()
    }

    pub fn restore(&mut self, disk: Disk) {
        self.disk = disk;
        self.epoch.0[0] += 1;
        self.out.clear();
        self.greeted.clear();
        self.live.clear();
        for space in self.disk.spaces.values_mut() {
            space.recovering = space.members.len() > 1;
        }
    }

    pub fn handle(&mut self, device: DeviceId, frame: ClientFrame) {
        let account = self.accounts.iter().find(|it| it.device == device).unwrap().clone();
        match frame {
            ClientFrame::Hello(hello) => self.hello(&account, &hello),
            ClientFrame::Push(push) => self.push(&account, push),
            ClientFrame::Command(id, command) => self.command(&account, id, command),
            ClientFrame::Purged(purged) => drop(self.confirmed.insert(purged.order)),
            ClientFrame::Credit(_) | ClientFrame::Presence(_) => {}
        }
    }

    pub(super) fn add_doc(
        &mut self,
        space: SpaceId,
        doc: DocId,
        kind: Kind,
        creator: UserId,
        privacy: Privacy,
    ) {
        let space_kind = self.disk.spaces[&space].kind;
        let facts =
            DocFacts { doc, kind, space: space_kind, creator, privacy, subject_creator: None };
        let gate = GateDoc::new(kind);
        let (places, chunks) = Default::default();
        self.disk.docs.insert(doc, Doc { facts, space, gate, places, chunks });
        self.append(space, Event::Created { doc, kind, creator, privacy });
    }

    pub(super) fn append(&mut self, space: SpaceId, event: Event) {
        self.disk.spaces.get_mut(&space).unwrap().log.push(event);
    }

    pub(super) fn followers(&self, space: SpaceId) -> Vec<(UserId, DeviceId)> {
        let follows = |it: &&Account| self.live.contains_key(&(it.device, space));
        self.accounts.iter().filter(follows).map(|it| (it.user, it.device)).collect()
    }

    pub(super) fn send(&mut self, device: DeviceId, frame: ServerFrame) {
        // Before hello nothing is said; what it missed, hello will show.
        if self.greeted.contains(&device)
            && let Some(out) = self.out.get_mut(&device)
        {
            out.push(frame);
        }
    }

    pub fn spaces_of(&self, user: UserId) -> Vec<SpaceId> {
        let spaces = self.disk.spaces.iter();
        spaces.filter(|(_, it)| it.members.contains_key(&user)).map(|(id, _)| *id).collect()
    }

    pub(super) fn devices_of(&self, user: UserId) -> Vec<DeviceId> {
        self.accounts.iter().filter(|it| it.user == user).map(|it| it.device).collect()
    }

    pub(super) fn state(&self, space: SpaceId, user: UserId, reset: bool) -> SpaceState {
        let row = &self.disk.spaces[&space];
        SpaceState {
            space,
            kind: row.kind,
            role: row.members[&user],
            head: row.log.len() as u64,
            reset,
            recovering: row.recovering,
        }
    }
}

impl Space {
    pub fn owner(&self) -> UserId {
        self.members.iter().find(|(_, role)| **role == Role::Owner).map(|(user, _)| *user).unwrap()
    }
}

impl Doc {
    fn view(&self) -> String {
        let view = view(self.gate.document(), self.facts.kind);
        serde_json::Value::Object(view).to_string()
    }

    fn packed(&self) -> PackedDoc {
        // Half of them folded, half as they came, by the look of their ids.
        let is_folded = self.facts.doc.as_bytes()[15].is_multiple_of(2);
        PackedDoc {
            doc: self.facts.doc,
            kind: self.facts.kind,
            creator: self.facts.creator,
            privacy: self.facts.privacy,
            seq: self.places.values().max().copied().unwrap_or_default(),
            saved: is_folded.then(|| self.gate.save().into()),
            chunks: self.chunks.iter().filter(|_| !is_folded).cloned().map(Into::into).collect(),
            view: Some(self.view()),
        }
    }
}

fn refused(hash: Option<ChangeHash>, code: Code, rule: Option<String>) -> Verdict {
    let permanent = code.permanent();
    Verdict::Refused { hash, code: code.as_str().to_owned(), path: None, rule, permanent }
}

/// A seal that only this server can make, as far as our clients go.
fn seal(parts: &[&[u8]]) -> Receipt {
    let mut state = [0x5au8; 16];
    for (at, byte) in parts.iter().flat_map(|part| part.iter()).enumerate() {
        let place = at % 16;
        state[place] = state[place].rotate_left(3) ^ byte ^ state[(place + 7) % 16];
    }
    Receipt(state)
}

fn change_seal(
    space: SpaceId,
    seq: u64,
    doc: DocId,
    hash: ChangeHash,
    device: DeviceId,
) -> Receipt {
    seal(&[space.as_bytes(), &seq.to_be_bytes(), doc.as_bytes(), &hash.0, device.as_bytes()])
}

fn member_seal(space: SpaceId, seq: u64, user: UserId, role: Option<Role>, by: UserId) -> Receipt {
    let role = role.map_or("none", Role::as_str);
    seal(&[space.as_bytes(), &seq.to_be_bytes(), user.as_bytes(), role.as_bytes(), by.as_bytes()])
}
