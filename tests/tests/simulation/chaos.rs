//! What people, networks, machines and operators do, at random.

use umbra_client_core::Edit;
use umbra_client_core::session::Input;
use umbra_client_core::store::{Documents, Spaces, Tray};
use umbra_model::{DocId, Kind, Privacy, Role, SpaceId, SpaceKind, UserId};
use umbra_server::sequencer::{Governance, Request, Submitter};

use crate::deed::{Deed, mark};
use crate::device::now;
use crate::disaster::Disaster;
use crate::judge::Written;
use crate::node::Reference;
use crate::queue::Event;
use crate::world::World;

/// A random history of so many moments.
pub fn unfold(world: &mut World, moments: usize) {
    let mut disaster = Disaster::planned(world, moments);
    for device in 0..world.devices.len() {
        world.after(0, Event::Connect(device));
    }
    for moment in 0..moments {
        let pause = world.dice.millis(0, 400);
        world.run_for(pause);
        if let Some(disaster) = &mut disaster {
            disaster.unfold(world, moment);
        }
        match world.dice.below(100) {
            0..62 => act(world),
            62..76 => govern(world),
            76..85 => cut(world),
            85..88 => crash_device(world),
            88..91 => {
                let node = world.dice.below(2);
                world.crash_node(node);
            }
            91..96 => world.revive(),
            _ => fold(world),
        }
    }
}

/// Somebody does something on one of their devices.
fn act(world: &mut World) {
    let device = world.dice.below(world.devices.len());
    let Some(deed) = deed(world, device) else { return };
    let marks = deed.marks();
    let mut dismissed = tray_marks_of(world, device, &deed);
    let before = world.devices[device].marks();
    if !world.devices[device].deed(world.now, &deed, &mut world.dice) {
        return;
    }
    world.trace(|| format!("device {device}: {deed:?}"));
    let id = world.devices[device].id;
    for mark in marks {
        let (doc, space) = place(world, device, &deed);
        world.judge.written.insert(mark, Written { device: id, doc, space });
    }
    if matches!(deed, Deed::Undo) {
        dismissed.extend(before.difference(&world.devices[device].marks()));
    }
    world.judge.dismissed.extend(dismissed);
    world.input(device, Input::Stirred);
}

fn place(world: &World, device: usize, deed: &Deed) -> (DocId, SpaceId) {
    match deed {
        Deed::Found(space, ..) => ((*space).into(), *space),
        Deed::Create { doc, space, .. } => (*doc, *space),
        Deed::Edit(doc, _) => (*doc, space_of(world, device, *doc)),
        Deed::EditTogether(all) => (all[0].0, space_of(world, device, all[0].0)),
        _ => panic!("nothing is written by {deed:?}"),
    }
}

fn space_of(world: &World, device: usize, doc: DocId) -> SpaceId {
    let row = now(world.devices[device].look().row(doc)).expect("it is readable");
    row.expect("it was just edited").facts.space
}

fn tray_marks_of(world: &World, device: usize, deed: &Deed) -> Vec<char> {
    let Deed::Dismiss(id) = deed else { return Vec::new() };
    let tray = now(world.devices[device].look().tray()).expect("it is readable");
    let Some(row) = tray.iter().find(|row| row.id == *id) else { return Vec::new() };
    let its =
        tray.iter().filter(|it| it.id == *id || (row.group.is_some() && it.group == row.group));
    its.flat_map(|row| crate::promises::marks_of(&row.intents)).collect()
}

fn deed(world: &mut World, device: usize) -> Option<Deed> {
    let mut tx = world.devices[device].look();
    let spaces = now(tx.spaces()).expect("it is readable");
    let space = world.dice.pick(&(0..spaces.len()).collect::<Vec<_>>()).map(|at| &spaces[at]);
    match (world.dice.below(20), space) {
        (0, _) => return Some(found(world)),
        (1, _) => return Some(if world.dice.once_in(3) { Deed::Redo } else { Deed::Undo }),
        (2, _) => {
            let tray = now(tx.tray()).expect("it is readable");
            let row = world.dice.pick(&tray.iter().map(|row| row.id).collect::<Vec<_>>())?;
            return Some(if world.dice.once_in(3) { Deed::Dismiss(row) } else { Deed::Retry(row) });
        }
        (3..9, Some(space)) => return create(world, device, space.space, space.kind),
        _ => {}
    }
    let space = space?.space;
    let docs = now(tx.documents(space)).expect("it is readable");
    drop(tx);
    let doc = world.dice.pick(&docs)?;
    match world.dice.below(12) {
        0 => Some(Deed::Trash(doc, !world.dice.once_in(3))),
        1 => {
            let privacy = world.dice.pick(Privacy::ALL)?;
            Some(Deed::SetPrivacy(doc, privacy))
        }
        2 => {
            let other = world.dice.pick(&docs).filter(|other| *other != doc)?;
            let (one, two) = (edit(world, device, doc)?, edit(world, device, other)?);
            Some(Deed::EditTogether(vec![(doc, one), (other, two)]))
        }
        _ => Some(Deed::Edit(doc, edit(world, device, doc)?)),
    }
}

fn found(world: &mut World) -> Deed {
    let kinds = [SpaceKind::List, SpaceKind::Calendar, SpaceKind::Project];
    let kind = world.dice.pick(&kinds).expect("there are three");
    Deed::Found(SpaceId::from_bytes(world.dice.bytes()), kind, fresh_mark(world))
}

fn fresh_mark(world: &mut World) -> String {
    world.marks += 1;
    mark(world.marks).to_string()
}

fn create(world: &mut World, device: usize, space: SpaceId, kind: SpaceKind) -> Option<Deed> {
    let doc = DocId::from_bytes(world.dice.bytes());
    let subjects = subjects(world, device, space);
    let subject = world.dice.pick(&subjects).filter(|_| world.dice.once_in(3));
    let text = fresh_mark(world);
    let mut privacy = Privacy::Default;
    let (kind, edits) = match (subject, kind) {
        (Some(subject), _) => {
            let about = Edit::set("subject", subject.to_string());
            (Kind::Comment, vec![about, Edit::text("body", text)])
        }
        (None, SpaceKind::List | SpaceKind::Project) => {
            (Kind::Todo, vec![Edit::set("title", text)])
        }
        (None, SpaceKind::Calendar) => {
            if world.dice.once_in(4) {
                privacy = world.dice.pick(Privacy::ALL)?;
            }
            let when = r#"{"allDay":true,"dur":"P1D","start":"2026-03-01"}"#;
            (Kind::Event, vec![Edit::set("title", text), Edit::set("when", when)])
        }
        (None, SpaceKind::Personal) => return None,
    };
    Some(Deed::Create { doc, space, kind, privacy, edits })
}

fn subjects(world: &World, device: usize, space: SpaceId) -> Vec<DocId> {
    let mut tx = world.devices[device].look();
    let docs = now(tx.documents(space)).expect("it is readable");
    let is_subject = |doc: &DocId| {
        let row = now(tx.row(*doc)).expect("it is readable");
        row.is_some_and(|row| matches!(row.facts.kind, Kind::Todo | Kind::Event))
    };
    docs.into_iter().filter(is_subject).collect()
}

/// An edit of one field, with a mark.
fn edit(world: &mut World, device: usize, doc: DocId) -> Option<Vec<Edit>> {
    let row = now(world.devices[device].look().row(doc)).expect("it is readable")?;
    let (scalar, text) = match row.facts.kind {
        Kind::Space => (Some("name"), "desc"),
        Kind::Todo => (Some("title"), "notes"),
        Kind::Event => (Some("title"), "desc"),
        Kind::Comment => (None, "body"),
        Kind::Prefs => return None,
    };
    let mark = fresh_mark(world);
    if let Some(field) = scalar.filter(|_| world.dice.once_in(2)) {
        return Some(vec![Edit::set(field, mark)]);
    }
    let view: serde_json::Value = serde_json::from_str(&row.view).expect("a view is JSON");
    let len = view[text].as_str().map_or(0, |text| text.chars().count());
    let at = world.dice.below(len + 1);
    let delete = if world.dice.once_in(3) { world.dice.below(len - at + 1).min(3) } else { 0 };
    Some(vec![Edit::Splice { field: text.to_owned(), at, delete, insert: format!("{mark}ab") }])
}

/// Somebody changes who is in a space, at a node, as by REST.
fn govern(world: &mut World) {
    let up: Vec<usize> = (0..2).filter(|node| world.nodes[*node].up).collect();
    let Some(node) = world.dice.pick(&up) else { return };
    let spaces: Vec<SpaceId> = world.db.spaces.keys().copied().collect();
    let (Some(space), Some(user)) = (world.dice.pick(&spaces), world.dice.pick(&world.users))
    else {
        return;
    };
    let by = governor(world, space, user);
    let roles = [Role::Viewer, Role::Commenter, Role::Editor, Role::Manager];
    let role = world.dice.pick(&roles).expect("there are four");
    let what = match world.dice.below(26) {
        0..12 => Governance::AddMember(space, user, role),
        12..18 => Governance::ChangeRole(space, user, role),
        18..21 => Governance::RemoveMember(space, user),
        21..23 => Governance::Leave(space),
        23..25 => Governance::Transfer(space, heir(world, space).unwrap_or(user)),
        _ => Governance::DeleteSpace(space),
    };
    let by = if matches!(what, Governance::Leave(_)) { user } else { by };
    let (request, submitter) = match world.dice.below(12) {
        0 => {
            let docs: Vec<DocId> = world.db.docs.keys().copied().collect();
            let Some(doc) = world.dice.pick(&docs) else { return };
            (Request::PurgeDoc(doc), Submitter::unattended(by))
        }
        _ => (Request::Governance(what), Submitter::unattended(by)),
    };
    world.submit(node, submitter, request, Reference::None);
}

/// Mostly the owner, so that something comes of it.
fn governor(world: &mut World, space: SpaceId, otherwise: UserId) -> UserId {
    if world.dice.once_in(4) { otherwise } else { world.db.spaces[&space].owner }
}

/// Somebody else of the space.
fn heir(world: &mut World, space: SpaceId) -> Option<UserId> {
    let owner = world.db.spaces[&space].owner;
    let others = world.db.members.keys().filter(|(of, user)| *of == space && *user != owner);
    let others: Vec<UserId> = others.map(|(_, user)| *user).collect();
    world.dice.pick(&others)
}

/// The network breaks under a device.
fn cut(world: &mut World) {
    let device = world.dice.below(world.devices.len());
    let away = world.dice.millis(100, 6_000);
    world.cut(device, away);
}

fn crash_device(world: &mut World) {
    let device = world.dice.below(world.devices.len());
    let link = world.devices[device].link;
    world.trace(|| format!("device {device} dies"));
    world.judge.note("a device's death");
    world.devices[device].crash();
    world.abandon(link);
    let away = world.dice.millis(100, 3_000);
    world.after(away, Event::Connect(device));
}

/// A document's changes are folded.
fn fold(world: &mut World) {
    let there = world.db.docs.iter().filter(|(_, row)| row.purged_at.is_none());
    let there: Vec<DocId> = there.map(|(doc, _)| *doc).collect();
    if let Some(doc) = world.dice.pick(&there) {
        world.trace(|| format!("{doc} is folded"));
        world.db.fold(doc);
        world.judge.note("a fold");
    }
}
