//! What of the acknowledged may be missing after a restore, and why.

use std::collections::BTreeSet;

use umbra_sync_protocol::wire::ChangeHash;

use crate::world::World;

/// Whether a restore took a change that nobody was left to give back, or one that it
/// builds on: then it can't be taken as it was.
pub fn is_excused(world: &World, changes: &BTreeSet<ChangeHash>, hash: ChangeHash) -> bool {
    let judge = &world.judge;
    // The change that every document begins with is in no log.
    let Some((_, _, chunk)) = judge.accepted.get(&hash) else { return false };
    if changes.contains(&hash) {
        return false;
    }
    if judge.excused.contains(&hash) || judge.acks.iter().all(|ack| ack.hash != hash) {
        return judge.restores > 0;
    }
    let change = automerge::Change::from_bytes(chunk.clone()).expect("it was accepted");
    let builds_on_such =
        change.deps().iter().any(|dep| is_excused(world, changes, ChangeHash(dep.0)));
    builds_on_such || waits_for_its_space(world, hash)
}

/// Whether its author keeps a change, in a space of which a restore left nobody but
/// them who knows that they were in it: it goes back when somebody lets them in again.
pub fn waits_for_its_space(world: &World, hash: ChangeHash) -> bool {
    let (space, doc, _) = world.judge.accepted[&hash];
    let authors = world.judge.acks.iter().filter(|ack| ack.hash == hash);
    let mut authors = authors
        .flat_map(|ack| world.devices.iter().filter(|device| device.id == ack.device))
        .filter(|device| world.judge.orphans.contains(&(space, device.user)));
    authors.any(|device| device.document(doc).is_some_and(|document| document.contains(hash)))
}
