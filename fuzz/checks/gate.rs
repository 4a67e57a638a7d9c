//! What must hold of any bytes that are taken for a change.

use std::collections::HashSet;
use std::sync::LazyLock;

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, Change, ChangeHash, ROOT, ReadDoc};
use sha2::{Digest, Sha256};
use umbra_model::{ActorPrefix, DocId, Kind, Privacy, Role, SpaceKind, UserId};
use umbra_sync_protocol::gate::{Author, DocFacts, GateDoc, Judgement};
use umbra_sync_protocol::genesis;
use umbra_sync_protocol::view::view;

const KIND: Kind = Kind::Event;
const LABEL: &str = "0190f3c2-0000-7000-8000-000000000001";
const OTHER: &str = "0190f3c2-0000-7000-8000-000000000002";

/// An event with a history in which two wrote at once.
static EVENT: LazyLock<GateDoc> = LazyLock::new(|| {
    let mut server = GateDoc::new(KIND);
    let mut ours = replica(1);
    let first = commit(&mut ours, |tx| {
        tx.put(ROOT, "title", "Planning").expect("root is a map");
        tx.put(ROOT, "uid", "planning@example.org").expect("root is a map");
    });
    let mut theirs = ours.clone().with_actor(actor(2));
    let (text, labels) = (text_of(&ours), labels_of(&ours));
    let chunks = [
        commit(&mut ours, |tx| tx.put(&labels, LABEL, 1_i64).expect("it is a map")),
        commit(&mut ours, |tx| tx.splice_text(&text, 0, 0, "Bring").expect("it is a text")),
        commit(&mut ours, |tx| tx.put(ROOT, "color", "#112233").expect("root is a map")),
        commit(&mut theirs, |tx| tx.splice_text(&text, 0, 0, "Hi").expect("it is a text")),
        commit(&mut theirs, |tx| tx.put(ROOT, "title", "Party").expect("root is a map")),
    ];
    for judged in server.judge(&[&[first][..], &chunks].concat(), &author(), &facts()) {
        assert!(matches!(judged, Judgement::Accepted { .. }), "{judged:?}");
    }
    server
});

/// Bytes that don't begin as a chunk are taken for the body of one, and get a
/// checksum that is right: to guess one is nothing to wait for.
pub fn check(data: &[u8]) {
    let whole = data.starts_with(&[0x85, 0x6f, 0x4a, 0x83]);
    let chunk = if whole { data.to_vec() } else { wrap(data) };
    let mut server = EVENT.clone();
    match &server.judge(&[&chunk], &author(), &facts())[..] {
        [Judgement::Accepted { .. }] => assert_harmless(&server, &chunk),
        [Judgement::Refused { refusal, .. }] => {
            assert_ne!(refusal.code.as_str(), "apply_failed", "{refusal}");
            assert!(server == *EVENT, "a refused change left a trace: {refusal}");
        }
        _ => assert!(server == *EVENT),
    }
}

/// Honest changes to the event, as bodies: what a fuzzer begins with. Each builds
/// on the event alone.
pub fn seeds() -> Vec<Vec<u8>> {
    let edit = |write: &dyn Fn(&mut Transaction<'_>)| {
        let mut device = EVENT.document().clone().with_actor(actor(3));
        let chunk = commit(&mut device, write);
        let header = 9 + chunk[9..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
        chunk[header..].to_vec()
    };
    let text = text_of(EVENT.document());
    let labels = labels_of(EVENT.document());
    vec![
        edit(&|tx| tx.put(ROOT, "title", "Again").expect("root is a map")),
        edit(&|tx| tx.put(&labels, OTHER, 1_i64).expect("it is a map")),
        edit(&|tx| tx.delete(&labels, LABEL).expect("it is a map")),
        edit(&|tx| {
            tx.splice_text(&text, 2, 3, "äb\n").expect("it is a text");
        }),
        edit(&|tx| tx.delete(ROOT, "color").expect("root is a map")),
        edit(&|tx| {
            tx.splice_text(&text, 0, 0, "a long text, a long text").expect("it is a text");
            tx.put(ROOT, "busy", "free").expect("root is a map");
            tx.put(ROOT, "url", "https://example.org/").expect("root is a map");
        }),
    ]
}

fn assert_harmless(server: &GateDoc, chunk: &[u8]) {
    let loaded = Automerge::load(&server.save()).expect("it was saved");
    assert_eq!(loaded.get_heads(), server.document().get_heads());
    let change = Change::try_from(chunk).expect("it was accepted");
    let again = Change::from(change.decode());
    assert_eq!(again.hash(), change.hash(), "the library would spell it otherwise");
    let mut replica = seen_by(&change);
    replica.apply_changes([change]).expect("it has all that it builds on");
    replica.apply_changes(EVENT.document().get_changes(&[])).expect("the rest comes later");
    assert_eq!(view(&replica, KIND), view(server.document(), KIND));
    assert_eq!(view(&loaded, KIND), view(server.document(), KIND));
    for field in ["v", "uid"] {
        let [is, was] = [server, &*EVENT].map(|it| view(it.document(), KIND).remove(field));
        assert_eq!(is, was);
    }
}

/// A replica of just what the author had seen.
fn seen_by(change: &Change) -> Automerge {
    let all = EVENT.document().get_changes(&[]);
    let mut seen: HashSet<ChangeHash> = change.deps().iter().copied().collect();
    for it in all.iter().rev().filter(|it| change.deps().contains(&it.hash())) {
        seen.extend(it.deps());
    }
    for it in all.iter().rev() {
        if seen.contains(&it.hash()) {
            seen.extend(it.deps());
        }
    }
    let mut replica = Automerge::new();
    let seen = all.into_iter().filter(|it| seen.contains(&it.hash()));
    replica.apply_changes(seen.collect::<Vec<_>>()).expect("they are complete");
    replica
}

fn author() -> Author {
    Author { user: UserId::from_bytes([1; 16]), prefix: ActorPrefix([1; 8]), role: Role::Editor }
}

fn facts() -> DocFacts {
    DocFacts {
        doc: DocId::from_bytes([9; 16]),
        kind: KIND,
        space: SpaceKind::Calendar,
        creator: author().user,
        privacy: Privacy::Default,
        subject_creator: None,
    }
}

fn actor(generation: u8) -> ActorId {
    ActorId::from(author().prefix.actor([generation; 8]))
}

fn replica(generation: u8) -> Automerge {
    genesis::start(KIND).with_actor(actor(generation))
}

fn text_of(document: &Automerge) -> automerge::ObjId {
    document.get(ROOT, "desc").ok().flatten().expect("genesis made it").1
}

fn labels_of(document: &Automerge) -> automerge::ObjId {
    document.get(ROOT, "labels").ok().flatten().expect("genesis made it").1
}

fn commit(document: &mut Automerge, write: impl FnOnce(&mut Transaction<'_>)) -> Vec<u8> {
    let mut transaction = document.transaction();
    write(&mut transaction);
    transaction.commit_with(CommitOptions::default().with_time(1_772_355_600));
    let change = document.get_last_local_change().expect("something was changed");
    change.raw_bytes().to_vec()
}

fn wrap(body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![1];
    let mut len = body.len();
    while len >= 0x80 {
        hashed.push(len as u8 & 0x7f | 0x80);
        len >>= 7;
    }
    hashed.push(len as u8);
    hashed.extend(body);
    let hash = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83][..], &hash[..4], &hashed].concat()
}

/// Whether these bytes are accepted.
pub fn accepts(body: &[u8]) -> bool {
    let judged = EVENT.clone().judge(&[wrap(body)], &author(), &facts());
    matches!(judged[..], [Judgement::Accepted { .. }])
}
