//! The gate beside what the library alone takes for the same changes.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, Change, ROOT, ReadDoc};
use umbra_model::{ActorPrefix, DocId, Kind, Privacy, Role, SpaceKind, UserId};
use umbra_sync_protocol::gate::{Author, DocFacts, GateDoc, Judgement};
use umbra_sync_protocol::genesis;
use umbra_sync_protocol::view::view;

use crate::{Report, Sample, Setting, compare, progress};

const WHEN: &str =
    r#"{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00:00","tz":"Europe/Paris"}"#;

/// Adds the gate's rows.
pub(crate) fn run(setting: &Setting, report: &mut Report) {
    progress::begin("the gate beside the library alone");
    let rounds = |rounds| setting.rounds(rounds);
    one_field(report, rounds(200));
    for chars in [150, 2_000, 20_000 - 50] {
        keystrokes(report, chars, rounds(60));
    }
    cold_edit(report, rounds(1_000));
    refusal(report, rounds(2_000));
    let event = Event::new(150);
    let mut sample = Sample::default();
    (0..rounds(2_000)).for_each(|_| drop(sample.time(|| view(&event.replica, Kind::Event))));
    report.figure("gate: an event as plain JSON", &sample);
}

/// One field of an open event is edited, again and again. Every twenty edits the
/// document is a fresh copy, so that it is warm and yet of a usual size.
fn one_field(report: &mut Report, lives: usize) {
    let event = Event::new(150);
    let (mut applied, mut decoded, mut judged) =
        (Sample::default(), Sample::default(), Sample::default());
    for life in 0..lives {
        let Open { mut device, mut bare, mut gate } = event.open();
        let mut bare_from_bytes = bare.clone();
        for edit in 0..20 {
            let chunk =
                commit(&mut device, |tx| put(tx, "title", &format!("Edit {edit} of {life}")));
            let change = decode(&chunk);
            applied.time(|| bare.apply_changes([change])).expect("it is new");
            let from_bytes = || bare_from_bytes.apply_changes([decode(&chunk)]);
            decoded.time(from_bytes).expect("it is new");
            judged.time(|| admit(&mut gate, std::slice::from_ref(&chunk)));
        }
    }
    let name = "gate: one field of a warm event";
    report.compare(name, "bare apply_changes", Some(2.0), &(applied, judged.clone()));
    report.compare(name, "bare decode, apply_changes", None, &(decoded, judged));
}

/// Fifty keystrokes, each a change, pushed at once.
fn keystrokes(report: &mut Report, chars: usize, rounds: usize) {
    let event = Event::new(chars);
    let Open { mut device, bare, gate } = event.open();
    let text = text_of(&device);
    let key = |at: usize| commit(&mut device, |tx| type_into(tx, &text, chars / 2 + at, "x"));
    let chunks: Vec<_> = (0..50).map(key).collect();
    let changes: Vec<_> = chunks.iter().map(|chunk| decode(chunk)).collect();
    // So that no first growth and no first way back is paid by what is measured.
    let samples = compare(
        rounds,
        || ((bare.clone(), changes.clone()), gate.clone()),
        |(mut bare, changes)| bare.apply_changes(changes).map(|()| bare),
        |mut gate| {
            admit(&mut gate, &chunks);
            gate
        },
    );
    let name = format!("gate: 50 keystrokes into {chars} characters");
    report.compare(&name, "bare apply_changes, one call", None, &samples);
}

/// An event that is not open: open it, edit one field, save it.
fn cold_edit(report: &mut Report, rounds: usize) {
    let event = Event::new(150);
    let saved = event.replica.save_nocompress();
    let chunk = commit(&mut event.replica.clone(), |tx| put(tx, "title", "Cold"));
    let samples = compare(
        rounds,
        || (decode(&chunk), ()),
        |change| {
            let mut document = Automerge::load(&saved).expect("it was saved");
            document.apply_changes([change]).expect("it is new");
            document.save_nocompress()
        },
        |()| {
            let mut gate = GateDoc::open(Kind::Event, Some(&saved), []).expect("it was saved");
            admit(&mut gate, std::slice::from_ref(&chunk));
            gate.save()
        },
    );
    report.compare("gate: one field of a cold event", "bare load, apply, save", None, &samples);
    let mut sample = Sample::default();
    let chunks = || event.chunks.iter().map(Vec::as_slice);
    (0..rounds).for_each(|_| drop(sample.time(|| GateDoc::open(Kind::Event, None, chunks()))));
    report.figure("gate: opening an event from its 21 chunks", &sample);
}

/// A viewer tries to edit.
fn refusal(report: &mut Report, rounds: usize) {
    let event = Event::new(150);
    let Open { mut device, mut gate, .. } = event.open();
    let chunk = commit(&mut device, |tx| put(tx, "title", "Mine"));
    let viewer = Author { role: Role::Viewer, ..author() };
    let mut sample = Sample::default();
    for _ in 0..rounds {
        let judged = sample.time(|| gate.judge(&[&chunk], &viewer, &facts()));
        assert!(matches!(judged[..], [Judgement::Refused { .. }]), "{judged:?}");
    }
    report.figure("gate: a refusal", &sample);
}

/// An event with a history: fields, a description, and twenty edits of its title.
struct Event {
    replica: Automerge,
    chunks: Vec<Vec<u8>>,
}

/// The same document on a device, in the library alone, and behind the gate.
struct Open {
    device: Automerge,
    bare: Automerge,
    gate: GateDoc,
}

impl Event {
    fn new(chars: usize) -> Self {
        let actor = ActorId::from(author().prefix.actor([3; 8]));
        let mut replica = genesis::start(Kind::Event).with_actor(actor);
        let text = text_of(&replica);
        let mut chunks = vec![commit(&mut replica, |tx| {
            for (field, value) in [
                ("title", "Planning"),
                ("when", WHEN),
                ("uid", "planning@example.org"),
                ("status", "tentative"),
                ("busy", "busy"),
                ("color", "#112233"),
                ("url", "https://example.org/planning"),
            ] {
                put(tx, field, value);
            }
            type_into(tx, &text, 0, &"x".repeat(chars));
        })];
        for edit in 0..20 {
            chunks.push(commit(&mut replica, |tx| put(tx, "title", &format!("Planning {edit}"))));
        }
        Self { replica, chunks }
    }

    fn open(&self) -> Open {
        let chunks = self.chunks.iter().map(Vec::as_slice);
        let mut gate = GateDoc::open(Kind::Event, None, chunks).expect("they are honest");
        let mut device = self.replica.clone();
        // One change that isn't measured, so that all are equally warm.
        let chunk = commit(&mut device, |tx| put(tx, "title", "Warm"));
        let mut bare = self.replica.clone();
        bare.apply_changes([decode(&chunk)]).expect("it is new");
        admit(&mut gate, &[chunk]);
        Open { device, bare, gate }
    }
}

fn author() -> Author {
    Author { user: UserId::from_bytes([1; 16]), prefix: ActorPrefix([1; 8]), role: Role::Owner }
}

fn facts() -> DocFacts {
    DocFacts {
        doc: DocId::from_bytes([2; 16]),
        kind: Kind::Event,
        space: SpaceKind::Calendar,
        creator: author().user,
        privacy: Privacy::Default,
        subject_creator: None,
    }
}

fn admit(gate: &mut GateDoc, chunks: &[Vec<u8>]) {
    for judged in gate.judge(chunks, &author(), &facts()) {
        assert!(matches!(judged, Judgement::Accepted { .. }), "{judged:?}");
    }
}

fn decode(chunk: &[u8]) -> Change {
    Change::try_from(chunk).expect("it is honest")
}

/// Makes one change, and yields its chunk.
fn commit(document: &mut Automerge, write: impl FnOnce(&mut Transaction<'_>)) -> Vec<u8> {
    let mut transaction = document.transaction();
    write(&mut transaction);
    transaction.commit_with(CommitOptions::default().with_time(1_772_355_600));
    let change = document.get_last_local_change().expect("something was changed");
    change.raw_bytes().to_vec()
}

fn put(tx: &mut Transaction<'_>, field: &str, value: &str) {
    tx.put(ROOT, field, value).expect("root is a map");
}

fn type_into(tx: &mut Transaction<'_>, text: &automerge::ObjId, at: usize, characters: &str) {
    tx.splice_text(text, at, 0, characters).expect("it is a text");
}

fn text_of(document: &Automerge) -> automerge::ObjId {
    document.get(ROOT, "desc").ok().flatten().expect("genesis made it").1
}
