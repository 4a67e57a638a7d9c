//! The loss of the server, and its restore from a backup.

use umbra_client_core::store::Edits;
use umbra_sync_protocol::wire::Epoch;

use crate::database::Database;
use crate::device::now;
use crate::world::World;

/// A backup, and a while later the loss of the server.
pub struct Disaster {
    backup_at: usize,
    restore_at: usize,
    backup: Option<Database>,
}

impl Disaster {
    /// In one history of three.
    pub fn planned(world: &mut World, moments: usize) -> Option<Self> {
        let is_planned = world.dice.once_in(3);
        let backup_at = world.dice.below(moments * 2 / 3);
        let restore_at = backup_at + 1 + world.dice.below(moments / 3);
        is_planned.then_some(Self { backup_at, restore_at, backup: None })
    }

    pub fn unfold(&mut self, world: &mut World, moment: usize) {
        if moment == self.backup_at {
            self.backup = Some(world.db.clone());
        }
        if moment == self.restore_at
            && let Some(backup) = self.backup.take()
        {
            restore(world, backup);
        }
    }
}

/// The server is lost and restored from a backup.
fn restore(world: &mut World, backup: Database) {
    world.crash_node(0);
    world.crash_node(1);
    let epoch = Epoch(world.dice.bytes());
    let lost = std::mem::replace(&mut world.db, backup.restored(epoch, world.now));
    world.trace(|| "the server is restored".to_owned());
    world.note_restore(&lost);
    world.revive();
}

impl World {
    /// The database is another one now: what it lost can only come back from a device
    /// that still has it.
    fn note_restore(&mut self, lost: &Database) {
        self.judge.restores += 1;
        self.judge.note("a restore");
        let gone = lost.members.keys().filter(|it| !self.db.members.contains_key(it));
        self.judge.orphans.extend(gone);
        for ack in &self.judge.acks {
            if !lost.has(ack.hash) || self.db.has(ack.hash) {
                continue;
            }
            let (_, doc, _) = self.judge.accepted[&ack.hash];
            let device = self.devices.iter().find(|device| device.id == ack.device);
            let mut tx = device.expect("devices stay").look();
            let receipts = now(tx.receipts(doc)).expect("it is readable");
            if !receipts.iter().any(|receipt| receipt.hash == ack.hash) {
                self.judge.excused.insert(ack.hash);
            }
        }
    }
}
