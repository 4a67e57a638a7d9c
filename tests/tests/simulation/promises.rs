//! What must hold when everything has come to rest: the promises of
//! `docs/ARCHITECTURE.md`, one function each.

use std::collections::{BTreeMap, BTreeSet};

use umbra_client_core::Value;
use umbra_client_core::document::Intent;
use umbra_client_core::store::{Documents, Edits, MemoryTx, Spaces, Tray};
use umbra_model::{DocId, Kind, Privacy, Role, SpaceId, UserId};
use umbra_server::sequencer::core::LogEvent;
use umbra_sync_protocol::wire::ChangeHash;

use crate::deed::is_mark;
use crate::device::{Device, now};
use crate::excuse::{is_excused, waits_for_its_space};
use crate::rest::reconnect_all;
use crate::rights::{self, Writes};
use crate::world::World;

/// All that was promised.
pub fn hold(world: &mut World) {
    let changes = changes_in_logs(world);
    acknowledged_is_durable(world, &changes);
    every_change_was_permitted(world);
    nothing_is_lost(world, &changes);
    replicas_converge(world, &changes);
    no_space_recovers_for_ever(world);
    nothing_hidden_is_kept(world);
    reconnecting_costs_nothing(world);
}

fn changes_in_logs(world: &World) -> BTreeSet<ChangeHash> {
    let rows = world.db.log.values().flatten();
    let changes = rows.filter_map(|row| match &row.event {
        LogEvent::Change(change) => Some(change.hash),
        _ => None,
    });
    changes.collect()
}

/// Whether it was removed for good, by somebody who may.
fn is_gone(world: &World, space: SpaceId, doc: DocId) -> bool {
    world.db.spaces.get(&space).is_none_or(|facts| facts.deleted)
        || world.db.docs.get(&doc).is_some_and(|row| row.purged_at.is_some())
}

/// P1 and P11.
fn acknowledged_is_durable(world: &World, changes: &BTreeSet<ChangeHash>) {
    for ack in &world.judge.acks {
        let (space, doc, _) = world.judge.accepted[&ack.hash];
        if is_gone(world, space, doc) {
            continue;
        }
        if changes.contains(&ack.hash) {
            assert!(world.db.open(doc).contains(&ack.hash), "P1: {ack:?} is not in its document");
        } else {
            let excused = is_excused(world, changes, ack.hash);
            assert!(excused, "P1: {ack:?} of {doc} in {space} is not in the log");
        }
    }
}

/// P2 and P10: the log proves it.
fn every_change_was_permitted(world: &World) {
    for (space, rows) in &world.db.log {
        let kind = world.db.spaces[space].kind;
        let mut roles: BTreeMap<UserId, Role> = BTreeMap::new();
        let mut creators: BTreeMap<DocId, (Kind, UserId)> = BTreeMap::new();
        for row in rows {
            let role = roles.get(&row.by.user).copied();
            match &row.event {
                LogEvent::Member(member) => {
                    match member.role {
                        Some(role) => roles.insert(member.user, role),
                        None => roles.remove(&member.user),
                    };
                }
                LogEvent::Created { doc, kind: its, .. } => {
                    creators.insert(*doc, (*its, row.by.user));
                    let founded = *its == Kind::Space && row.seq == 3;
                    let may = role.is_some_and(|role| rights::may_create(kind, role, *its));
                    assert!(founded || may || row.by.role.is_none(), "P2: {row:?}");
                }
                LogEvent::Change(change) if row.by.role.is_some() => {
                    assert_eq!(row.by.role, role, "P10: the log says another role: {row:?}");
                    let (_, _, chunk) = &world.judge.accepted[&change.hash];
                    let (its, creator) = creators[&change.doc];
                    let writes = Writes::of(chunk, Some(its));
                    let (role, own) = (role.expect("it was just compared"), creator == row.by.user);
                    let may = writes.all(|it| rights::may_write(kind, role, it, own));
                    assert!(may, "P2: a {role} wrote into {its}: {row:?}");
                }
                _ => {}
            }
        }
        let members = world.db.members.iter().filter(|((of, _), _)| of == space);
        let members: BTreeMap<_, _> = members.map(|((_, user), role)| (*user, *role)).collect();
        assert!(
            world.db.spaces[space].deleted || members == roles,
            "P10: the log says other roles"
        );
    }
}

/// P4: what somebody wrote is in the log, or still in their hands.
fn nothing_is_lost(world: &World, changes: &BTreeSet<ChangeHash>) {
    let mut found: BTreeSet<char> = world.judge.dismissed.clone();
    for (hash, (space, doc, chunk)) in &world.judge.accepted {
        let counts = changes.contains(hash)
            || world.judge.excused.contains(hash)
            || is_gone(world, *space, *doc)
            || waits_for_its_space(world, *hash);
        if counts {
            let kind = world.db.docs.get(doc).map_or(Kind::Todo, |row| row.kind);
            found.extend(chunk_marks(chunk, kind));
        }
    }
    for device in &world.devices {
        let mut tx = device.look();
        for row in now(tx.tray()).expect("it is readable") {
            found.extend(marks_of(&row.intents));
        }
        // In a space that nobody knows to be this user's any more, it waits.
        for (space, _) in world.judge.orphans.iter().filter(|(_, user)| *user == device.user) {
            for doc in now(tx.documents(*space)).expect("it is readable") {
                let waits = now(tx.pending(doc)).expect("it is readable");
                found.extend(waits.iter().flat_map(|edit| marks_of(&edit.intents)));
            }
        }
    }
    for (mark, written) in &world.judge.written {
        assert!(found.contains(mark), "P4: {mark} is lost: {written:?}");
    }
}

fn chunk_marks(chunk: &[u8], kind: Kind) -> BTreeSet<char> {
    Writes::of(chunk, Some(kind)).marks
}

/// The marks in what an edit did.
pub fn marks_of(intents: &[Intent]) -> Vec<char> {
    let texts = intents.iter().flat_map(|intent| match intent {
        Intent::Set { value: Value::Str(text), .. } => vec![text.clone()],
        Intent::Text { splices, .. } => splices.iter().map(|it| it.insert.clone()).collect(),
        Intent::Set { .. } | Intent::Entry { .. } => Vec::new(),
    });
    texts.flat_map(|text| text.chars().filter(is_mark).collect::<Vec<_>>()).collect()
}

/// P6: every device holds exactly what its user may see, as the server has it; but
/// for what a restore took and nobody can give back, which it keeps.
fn replicas_converge(world: &World, changes: &BTreeSet<ChangeHash>) {
    for device in &world.devices {
        let mut tx = device.look();
        let spaces = now(tx.spaces()).expect("it is readable");
        let held: BTreeSet<SpaceId> = spaces.iter().map(|row| row.space).collect();
        let mine: BTreeSet<SpaceId> = world.db.spaces_of(device.user).into_iter().collect();
        let is_orphan = |space: &SpaceId| world.judge.orphans.contains(&(*space, device.user));
        let known: BTreeSet<_> =
            held.iter().copied().filter(|it| mine.contains(it) || !is_orphan(it)).collect();
        assert_eq!(known, mine, "P6: {} holds other spaces than it has", device.user);
        for row in spaces.iter().filter(|row| known.contains(&row.space)) {
            assert_eq!(Some(row.role), world.db.role(row.space, device.user), "P6: the role");
            assert_eq!(row.cursor, world.db.head(row.space), "P6: the cursor");
            space_converges(world, device, row.space, changes);
        }
    }
}

fn space_converges(world: &World, device: &Device, space: SpaceId, changes: &BTreeSet<ChangeHash>) {
    let mut tx = device.look();
    let held: BTreeSet<DocId> =
        now(tx.documents(space)).expect("it is readable").into_iter().collect();
    let there = world.db.docs.iter().filter(|(doc, row)| {
        row.space == space && row.purged_at.is_none() && world.db.sees(device.user, **doc)
    });
    let there: BTreeSet<DocId> = there.map(|(doc, _)| *doc).collect();
    let (kept, held): (BTreeSet<_>, BTreeSet<_>) =
        held.into_iter().partition(|doc| keeps_what_is_lost(world, &mut tx, *doc, changes));
    let there: BTreeSet<_> = there.difference(&kept).copied().collect();
    assert_eq!(held, there, "P6: {} holds other documents than it may see", device.user);
    for doc in held {
        let record = now(tx.record(doc)).expect("it is readable").expect("it was just listed");
        let pending = now(tx.pending(doc)).expect("it is readable");
        assert!(pending.is_empty(), "P3: {doc} still waits: {pending:?}");
        let document = device.document(doc).expect("it was just listed");
        let server = world.db.open(doc);
        for hash in server.heads() {
            assert!(document.contains(hash), "P6: {doc} lacks a change of the server's");
        }
        let row = now(tx.row(doc)).expect("it is readable").expect("it was just listed");
        let view: serde_json::Value = serde_json::from_str(&row.view).expect("a view is JSON");
        let theirs: serde_json::Value =
            serde_json::from_str(&world.db.views[&doc]).expect("a view is JSON");
        assert_eq!(view, theirs, "P6: {doc} reads otherwise");
        // A comment is as private as what it is about, whatever its own row says.
        let is_comment = record.facts.kind == Kind::Comment;
        let same = record.facts.privacy == world.db.docs[&doc].privacy;
        assert!(is_comment || same, "P6: the privacy of {doc}");
    }
}

/// Whether a device has more of a document than the server, and nobody can give that
/// back.
fn keeps_what_is_lost(
    world: &World,
    tx: &mut MemoryTx,
    doc: DocId,
    changes: &BTreeSet<ChangeHash>,
) -> bool {
    let ahead = now(tx.ahead(doc)).expect("it is readable");
    for row in &ahead {
        assert!(!row.mine, "P11: {:?} of {doc} wasn't given back", row.hash);
        assert!(is_excused(world, changes, row.hash), "P11: {:?} of {doc} is lost", row.hash);
    }
    !ahead.is_empty()
}

/// P3: no space waits for its owner for ever.
fn no_space_recovers_for_ever(world: &World) {
    for (space, facts) in &world.db.spaces {
        assert!(facts.deleted || !facts.recovering, "P3: {space} recovers for ever");
    }
}

/// P8: devices keep nothing that their users may not see.
fn nothing_hidden_is_kept(world: &World) {
    for device in &world.devices {
        let mut tx = device.look();
        for (doc, row) in &world.db.docs {
            let held = now(tx.row(*doc)).expect("it is readable").is_some();
            let hidden = row.privacy != Privacy::Default && !world.db.sees(device.user, *doc);
            let is_orphan = world.judge.orphans.contains(&(row.space, device.user));
            let stranger = world.db.role(row.space, device.user).is_none() && !is_orphan;
            assert!(!held || !(hidden || stranger), "P8: {} keeps {doc}", device.user);
        }
    }
}

/// P7: who is up to date gets nothing but to know it; who isn't gets what changed.
fn reconnecting_costs_nothing(world: &mut World) {
    world.streamed = 0;
    reconnect_all(world);
    assert_eq!(world.streamed, 0, "P7: a reconnect costs bytes though nothing has changed");
}
