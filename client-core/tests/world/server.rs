//! A server that is too simple to be wrong: one log a space, the real gate, no
//! paging cleverness, everything in memory.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::policy::{Action, Ask, decide};
use umbra_model::{
    ActorPrefix, DeviceId, DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId,
};
use umbra_sync_protocol::gate::{Author, Code, DocFacts, GateDoc, Judgement};
use umbra_sync_protocol::view::view;
use umbra_sync_protocol::wire::{
    Accepted, Answer, Body, ChangeHash, ClientFrame, Command, Cover, Cursor, Entries, Epoch, Event,
    Fault, Hello, LogEntry, MemberEvent, Pack, PackedDoc, PurgeOrder, Push, PushItem, Receipt,
    ServerFrame, SpaceState, VERSION, Verdict, Verdicts, Welcome,
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

    /// Gives a role, another role, or none.
    pub fn set_role(&mut self, space: SpaceId, user: UserId, role: Option<Role>) {
        let owner = self.disk.spaces[&space].owner();
        let members = &mut self.disk.spaces.get_mut(&space).unwrap().members;
        let before = members.get(&user).copied();
        if before == role || before == Some(Role::Owner) {
            return;
        }
        match role {
            Some(role) => drop(members.insert(user, role)),
            None => drop(members.remove(&user)),
        }
        if before.is_none() {
            // Whoever is back keeps what they had not removed yet.
            let devices = self.devices_of(user);
            self.orders.retain(|(device, it)| it.space != space || !devices.contains(device));
        }
        self.log_member(space, user, role, owner);
        for device in self.devices_of(user) {
            match role {
                Some(_) if before.is_none() => self.begin_stream(device, space, None, true),
                Some(_) => {
                    let state = self.state(space, user, false);
                    self.send(device, ServerFrame::Space(state));
                }
                None => self.order(device, space, None, "removed"),
            }
        }
    }

    fn log_member(&mut self, space: SpaceId, user: UserId, role: Option<Role>, by: UserId) {
        let seq = self.disk.spaces[&space].log.len() as u64 + 1;
        let receipt = member_seal(space, seq, user, role, by);
        let name = format!("user-{}", user.0.as_u128());
        let event = Event::Member(MemberEvent { user, name, role, by, receipt });
        self.append(space, event);
        self.publish(space, None);
    }

    fn order(&mut self, device: DeviceId, space: SpaceId, doc: Option<DocId>, reason: &str) {
        self.last_order += 1;
        let order = self.last_order;
        let order = PurgeOrder { order, space, doc, reason: reason.to_owned() };
        self.orders.push((device, order.clone()));
        self.live.remove(&(device, space));
        self.send(device, ServerFrame::Purge(order));
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

    fn hello(&mut self, account: &Account, hello: &Hello) {
        self.greeted.insert(account.device);
        let same_epoch = hello.epoch == Some(self.epoch);
        let mine: Vec<SpaceId> = self.spaces_of(account.user);
        let reset = |space: &SpaceId, server: &Self| {
            let cursor = hello.cursors.iter().find(|cursor| cursor.space == *space);
            cursor.is_some_and(|cursor| {
                !same_epoch || cursor.seq > server.disk.spaces[space].log.len() as u64
            })
        };
        let states =
            mine.iter().map(|space| self.state(*space, account.user, reset(space, self))).collect();
        self.send(
            account.device,
            ServerFrame::Welcome(Welcome {
                version: VERSION,
                epoch: self.epoch,
                user: account.user,
                device: account.device,
                prefix: account.prefix,
                spaces: states,
                now: Millis(0),
            }),
        );
        let pending = self.orders.iter().filter(|(device, order)| {
            *device == account.device && !self.confirmed.contains(&order.order)
        });
        let pending: Vec<PurgeOrder> = pending.map(|(_, order)| order.clone()).collect();
        for order in pending {
            self.send(account.device, ServerFrame::Purge(order));
        }
        for space in mine {
            let cursor = hello.cursors.iter().find(|cursor| cursor.space == space).cloned();
            let cursor = cursor.filter(|_| !reset(&space, self));
            self.begin_stream(account.device, space, cursor, false);
        }
    }

    /// Sends what there is of a space from here on.
    fn begin_stream(
        &mut self,
        device: DeviceId,
        space: SpaceId,
        cursor: Option<Cursor>,
        is_news: bool,
    ) {
        if !self.greeted.contains(&device) {
            return;
        }
        let user = self.accounts.iter().find(|it| it.device == device).unwrap().user;
        if is_news {
            let state = self.state(space, user, false);
            self.send(device, ServerFrame::Space(state));
        }
        let head = self.disk.spaces[&space].log.len() as u64;
        let at = match cursor {
            Some(Cursor { seq, packed_to: None, .. }) => seq,
            Some(Cursor { seq, packed_to, .. }) => self.packs(device, space, seq, packed_to),
            None => self.packs(device, space, head, None),
        };
        let mut at = at;
        while at < head {
            let to = (at + PAGE as u64).min(head);
            let frame = self.entries(space, at + 1, to);
            self.send(device, ServerFrame::Entries(frame));
            at = to;
        }
        self.send(device, ServerFrame::Current(space, head));
        self.live.insert((device, space), head);
    }

    fn packs(&mut self, device: DeviceId, space: SpaceId, seq: u64, after: Option<DocId>) -> u64 {
        let docs: Vec<PackedDoc> = self
            .disk
            .docs
            .values()
            .filter(|doc| doc.space == space && after.is_none_or(|after| doc.facts.doc > after))
            .map(|doc| doc.packed())
            .collect();
        let pages: Vec<&[PackedDoc]> = docs.chunks(PAGE).collect();
        let members = self.latest_members(space);
        for (at, page) in pages.iter().enumerate() {
            let last = at + 1 == pages.len();
            let frame = Pack {
                space,
                seq,
                packed_to: page.last().map(|doc| doc.doc),
                last,
                body: Body::pack(page),
                members: last.then(|| Body::pack(&members)),
            };
            self.send(device, ServerFrame::Pack(frame));
        }
        if pages.is_empty() {
            let body = Body::pack::<PackedDoc>(&[]);
            let members = Some(Body::pack(&members));
            let frame = Pack { space, seq, packed_to: None, last: true, body, members };
            self.send(device, ServerFrame::Pack(frame));
        }
        seq
    }

    fn latest_members(&self, space: SpaceId) -> Vec<LogEntry> {
        let mut latest: BTreeMap<UserId, LogEntry> = BTreeMap::new();
        for (at, event) in self.disk.spaces[&space].log.iter().enumerate() {
            if let Event::Member(member) = event {
                let entry = LogEntry { seq: at as u64 + 1, event: event.clone() };
                latest.insert(member.user, entry);
            }
        }
        latest.into_values().collect()
    }

    fn entries(&self, space: SpaceId, from: u64, to: u64) -> Entries {
        let log = &self.disk.spaces[&space].log;
        let stretch = from as usize - 1..to as usize;
        let mut entries: Vec<LogEntry> =
            stretch.map(|at| LogEntry { seq: at as u64 + 1, event: log[at].clone() }).collect();
        // The view of a document is that after the stretch, with its last change.
        let mut seen = BTreeSet::new();
        for entry in entries.iter_mut().rev() {
            if let Event::Change { doc, view, .. } = &mut entry.event
                && seen.insert(*doc)
                && to as usize == log.len()
            {
                *view = Some(self.disk.docs[doc].view());
            }
        }
        Entries { space, from, to, body: Body::pack(&entries) }
    }

    fn push(&mut self, account: &Account, push: Push) {
        let checkpoint = push.atomic.then(|| self.disk.clone());
        let before: BTreeMap<SpaceId, u64> =
            self.disk.spaces.iter().map(|(id, space)| (*id, space.log.len() as u64)).collect();
        let mut verdicts: Vec<Verdict> =
            push.items.iter().flat_map(|item| self.item(account, item)).collect();
        let is_refused = |verdict: &Verdict| matches!(verdict, Verdict::Refused { .. });
        if let Some(checkpoint) = checkpoint.filter(|_| verdicts.iter().any(is_refused)) {
            self.disk = checkpoint;
            for verdict in &mut verdicts {
                if let Verdict::Accepted { hash, .. } = verdict {
                    *verdict = refused(Some(*hash), Code::AtomicPushRefused, None);
                }
            }
        }
        let mut covers = Vec::new();
        for (space, before) in before {
            let head = self.disk.spaces[&space].log.len() as u64;
            if head > before {
                let at = self.live.get_mut(&(account.device, space));
                if let Some(at) = at.filter(|at| **at == before) {
                    *at = head;
                    covers.push(Cover { space, from: before + 1, to: head });
                }
                self.publish(space, Some(account.device));
            }
        }
        self.send(
            account.device,
            ServerFrame::Verdicts(Verdicts { id: push.id, verdicts, covers }),
        );
        let spaces: Vec<SpaceId> = self.disk.spaces.keys().copied().collect();
        for space in spaces {
            self.publish(space, None);
        }
    }

    fn item(&mut self, account: &Account, item: &PushItem) -> Vec<Verdict> {
        let all = |code: Code| vec![refused(None, code, None); item.chunks.len()];
        let held = self.disk.docs.get(&item.doc).map(|doc| doc.space);
        let Some(space) = held.or(item.create.as_ref().map(|create| create.space)) else {
            return all(Code::NotFound);
        };
        let Some(row) = self.disk.spaces.get(&space) else { return all(Code::NotFound) };
        let (kind, recovering) = (row.kind, row.recovering);
        let role = row.members.get(&account.user).copied();
        let sealed = item.receipts.as_ref();
        if let Some(receipts) = sealed
            && !self.are_true(account, item, space, receipts)
        {
            return all(Code::ReceiptInvalid);
        }
        let Some(role) = role.or(sealed.map(|_| Role::Viewer)) else { return all(Code::NotFound) };
        if recovering && role != Role::Owner && sealed.is_none() {
            return all(Code::SpaceRecovering);
        }
        let mut created = None;
        if held.is_none()
            && let Some(create) = &item.create
        {
            let action = Action::Create;
            let (kind_of, privacy) = (create.kind, create.privacy);
            let ask = Ask {
                space: kind,
                role,
                kind: kind_of,
                privacy,
                own: true,
                own_subject: false,
                action,
            };
            if sealed.is_none()
                && let Err(denied) = decide(&ask)
            {
                let verdict = refused(None, Code::RoleTooWeak, Some(denied.rule.to_owned()));
                return vec![verdict; item.chunks.len()];
            }
            self.add_doc(space, item.doc, kind_of, account.user, privacy);
            created = Some(item.doc);
        }
        let verdicts = self.judge(account, item, role, sealed.is_some());
        let any = verdicts.iter().any(|verdict| matches!(verdict, Verdict::Accepted { .. }));
        if let Some(doc) = created.filter(|_| !any) {
            self.disk.docs.remove(&doc);
            self.disk.spaces.get_mut(&space).unwrap().log.pop();
        }
        verdicts
    }

    fn are_true(
        &self,
        account: &Account,
        item: &PushItem,
        space: SpaceId,
        receipts: &[Accepted],
    ) -> bool {
        receipts.iter().zip(&item.chunks).all(|(receipt, chunk)| {
            let hash = automerge::Change::from_bytes(chunk.to_vec()).unwrap().hash();
            let hash = ChangeHash(hash.0);
            receipt.space == space
                && receipt.receipt
                    == change_seal(space, receipt.seq, item.doc, hash, account.device)
        })
    }

    fn judge(
        &mut self,
        account: &Account,
        item: &PushItem,
        role: Role,
        proven: bool,
    ) -> Vec<Verdict> {
        let author = Author { user: account.user, prefix: account.prefix, role };
        let doc = self.disk.docs.get_mut(&item.doc).unwrap();
        let facts = doc.facts;
        let chunks: Vec<&[u8]> = item.chunks.iter().map(|chunk| chunk.as_slice()).collect();
        let judged = if proven {
            doc.gate.judge_proven(&chunks, &author)
        } else {
            doc.gate.judge(&chunks, &author, &facts)
        };
        let space = doc.space;
        let mut verdicts = Vec::new();
        for (judgement, chunk) in judged.into_iter().zip(&item.chunks) {
            verdicts.push(match judgement {
                Judgement::Accepted { hash, .. } => {
                    let log = self.disk.spaces[&space].log.len() as u64;
                    let doc = self.disk.docs.get_mut(&item.doc).unwrap();
                    doc.places.insert(hash, log + 1);
                    doc.chunks.push(chunk.to_vec());
                    let event = Event::Change { doc: item.doc, chunk: chunk.clone(), view: None };
                    self.append(space, event);
                    let receipt = change_seal(space, log + 1, item.doc, hash, account.device);
                    Verdict::Accepted { hash, seq: log + 1, receipt }
                }
                Judgement::Duplicate { hash, .. } => {
                    let seq = self.disk.docs[&item.doc].places[&hash];
                    let receipt = change_seal(space, seq, item.doc, hash, account.device);
                    Verdict::Accepted { hash, seq, receipt }
                }
                Judgement::Refused { hash, refusal } => {
                    self.equivocations += usize::from(refusal.code == Code::Equivocation);
                    Verdict::Refused {
                        hash,
                        code: refusal.code.as_str().to_owned(),
                        path: refusal.path,
                        rule: refusal.rule.map(|rule| rule.to_owned()),
                        permanent: refusal.code.permanent(),
                    }
                }
            });
        }
        verdicts
    }

    fn command(&mut self, account: &Account, id: u32, command: Command) {
        let mut error = None;
        match command {
            Command::CreateSpace(space, kind) => {
                if !self.disk.spaces.contains_key(&space) {
                    self.found(space, kind, account.user);
                    for device in self.devices_of(account.user) {
                        self.begin_stream(device, space, None, true);
                    }
                }
            }
            Command::RestoreMember(event, space, seq) => {
                let MemberEvent { user, role, by, receipt, .. } = event;
                let is_true = receipt == member_seal(space, seq, user, role, by);
                let lacks = self
                    .disk
                    .spaces
                    .get(&space)
                    .is_some_and(|it| it.recovering && it.members.get(&user).copied() != role);
                if is_true && lacks {
                    let members = &mut self.disk.spaces.get_mut(&space).unwrap().members;
                    match role {
                        Some(role) => drop(members.insert(user, role)),
                        None => drop(members.remove(&user)),
                    }
                    self.log_member(space, user, role, by);
                    for device in self.devices_of(user) {
                        match role {
                            Some(_) => self.begin_stream(device, space, None, true),
                            None => self.order(device, space, None, "removed"),
                        }
                    }
                } else if !is_true {
                    error = Some("receipt_invalid");
                }
            }
            Command::Recovered(space) => {
                let row = self.disk.spaces.get_mut(&space);
                let row = row.filter(|row| row.owner() == account.user && row.recovering);
                match row {
                    Some(row) => row.recovering = false,
                    None => error = Some("not_recovering"),
                }
                for (user, device) in self.followers(space) {
                    let state = self.state(space, user, false);
                    self.send(device, ServerFrame::Space(state));
                }
            }
            Command::SetPrivacy(..) => error = Some("not_found"),
        }
        let error =
            error.map(|code| Fault { code: code.to_owned(), message: String::new(), fatal: false });
        self.send(account.device, ServerFrame::Answer(Answer { id, error }));
    }

    fn add_doc(
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

    fn append(&mut self, space: SpaceId, event: Event) {
        self.disk.spaces.get_mut(&space).unwrap().log.push(event);
    }

    /// Sends what is new in a space to whoever follows it, but for one.
    fn publish(&mut self, space: SpaceId, but: Option<DeviceId>) {
        let head = self.disk.spaces[&space].log.len() as u64;
        for (_, device) in self.followers(space) {
            let at = self.live[&(device, space)];
            if Some(device) != but && at < head {
                let frame = self.entries(space, at + 1, head);
                self.live.insert((device, space), head);
                self.send(device, ServerFrame::Entries(frame));
            }
        }
    }

    fn followers(&self, space: SpaceId) -> Vec<(UserId, DeviceId)> {
        let follows = |it: &&Account| self.live.contains_key(&(it.device, space));
        self.accounts.iter().filter(follows).map(|it| (it.user, it.device)).collect()
    }

    fn send(&mut self, device: DeviceId, frame: ServerFrame) {
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

    fn devices_of(&self, user: UserId) -> Vec<DeviceId> {
        self.accounts.iter().filter(|it| it.user == user).map(|it| it.device).collect()
    }

    fn state(&self, space: SpaceId, user: UserId, reset: bool) -> SpaceState {
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
