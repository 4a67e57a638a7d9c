//! Coming to rest: nothing breaks any more, and everybody says what they have to say.

use umbra_client_core::session::Input;

use crate::queue::Event;
use crate::world::World;

/// More than any recovery takes; strangers are told to wait for so long.
const LONG_MILLIS: i64 = 400 * 24 * 3_600_000;

/// Everybody comes back, until nothing is left to be said.
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

pub fn reconnect_all(world: &mut World) {
    for device in 0..world.devices.len() {
        if let Some(link) = world.devices[device].link.take() {
            world.abandon(Some(link));
            world.input(device, Input::Closed(None));
        }
        world.after(3_000, Event::Connect(device));
    }
    world.run();
}
