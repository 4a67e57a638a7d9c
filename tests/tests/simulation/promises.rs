//! What must hold when everything has come to rest: the promises of
//! `docs/ARCHITECTURE.md`, one function each.

use std::collections::{BTreeMap, BTreeSet};

use umbra_client_core::Value;
use umbra_client_core::document::{Document, Intent};
use umbra_client_core::session::Input;
use umbra_client_core::store::{Documents, Edits, Spaces, Tray, TrayRow};
use umbra_model::{DocId, Kind, Privacy, Role, SpaceId, UserId};
use umbra_server::sequencer::core::LogEvent;
use umbra_sync_protocol::wire::ChangeHash;

use crate::deed::is_mark;
use crate::device::{Device, now};
use crate::rights::{self, Writes};
use crate::world::{Event, World};

/// More than any recovery takes; strangers are told to wait for so long.
const LONG_MILLIS: i64 = 400 * 24 * 3_600_000;

/// Nothing breaks any more: everybody comes back and says what they have to say.
pub fn come_to_rest(world: &mut World) {
    world.trace(|| "nothing breaks any more".to_owned());
    world.chaos = false;
    for device in &mut world.devices {
        device.lies = false;
    }
    for round in 0..12 {
        world.revive();
        for device in 0..world.devices.len() {
            world.connect(device);
        }
        world.run();
        world.poll_nodes();
        world.run();
        if round >= 3 && is_at_rest(world) {
            return;
        }
        if round == 2 {
            // Whoever was told to wait may know better after a while.
            world.now.0 += LONG_MILLIS;
            reconnect_all(world);
        }
    }
    for device in &world.devices {
        assert!(
            device.session.is_quiet(),
            "P3: a device never comes to rest: {:#?}",
            device.session
        );
    }
    panic!("P8: purge orders stay open");
}

fn is_at_rest(world: &World) -> bool {
    let quiet = world.devices.iter().all(|device| device.session.is_quiet());
    quiet && world.devices.iter().all(|device| world.db.open_orders(device.id).is_empty())
}

fn reconnect_all(world: &mut World) {
    for device in 0..world.devices.len() {
        if let Some(link) = world.devices[device].link.take() {
            world.abandon(Some(link));
            world.input(device, Input::Closed(None));
        }
        world.after(3_000, Event::Connect(device));
    }
    world.run();
}

/// All that was promised.
pub fn hold(world: &mut World) {
    let changes = changes_in_logs(world);
    acknowledged_is_durable(world, &changes);
    every_change_was_permitted(world);
    nothing_is_lost(world, &changes);
    replicas_converge(world);
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
        let there = changes.contains(&ack.hash);
        let excused = world.judge.excused.contains(&ack.hash) || is_gone(world, space, doc);
        assert!(there || excused, "P1: {ack:?} of {doc} in {space} is not in the log");
        if there && !is_gone(world, space, doc) {
            assert!(world.db.open(doc).contains(&ack.hash), "P1: {ack:?} is not in its document");
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
            || is_gone(world, *space, *doc);
        if counts {
            let kind = world.db.docs.get(doc).map_or(Kind::Todo, |row| row.kind);
            found.extend(chunk_marks(chunk, kind));
        }
    }
    for device in &world.devices {
        let mut tx = device.look();
        for row in now(tx.tray()).expect("it is readable") {
            found.extend(marks_of_tray(&row));
        }
    }
    for (mark, written) in &world.judge.written {
        assert!(found.contains(mark), "P4: {mark} is lost: {written:?}");
    }
}

fn chunk_marks(chunk: &[u8], kind: Kind) -> BTreeSet<char> {
    Writes::of(chunk, Some(kind)).marks
}

/// The marks in an edit of the refused tray.
pub fn marks_of_tray(row: &TrayRow) -> Vec<char> {
    let texts = row.intents.iter().flat_map(|intent| match intent {
        Intent::Set { value: Value::Str(text), .. } => vec![text.clone()],
        Intent::Text { splices, .. } => splices.iter().map(|it| it.insert.clone()).collect(),
        Intent::Set { .. } | Intent::Entry { .. } => Vec::new(),
    });
    texts.flat_map(|text| text.chars().filter(is_mark).collect::<Vec<_>>()).collect()
}

/// P6: every device holds exactly what its user may see, as the server has it.
fn replicas_converge(world: &World) {
    for device in &world.devices {
        let mut tx = device.look();
        let spaces = now(tx.spaces()).expect("it is readable");
        let held: BTreeSet<SpaceId> = spaces.iter().map(|row| row.space).collect();
        let mine: BTreeSet<SpaceId> = world.db.spaces_of(device.user).into_iter().collect();
        assert_eq!(held, mine, "P6: {} holds other spaces than it has", device.user);
        for row in &spaces {
            assert_eq!(Some(row.role), world.db.role(row.space, device.user), "P6: the role");
            assert_eq!(row.cursor, world.db.head(row.space), "P6: the cursor");
            space_converges(world, device, row.space);
        }
    }
}

fn space_converges(world: &World, device: &Device, space: SpaceId) {
    let mut tx = device.look();
    let held: BTreeSet<DocId> =
        now(tx.documents(space)).expect("it is readable").into_iter().collect();
    let there = world.db.docs.iter().filter(|(doc, row)| {
        row.space == space && row.purged_at.is_none() && world.db.sees(device.user, **doc)
    });
    let there: BTreeSet<DocId> = there.map(|(doc, _)| *doc).collect();
    assert_eq!(held, there, "P6: {} holds other documents than it may see", device.user);
    for doc in held {
        let record = now(tx.record(doc)).expect("it is readable").expect("it was just listed");
        let pending = now(tx.pending(doc)).expect("it is readable");
        assert!(pending.is_empty(), "P3: {doc} still waits: {pending:?}");
        let document =
            Document::open(record.facts, record.saved.as_deref(), &record.tail, pending, None);
        let document = document.expect("what a device holds can be opened");
        let server = world.db.open(doc);
        for hash in server.heads() {
            assert!(document.contains(hash), "P6: {doc} lacks a change of the server's");
        }
        let row = now(tx.row(doc)).expect("it is readable").expect("it was just listed");
        let view: serde_json::Value = serde_json::from_str(&row.view).expect("a view is JSON");
        let theirs: serde_json::Value =
            serde_json::from_str(&world.db.views[&doc]).expect("a view is JSON");
        assert_eq!(view, theirs, "P6: {doc} reads otherwise");
        assert_eq!(record.facts.privacy, world.db.docs[&doc].privacy, "P6: the privacy of {doc}");
    }
}

/// P8: devices keep nothing that their users may not see.
fn nothing_hidden_is_kept(world: &World) {
    for device in &world.devices {
        let mut tx = device.look();
        for (doc, row) in &world.db.docs {
            let held = now(tx.row(*doc)).expect("it is readable").is_some();
            let hidden = row.privacy != Privacy::Default && !world.db.sees(device.user, *doc);
            let stranger = world.db.role(row.space, device.user).is_none();
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
