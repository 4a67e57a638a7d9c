//! Genesis, and what a document shows.

use automerge::transaction::Transactable;
use automerge::{ROOT, ReadDoc};
use serde_json::json;
use umbra_model::schema::{SCHEMA_VERSION, Shape, spec};
use umbra_model::{ActorPrefix, Kind, Role};
use umbra_sync_protocol::gate::GateDoc;
use umbra_sync_protocol::genesis::{genesis, start};
use umbra_sync_protocol::view::view;

use crate::support::author;
use crate::support::device::Device;
use crate::support::scene::{LABEL, Scene, WHEN};

/// Every document there is begins with one of these. If one changes, no server
/// and no client can open the documents that they have: a kind's containers only
/// change with the version of the schema, under another actor.
#[test]
fn genesis_is_what_it_always_was() {
    let pinned = [
        (Kind::Space, "7194a061ed5c02c2a61ad8c4c61b344a55ade6258a5d5d3e929a3da918e8539e"),
        (Kind::Todo, "580fd424038c7155a776f707a385dd97f263f737c15669932e7cbb649cdbdb50"),
        (Kind::Event, "ed96af320aaa94461de255e720c6148caeb8e1429b5c6d177f7d55298fd10b5e"),
        (Kind::Comment, "d8c4ff8f91ad1474fff470ffb74f834e0bb0db29eaf25b3c47d63c2a5f449dd2"),
        (Kind::Prefs, "5c29906524095ca3414d32b781d52433f6093c16b557f768cedaeaad2218e0f1"),
    ];
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let found = Kind::ALL.iter().map(|kind| (*kind, hex(&genesis(*kind).hash.0)));
    let pinned = pinned.map(|(kind, hash)| (kind, hash.to_owned()));
    assert_eq!(found.collect::<Vec<_>>(), pinned);
}

#[test]
fn genesis_makes_every_container_and_nothing_else() {
    for kind in Kind::ALL {
        let genesis = genesis(*kind);
        let document = start(*kind);
        assert_eq!(document.get_heads()[0].0, genesis.hash.0);
        assert_eq!(ActorPrefix::of_actor(&genesis.actor), Some(ActorPrefix::GENESIS));
        let containers = spec(*kind)
            .fields
            .iter()
            .filter(|field| !matches!(field.shape, Shape::Scalar(_)))
            .map(|field| field.name);
        let mut expected: Vec<_> = containers.chain(["v"]).collect();
        expected.sort_unstable();
        assert_eq!(document.keys(ROOT).collect::<Vec<_>>(), expected);
        assert_eq!(json!(view(&document, *kind)), json!({ "v": SCHEMA_VERSION }));
    }
}

#[test]
fn a_new_document_is_an_empty_one() {
    for kind in Kind::ALL {
        let document = GateDoc::new(*kind);
        assert_eq!(document.kind(), *kind);
        assert_eq!(document.heads(), [genesis(*kind).hash]);
        assert!(document.contains(&genesis(*kind).hash));
        assert_eq!(document.changes_len(), 1);
        let opened = GateDoc::open(*kind, Some(&document.save()), []).unwrap();
        assert!(opened == document);
    }
}

#[test]
fn the_reserved_actor_writes_nothing_but_genesis() {
    for kind in Kind::ALL {
        assert_ne!(start(*kind).get_actor().to_bytes(), genesis(*kind).actor);
    }
}

#[test]
fn a_view_shows_what_there_is() {
    let mut scene = Scene::new();
    let key = "2026-03-01T09:00:00/title";
    let chunks = [
        scene.owner.put_in("overrides", key, "Only today"),
        scene.owner.edit(|tx| tx.put(ROOT, "color", automerge::ScalarValue::Null).unwrap()),
        scene.owner.put("status", automerge::ScalarValue::Null),
    ];
    crate::support::scene::accept(&mut scene.server, &chunks, &scene.owner, &scene.facts);
    assert_eq!(
        json!(view(scene.server.document(), Kind::Event)),
        json!({
            "v": 1,
            "title": "Planning, part one",
            "when": WHEN,
            "uid": "planning@example.org",
            "desc": "Print the plan.",
            "labels": { LABEL: 1_772_355_600_000_i64 },
            "overrides": { key: "Only today" },
        })
    );
}

#[test]
fn a_view_counts_no_removed_entry_and_no_deleted_text() {
    let mut device = Device::new(Kind::Todo, author(1, 1, Role::Owner));
    device.put("priority", 2);
    device.put_in("labels", LABEL, 1);
    device.splice("notes", 0, 0, "gone");
    let labels = device.container("labels");
    device.edit(|tx| tx.delete(&labels, LABEL).unwrap());
    device.splice("notes", 0, 4, "");
    assert_eq!(json!(view(&device.document, Kind::Todo)), json!({ "v": 1, "priority": 2 }));
}

#[test]
fn positions_in_texts_are_those_of_javascript() {
    let mut device = Device::new(Kind::Todo, author(1, 1, Role::Owner));
    device.splice("notes", 0, 0, "a👍b");
    device.splice("notes", 3, 1, "c");
    assert_eq!(json!(view(&device.document, Kind::Todo))["notes"], "a👍c");
}
