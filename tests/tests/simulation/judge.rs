//! A judge too simple to be wrong. It knows who wrote what, sees what is committed
//! and sent, and objects at once to what may never be; the rest it is asked at the
//! end (`promises`).

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{DeviceId, DocId, Role, SpaceId, UserId};
use umbra_server::sequencer::core::{DocRow, LogEvent, SpaceFacts};
use umbra_server::sequencer::{Reply, Request};
use umbra_sync_protocol::wire::{
    self, ChangeHash, Event, LogEntry, PurgeOrder, Push, PushItem, Receipt, ServerFrame, Verdict,
};

use crate::database::Database;
use crate::device::Device;
use crate::node::{Done, governs};
use crate::rights::{self, Writes};

/// An edit that somebody made, by its mark.
#[derive(Clone, Debug)]
#[expect(dead_code, reason = "told by Debug where a promise is broken")]
pub struct Written {
    pub device: DeviceId,
    pub doc: DocId,
    pub space: SpaceId,
}

/// An acknowledgement that reached a device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ack {
    pub device: DeviceId,
    pub hash: ChangeHash,
}

#[derive(Default)]
pub struct Judge {
    /// What people wrote.
    pub written: BTreeMap<char, Written>,
    /// What they threw away from their trays.
    pub dismissed: BTreeSet<char>,
    /// What the server promised to keep, and a device heard.
    pub acks: BTreeSet<Ack>,
    /// Of those, what a restore took and nobody was left to give back.
    pub excused: BTreeSet<ChangeHash>,
    /// Every change that was ever accepted: where, and its bytes.
    pub accepted: BTreeMap<ChangeHash, (SpaceId, DocId, Vec<u8>)>,
    /// The seals that were given, by change.
    pub seals: BTreeMap<ChangeHash, BTreeSet<(u64, [u8; 16])>>,
    /// How often the server was restored.
    pub restores: u32,
    /// The memberships that a restore took.
    pub orphans: BTreeSet<(SpaceId, UserId)>,
    /// How often what happened: each verdict, and what breaks.
    pub seen: BTreeMap<String, u64>,
}

/// What decided about rights before a commit.
pub struct Before {
    members: BTreeMap<(SpaceId, UserId), Role>,
    docs: BTreeMap<DocId, DocRow>,
    spaces: BTreeMap<SpaceId, SpaceFacts>,
    lately_restored: bool,
}

impl Before {
    pub fn of(db: &Database) -> Self {
        Self {
            members: db.members.clone(),
            docs: db.docs.clone(),
            spaces: db.spaces.clone(),
            lately_restored: db.restored_at.is_some(),
        }
    }
}

impl Judge {
    /// Counts something that happened, so that it shows if nothing of its kind ever does.
    pub fn note(&mut self, what: &str) {
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }

    /// A device is about to hear a frame.
    pub fn heard(&mut self, device: &Device, frame: &ServerFrame, db: &Database) {
        match frame {
            ServerFrame::Verdicts(verdicts) => {
                for verdict in &verdicts.verdicts {
                    if let Verdict::Accepted { hash, .. } = verdict {
                        self.acks.insert(Ack { device: device.id, hash: *hash });
                    }
                }
            }
            ServerFrame::Purge(order) if self.restores > 0 => {
                self.note_purge(device, order, db);
            }
            _ => {}
        }
    }

    /// What the device may see no longer, it doesn't give back either.
    fn note_purge(&mut self, device: &Device, order: &PurgeOrder, db: &Database) {
        for ack in self.acks.iter().filter(|ack| ack.device == device.id) {
            let (space, doc, _) = self.accepted[&ack.hash];
            let is_it = space == order.space && order.doc.is_none_or(|it| it == doc);
            if is_it && !db.has(ack.hash) {
                self.excused.insert(ack.hash);
            }
        }
    }

    /// A node is about to send a frame. Returns how many bytes of a stream it is.
    pub fn sent(&self, db: &Database, user: UserId, frame: &[u8]) -> usize {
        match wire::decode::<ServerFrame>(frame).expect("the server sends frames") {
            ServerFrame::Entries(entries) => {
                let inside: Vec<LogEntry> = entries.body.unpack().expect("a body");
                for entry in &inside {
                    self.may_hear(db, user, entries.space, entry);
                }
                frame.len()
            }
            ServerFrame::Pack(_) => frame.len(),
            _ => 0,
        }
    }

    /// P8: nobody is told what happened in a space after they were removed.
    fn may_hear(&self, db: &Database, user: UserId, space: SpaceId, entry: &LogEntry) {
        let mut role = None;
        for row in db.log.get(&space).into_iter().flatten() {
            if row.seq > entry.seq {
                break;
            }
            if let LogEvent::Member(member) = &row.event
                && member.user == user
            {
                role = member.role;
            }
        }
        let is_member = role.is_some() || matches!(entry.event, Event::Founded { .. });
        // In the stretch that lets them in, they may hear of what came before.
        let comes_later = db.role(space, user).is_some();
        assert!(
            is_member || comes_later,
            "{user} was told of entry {} behind its removal",
            entry.seq
        );
    }

    /// A node has committed.
    pub fn committed(&mut self, before: &Before, done: &Done) {
        for row in &done.rows {
            let change = match &row.event {
                LogEvent::Change(change) => change,
                LogEvent::Member(member) if member.lost.is_some() => {
                    self.note(match member.role {
                        Some(Role::Owner) => "an ownership given back",
                        _ => "a membership given back",
                    });
                    continue;
                }
                _ => continue,
            };
            if change.lost.is_some() {
                self.note("a change given back");
            }
            let chunk = change.chunk.clone().expect("a fresh row has its bytes");
            if let (None, Some(lost)) = (row.by.role, change.lost) {
                let known = self.seals.get(&change.hash);
                let given = known.is_some_and(|it| it.contains(&(lost.seq, lost.receipt.0)));
                assert!(given, "P11: a change came back that was never accepted");
            }
            self.note_seal(change.hash, row.seq, change.receipt);
            self.accepted.insert(change.hash, (row.space, change.doc, chunk.into()));
        }
        let quiet = !done.submissions.iter().any(governs);
        for (submission, reply) in done.submissions.iter().zip(&done.settled.replies) {
            if let (Request::Push(push), Reply::Pushed(pushed)) = (&submission.request, reply) {
                self.check_push(before, submission.by.user, push, &pushed.verdicts.verdicts, quiet);
                assert!(!pushed.equivocated, "no device has two writers here");
            }
        }
    }

    fn note_seal(&mut self, hash: ChangeHash, seq: u64, receipt: Receipt) {
        self.seals.entry(hash).or_default().insert((seq, receipt.0));
    }

    fn check_push(
        &mut self,
        before: &Before,
        user: UserId,
        push: &Push,
        verdicts: &[Verdict],
        quiet: bool,
    ) {
        let mut verdicts = verdicts.iter();
        for item in &push.items {
            let mut refused = false;
            for chunk in &item.chunks {
                let verdict = verdicts.next().expect("one verdict a chunk");
                let code = code_of(verdict);
                self.note(code);
                match code {
                    "accepted" | "atomic_push_refused" => {}
                    "depends_on_refused" => assert!(refused, "nothing was refused before it"),
                    "missing_dependencies" | "seq_gap" => {
                        assert!(self.restores > 0 || refused, "{code} without a cause");
                    }
                    // Made anew on what the restore left, and then the rest came back.
                    "write_once" => assert!(self.restores > 0, "{verdict:?} without a restore"),
                    "space_recovering" => assert!(before.lately_restored, "nobody restored"),
                    "role_too_weak" | "not_found" => {
                        let may = permitted(before, user, item, chunk);
                        assert!(!quiet || !may, "P3: {code}, though {user} may: {item:?}");
                    }
                    other => panic!("honest work was refused as {other}: {verdict:?}"),
                }
                refused |= code != "accepted";
            }
        }
    }
}

fn code_of(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Accepted { .. } => "accepted",
        Verdict::Refused { code, .. } => code,
    }
}

/// Whether the account may make this change, by what the database said before.
fn permitted(before: &Before, user: UserId, item: &PushItem, chunk: &[u8]) -> bool {
    let row = before.docs.get(&item.doc);
    let create = item.create.as_ref();
    let Some(space) = row.map(|row| row.space).or(create.map(|create| create.space)) else {
        return false;
    };
    let Some(role) = before.members.get(&(space, user)).copied() else { return false };
    let Some(facts) = before.spaces.get(&space).filter(|facts| !facts.deleted) else {
        return false;
    };
    let writes =
        Writes::of(chunk, row.map_or_else(|| create.map(|it| it.kind), |it| Some(it.kind)));
    let Some(row) = row else {
        let creates = create.is_some_and(|it| rights::may_create(facts.kind, role, it.kind));
        return creates && writes.all(|it| rights::may_write(facts.kind, role, it, true));
    };
    let own = row.creator == user;
    let subject = row.subject.and_then(|subject| before.docs.get(&subject));
    let privacy = subject.map_or(row.privacy, |subject| subject.privacy);
    let sees = own
        || role == Role::Owner
        || privacy == umbra_model::Privacy::Default
        || subject.is_some_and(|subject| subject.creator == user);
    row.purged_at.is_none() && sees && writes.all(|it| rights::may_write(facts.kind, role, it, own))
}
