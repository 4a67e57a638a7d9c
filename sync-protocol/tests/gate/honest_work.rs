//! Whatever honest devices do, offline and all at once, is accepted, and they
//! come to see the same.

use automerge::transaction::Transactable;
use automerge::{ROOT, ReadDoc};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use umbra_model::{Kind, Role};

use crate::support::author;
use crate::support::device::Device;
use crate::support::scene::Scene;
use crate::support::world::World;

const SEEDS: u64 = 12;
const STEPS: usize = 120;

fn live(kind: Kind, roles: &[Role]) {
    for seed in 0..SEEDS {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let authors: Vec<_> = roles
            .iter()
            .enumerate()
            .map(|(at, role)| {
                // The first two are one account's devices.
                let at = at as u8;
                author(at.max(1), at + 1, *role)
            })
            .collect();
        let mut world = World::new(kind, &authors, &mut rng);
        for _ in 0..STEPS {
            world.step(&mut rng);
        }
        world.settle();
        world.assert_converged();
        assert!(world.log.len() > STEPS / 4, "seed {seed}: {} changes", world.log.len());
    }
}

#[test]
fn on_events() {
    live(Kind::Event, &[Role::Owner, Role::Owner, Role::Manager, Role::Editor]);
}

#[test]
fn on_todos() {
    live(Kind::Todo, &[Role::Editor, Role::Editor, Role::Owner, Role::Manager]);
}

#[test]
fn on_comments() {
    live(Kind::Comment, &[Role::Commenter, Role::Commenter, Role::Editor, Role::Commenter]);
}

#[test]
fn on_a_space_itself() {
    live(Kind::Space, &[Role::Owner, Role::Owner, Role::Manager, Role::Editor]);
}

#[test]
fn on_preferences() {
    live(Kind::Prefs, &[Role::Owner, Role::Owner]);
}

#[test]
fn putting_the_value_that_is_there_makes_no_change() {
    let mut scene = Scene::new();
    let made = scene.owner.try_edit(|tx| tx.put(ROOT, "status", "tentative").unwrap());
    assert_eq!(made, None);
}

#[test]
fn two_people_write_one_text_at_once() {
    let mut scene = Scene::new();
    let [ours, theirs] = [
        scene.owner.splice("desc", 5, 0, " (two copies)"),
        scene.away.splice("desc", 15, 0, " Thanks!"),
    ];
    let facts = scene.facts;
    crate::support::scene::accept(&mut scene.server, &[theirs], &scene.away, &facts);
    crate::support::scene::accept(&mut scene.server, &[ours], &scene.owner, &facts);
    let text = scene.owner.container("desc");
    assert_eq!(
        scene.server.document().text(&text).unwrap(),
        "Print (two copies) the plan. Thanks!"
    );
}

#[test]
fn a_device_that_was_away_for_a_long_time() {
    let mut scene = Scene::new();
    let facts = scene.facts;
    let ours: Vec<_> = (0..500).map(|n| scene.owner.put("title", format!("Part {n}"))).collect();
    crate::support::scene::accept(&mut scene.server, &ours, &scene.owner, &facts);
    let theirs: Vec<_> = (0..500)
        .map(|n| match n % 3 {
            0 => scene.away.splice("desc", 0, 0, "x"),
            1 => scene.away.splice("desc", 0, 1, ""),
            _ => scene.away.put("url", format!("https://example.org/{n}")),
        })
        .collect();
    crate::support::scene::accept(&mut scene.server, &theirs, &scene.away, &facts);
    scene.goes_on();
}

#[test]
fn a_description_pasted_at_once_and_deleted_at_once() {
    let mut device = Device::new(Kind::Todo, author(1, 1, Role::Owner));
    let mut server = umbra_sync_protocol::gate::GateDoc::new(Kind::Todo);
    let chunks = [
        device.splice("notes", 0, 0, &"日本語 text 👍🏽\n".repeat(1_300)),
        device.splice("notes", 0, 5_000, ""),
    ];
    let facts = crate::support::facts(Kind::Todo);
    crate::support::scene::accept(&mut server, &chunks, &device, &facts);
    crate::support::scene::sound(&server);
}
