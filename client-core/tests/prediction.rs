//! What this device predicts is what the gate decides.

#![expect(clippy::unwrap_used, reason = "a test that can't go on is to stop")]

#[path = "world/dice.rs"]
mod dice;

use umbra_client_core::document::{Document, Facts, Me, Stamp};
use umbra_client_core::edit::{Edit, Value};
use umbra_client_core::error::Error;
use umbra_model::value::{Cluster, Stamp as Deed};
use umbra_model::{ActorPrefix, DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::gate::{Author, Code, DocFacts, GateDoc, Judgement};

use dice::Dice;

const CREATOR: UserId = UserId(uuid::Uuid::from_bytes([1; 16]));
const OTHER: UserId = UserId(uuid::Uuid::from_bytes([2; 16]));

struct Scene {
    document: Document,
    gate: GateDoc,
    facts: DocFacts,
}

fn me(user: UserId, role: Role, space: SpaceKind) -> Me {
    let prefix = ActorPrefix([user.as_bytes()[0]; 8]);
    Me { user, prefix, space, role, own_subject: false }
}

fn author(me: &Me) -> Author {
    Author { user: me.user, prefix: me.prefix, role: me.role }
}

fn stamp(dice: &mut Dice) -> Stamp {
    Stamp { made: Millis(1_700_000_000_000), fresh: dice.bytes(), group: None }
}

impl Scene {
    fn new(kind: Kind, space: SpaceKind, privacy: Privacy, dice: &mut Dice) -> Self {
        let doc = DocId::from_bytes([9; 16]);
        let space_id = SpaceId::from_bytes([8; 16]);
        let creator = CREATOR;
        let facts = Facts { doc, space: space_id, kind, creator, privacy };
        let mut document = Document::new(facts);
        let owner = me(CREATOR, Role::Owner, space);
        if kind == Kind::Space {
            // It comes into being with its space.
            assert!(document.edit(&owner, &first(kind), stamp(dice)).unwrap());
        } else {
            document.create(&owner, &first(kind), stamp(dice)).unwrap();
        }
        let facts = DocFacts { doc, kind, space, creator, privacy, subject_creator: None };
        let mut scene = Self { document, gate: GateDoc::new(kind), facts };
        assert_eq!(scene.judge_last(&owner), Ok(()));
        scene
    }

    /// The gate on the last edit. What it takes moves into the base.
    fn judge_last(&mut self, me: &Me) -> Result<(), Code> {
        let edit = self.document.pending().last().unwrap().clone();
        match self.gate.judge(&[&edit.chunk], &author(me), &self.facts).remove(0) {
            Judgement::Accepted { hash, .. } => {
                assert!(self.document.accept(hash).unwrap());
                Ok(())
            }
            Judgement::Duplicate { .. } => panic!("it was never pushed before"),
            Judgement::Refused { refusal, .. } => Err(refusal.code),
        }
    }
}

fn first(kind: Kind) -> Vec<Edit> {
    let created = Edit::set("createdAt", 1_700_000_000_000);
    match kind {
        Kind::Todo => vec![Edit::set("title", "a"), Edit::set("state", "open"), created],
        Kind::Event => vec![
            Edit::set("title", "a"),
            Edit::set(
                "when",
                r#"{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00:00","tz":"Europe/Paris"}"#,
            ),
            created,
        ],
        Kind::Comment => vec![
            Edit::set("subject", "00000000-0000-4000-8000-000000000001"),
            Edit::text("body", "hello there"),
            created,
        ],
        Kind::Space => vec![Edit::set("name", "a")],
        Kind::Prefs => vec![Edit::set("theme", "dark")],
    }
}

/// Something that somebody may want to change, sensible or not.
fn wish(dice: &mut Dice, me: UserId) -> Edit {
    let own = format!("{me}");
    let somebody = if dice.chance(50) { own } else { OTHER.to_string() };
    let deed = |by| Deed { at: Millis(5), by }.canonical().unwrap();
    match dice.roll(14) {
        0 => Edit::set("title", format!("t{}", dice.roll(4))),
        1 => Edit::set("title", Value::Null),
        2 => Edit::set("priority", i64::try_from(dice.roll(6)).unwrap()),
        3 => Edit::set("state", *dice.pick(&["open", "done", "nonsense"])),
        4 => Edit::text("notes", format!("one {} three", dice.roll(9))),
        5 => Edit::text("body", format!("body {}", dice.roll(9))),
        6 => Edit::set("deletedAt", deed(me)),
        7 => Edit::set("deletedAt", Value::Null),
        8 => Edit::put("reactions", somebody, "👍"),
        9 => Edit::put("ext", format!("X-{}", dice.roll(3)), "x"),
        10 => Edit::remove("ext", format!("X-{}", dice.roll(3))),
        11 => Edit::set("color", *dice.pick(&["#00ff00", "green"])),
        12 => Edit::set("createdAt", 5),
        _ => Edit::set("unknown", true),
    }
}

#[test]
fn what_is_predicted_is_what_the_gate_decides() {
    let mut dice = Dice::new(7);
    let (mut allowed, mut refused) = (0, 0);
    for _ in 0..1_500 {
        let (kind, space) = *dice.pick(&[
            (Kind::Todo, SpaceKind::List),
            (Kind::Todo, SpaceKind::Project),
            (Kind::Event, SpaceKind::Calendar),
            (Kind::Comment, SpaceKind::List),
            (Kind::Comment, SpaceKind::Calendar),
            (Kind::Space, SpaceKind::List),
            (Kind::Prefs, SpaceKind::Personal),
        ]);
        let privacy = if kind == Kind::Event { *dice.pick(Privacy::ALL) } else { Privacy::Default };
        let mut scene = Scene::new(kind, space, privacy, &mut dice);
        let (user, role) = (*dice.pick(&[CREATOR, OTHER]), *dice.pick(&Role::ALL));
        let person = me(user, role, space);
        let edit = wish(&mut dice, user);
        let mut forced = scene.document.clone();
        match scene.document.edit(&person, std::slice::from_ref(&edit), stamp(&mut dice)) {
            Ok(true) => {
                allowed += 1;
                assert_eq!(scene.judge_last(&person), Ok(()), "{person:?} {kind} {edit:?}");
            }
            Ok(false) => {}
            Err(Error::Refused(predicted)) => {
                refused += 1;
                // Made all the same, as by the creator who owns the space.
                let bold = Me { role: Role::Owner, ..person };
                if let Ok(true) = forced.edit(&bold, std::slice::from_ref(&edit), stamp(&mut dice))
                {
                    scene.document = forced;
                    let code = scene.judge_last(&person).unwrap_err();
                    assert_eq!(code.as_str(), predicted.code, "{person:?} {kind} {edit:?}");
                }
            }
            Err(Error::Input(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert!(allowed > 150 && refused > 150, "{allowed} allowed, {refused} refused");
}

#[test]
fn a_deed_of_somebody_else_is_made_again_in_ones_own_name() {
    let mut dice = Dice::new(1);
    let mut scene = Scene::new(Kind::Todo, SpaceKind::List, Privacy::Default, &mut dice);
    let creator = me(CREATOR, Role::Owner, SpaceKind::List);
    let other = me(OTHER, Role::Editor, SpaceKind::List);
    let done = Deed { at: Millis(5), by: CREATOR }.canonical().unwrap();
    scene.document.edit(&creator, &[Edit::set("done", done)], stamp(&mut dice)).unwrap();
    assert_eq!(scene.judge_last(&creator), Ok(()));
    // Another device of the story: it clears, then takes that back.
    let edits = [Edit::set("done", Value::Null)];
    let saved = scene.document.save_base();
    let facts = *scene.document.facts();
    scene.document = Document::open(facts, Some(&saved), &[], Vec::new(), None).unwrap();
    scene.document.edit(&other, &edits, stamp(&mut dice)).unwrap();
    let cleared = scene.document.pending()[0].clone();
    assert_eq!(scene.judge_last(&other), Ok(()));
    let taken =
        scene.document.take_back(&other, cleared.hash, &cleared.intents, stamp(&mut dice)).unwrap();
    assert_eq!(taken, Some(0));
    assert_eq!(scene.judge_last(&other), Ok(()));
    assert!(scene.document.view()["done"].as_str().unwrap().contains(&OTHER.to_string()));
}
