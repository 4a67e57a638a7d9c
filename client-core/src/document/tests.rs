use umbra_sync_protocol::gate::{Author, DocFacts, GateDoc, Judgement};

use super::*;
use crate::edit::Value;

const ME: UserId = UserId(uuid::Uuid::from_bytes([1; 16]));

fn facts() -> Facts {
    Facts {
        doc: DocId::from_bytes([9; 16]),
        space: SpaceId::from_bytes([8; 16]),
        kind: Kind::Todo,
        creator: ME,
        privacy: Privacy::Default,
    }
}

fn me(role: Role) -> Me {
    let (prefix, space) = (ActorPrefix([5; 8]), SpaceKind::List);
    Me { user: ME, prefix, space, role, own_subject: false }
}

fn stamp(number: u8) -> Stamp {
    Stamp { made: Millis(1_000), fresh: [number; 8], group: None }
}

/// A todo that the server knows, and a gate that knows it too.
fn known(notes: &str) -> (Document, GateDoc) {
    let mut document = Document::new(facts());
    let edits = [Edit::set("title", "milk"), Edit::text("notes", notes)];
    document.create(&me(Role::Editor), &edits, stamp(1)).unwrap();
    let mut gate = GateDoc::new(Kind::Todo);
    assert_eq!(judge(&mut gate, &mut document, Role::Editor), [true]);
    (document, gate)
}

/// Pushes all that is pending; what the gate takes is accepted.
fn judge(gate: &mut GateDoc, document: &mut Document, role: Role) -> Vec<bool> {
    let Facts { doc, kind, creator, privacy, .. } = facts();
    let facts =
        DocFacts { doc, kind, space: SpaceKind::List, creator, privacy, subject_creator: None };
    let author = Author { user: ME, prefix: me(role).prefix, role };
    let chunks: Vec<Vec<u8>> = document.pending().iter().map(|it| it.chunk.clone()).collect();
    let judged = gate.judge(&chunks, &author, &facts);
    let taken = judged.into_iter().map(|judgement| match judgement {
        Judgement::Accepted { hash, .. } => document.accept(hash).unwrap(),
        Judgement::Duplicate { .. } | Judgement::Refused { .. } => false,
    });
    taken.collect()
}

fn notes(document: &Document) -> String {
    document.view()["notes"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_edit_waits_until_it_is_accepted() {
    let (mut document, mut gate) = known("two bottles");
    let edits = [Edit::set("title", "oat milk"), Edit::put("ext", "x", "y")];
    assert!(document.edit(&me(Role::Editor), &edits, stamp(2)).unwrap());
    let edit = &document.pending()[0];
    assert_eq!(edit.label, "title “oat milk”, ext");
    assert_eq!(edit.chunk[8], 1, "a change chunk, and not compressed");
    assert_eq!(document.view()["title"], "oat milk");
    assert_eq!(judge(&mut gate, &mut document, Role::Editor), [true]);
    assert_eq!(document.base().get_heads(), gate.document().get_heads());
    assert!(document.pending().is_empty());
}

#[test]
fn the_smallest_difference_is_written() {
    let (mut document, _) = known("buy milk and bread");
    let edit = Edit::text("notes", "buy oat milk and bread");
    document.edit(&me(Role::Editor), &[edit], stamp(2)).unwrap();
    let [Intent::Text { splices, .. }] = document.pending()[0].intents.as_slice() else {
        panic!("{:?}", document.pending());
    };
    let splice = text::Splice { at: 4, delete: String::new(), insert: "oat ".to_owned() };
    assert_eq!(*splices, [splice]);
    let same = [Edit::text("notes", "buy oat milk and bread"), Edit::set("title", "milk")];
    assert!(!document.edit(&me(Role::Editor), &same, stamp(3)).unwrap());
}

#[test]
fn positions_count_characters_whatever_their_size() {
    let (mut document, mut gate) = known("🎉 party 🎉");
    let splice =
        Edit::Splice { field: "notes".into(), at: 8, delete: 1, insert: "🎊!".to_owned() };
    document.edit(&me(Role::Editor), &[splice], stamp(2)).unwrap();
    assert_eq!(notes(&document), "🎉 party 🎊!");
    assert_eq!(judge(&mut gate, &mut document, Role::Editor), [true]);
    let beyond = Edit::Splice { field: "notes".into(), at: 9, delete: 9, insert: String::new() };
    assert!(document.edit(&me(Role::Editor), &[beyond], stamp(2)).is_err());
}

#[test]
fn what_a_role_may_not_do_is_told_at_once_and_leaves_no_trace() {
    let (mut document, _) = known("");
    let edits = [Edit::set("title", "mine"), Edit::set("priority", 1)];
    let error = document.edit(&me(Role::Viewer), &edits, stamp(2)).unwrap_err();
    assert_eq!(error.code(), "role_too_weak");
    assert_eq!(document.view()["title"], "milk");
    let half = [Edit::set("title", "half"), Edit::set("priority", 99)];
    assert!(document.edit(&me(Role::Editor), &half, stamp(2)).is_err());
    assert_eq!(document.view()["title"], "milk", "all of it or nothing");
    assert!(document.pending().is_empty());
}

#[test]
fn without_a_refused_edit_the_later_ones_stand() {
    let (mut document, mut gate) = known("one two three");
    let editor = me(Role::Editor);
    document.edit(&editor, &[Edit::text("notes", "AAA one two three")], stamp(2)).unwrap();
    document.edit(&editor, &[Edit::set("title", "bread")], stamp(2)).unwrap();
    document.edit(&editor, &[Edit::text("notes", "AAA one 2 three")], stamp(2)).unwrap();
    let refused = document.pending()[0].hash;
    let old: Vec<ChangeHash> = document.pending().iter().map(|edit| edit.hash).collect();
    let rebased = document.rebase(&editor, [7; 8], |edit| edit.hash == refused).unwrap();

    let [dropped] = rebased.dropped.as_slice() else { panic!("{rebased:?}") };
    let [Intent::Text { before, .. }] = dropped.edit.intents.as_slice() else { panic!() };
    assert_eq!(before.as_deref(), Some("one two three"), "the tray can tell where it belongs");
    assert_eq!(notes(&document), "one 2 three");
    assert_eq!(document.view()["title"], "bread");
    let renamed: Vec<_> = rebased.renamed.iter().map(|(from, to)| (*from, to.is_some())).collect();
    assert_eq!(renamed, [(old[1], true), (old[2], true)]);
    let actor = chunk::header(&document.pending()[0].chunk).unwrap().actor;
    assert_eq!(actor, editor.prefix.actor([7; 8]), "under a fresh actor");
    assert_eq!(judge(&mut gate, &mut document, Role::Editor), [true, true]);
}

#[test]
fn what_the_rules_forbid_by_now_is_dropped_along() {
    let (mut document, _) = known("");
    let editor = me(Role::Editor);
    document.edit(&editor, &[Edit::set("title", "a")], stamp(2)).unwrap();
    document.edit(&editor, &[Edit::set("priority", 1)], stamp(2)).unwrap();
    let first = document.pending()[0].hash;
    let viewer = me(Role::Viewer);
    let rebased = document.rebase(&viewer, [7; 8], |edit| edit.hash == first).unwrap();
    assert_eq!(rebased.dropped.len(), 2);
    assert_eq!(rebased.dropped[0].denied, None);
    assert_eq!(rebased.dropped[1].denied.as_ref().unwrap().code, "role_too_weak");
    assert_eq!(document.view()["title"], "milk");
}

#[test]
fn a_refused_edit_is_made_again_where_it_belongs() {
    let (mut document, _) = known("one two three");
    let editor = me(Role::Editor);
    document.edit(&editor, &[Edit::text("notes", "one two! three")], stamp(2)).unwrap();
    let dropped = document.drop_pending().remove(0).edit;
    document.edit(&editor, &[Edit::text("notes", "zero one two three")], stamp(3)).unwrap();
    assert!(document.edit_again(&editor, &dropped.intents, stamp(4)).unwrap());
    assert_eq!(notes(&document), "zero one two! three");
}

#[test]
fn an_edit_is_taken_back_unless_somebody_has_changed_the_same() {
    let (mut document, mut gate) = known("one two three");
    let editor = me(Role::Editor);
    let edits = [
        Edit::set("title", "bread"),
        Edit::put("ext", "a", "b"),
        Edit::text("notes", "one 2 three"),
        Edit::set("priority", 1),
    ];
    document.edit(&editor, &edits, stamp(2)).unwrap();
    let edit = document.pending()[0].clone();
    judge(&mut gate, &mut document, Role::Editor);
    let others = [Edit::set("title", "theirs"), Edit::text("notes", "zero one 2 three four")];
    document.edit(&editor, &others, stamp(2)).unwrap();
    let skipped = document.take_back(&editor, edit.hash, &edit.intents, stamp(3)).unwrap();
    assert_eq!(skipped, Some(1), "the title is somebody else's by now");
    assert_eq!(document.view()["title"], "theirs");
    assert_eq!(notes(&document), "zero one two three four");
    assert!(!document.view().contains_key("ext") && !document.view().contains_key("priority"));
    let again = document.take_back(&editor, edit.hash, &edit.intents, stamp(3)).unwrap();
    assert_eq!(again, None, "nothing is left to take back");
    assert_eq!(judge(&mut gate, &mut document, Role::Editor), [true, true]);
}

#[test]
fn changes_of_others_merge_below_pending_ones() {
    let (mut document, mut gate) = known("one");
    let (mut theirs, _) = (document.clone(), ());
    let other = Me { prefix: ActorPrefix([6; 8]), ..me(Role::Editor) };
    theirs.edit(&other, &[Edit::text("notes", "one two")], stamp(2)).unwrap();
    document.edit(&me(Role::Editor), &[Edit::text("notes", "zero one")], stamp(3)).unwrap();
    let chunk = theirs.pending()[0].chunk.clone();
    assert!(document.absorb([chunk.as_slice()]).unwrap());
    assert!(!document.absorb([chunk.as_slice()]).unwrap(), "twice is once");
    assert_eq!(notes(&document), "zero one two");
    assert_eq!(document.base().get_changes_meta(&[]).len(), 3);
    let author = Author { user: ME, prefix: other.prefix, role: Role::Editor };
    let Facts { doc, kind, creator, privacy, .. } = facts();
    let space = SpaceKind::List;
    let facts = DocFacts { doc, kind, space, creator, privacy, subject_creator: None };
    gate.judge(&[&chunk], &author, &facts);
    assert_eq!(judge(&mut gate, &mut document, Role::Editor), [true]);
    assert_eq!(document.base().get_heads(), gate.document().get_heads());
}

#[test]
fn what_the_server_lost_is_made_again() {
    let (mut document, mut gate) = known("one");
    let editor = me(Role::Editor);
    let before = document.clone();
    document.edit(&editor, &[Edit::text("notes", "one two")], stamp(2)).unwrap();
    let lost = document.pending()[0].clone();
    document.accept(lost.hash).unwrap();
    document.edit(&editor, &[Edit::text("notes", "one two three")], stamp(2)).unwrap();
    assert_eq!(document.beyond(&before).unwrap(), std::slice::from_ref(&lost.chunk));
    document.take_up_again(std::slice::from_ref(&lost.chunk), false).unwrap();
    document.forget(&[lost.hash]).unwrap();
    document.rebase(&editor, [7; 8], |_| false).unwrap();
    assert_eq!((document.pending().len(), notes(&document).as_str()), (2, "one two three"));
    assert_eq!(judge(&mut gate, &mut document, Role::Editor), [true, true]);
}

#[test]
fn a_store_keeps_a_document_as_a_whole_and_a_tail() {
    let (mut document, _) = known("one");
    let saved = document.save_base();
    let editor = me(Role::Editor);
    let mut tail = Vec::new();
    for title in ["a", "b", "c"] {
        document.edit(&editor, &[Edit::set("title", title)], stamp(2)).unwrap();
        let edit = document.pending()[0].clone();
        document.accept(edit.hash).unwrap();
        tail.extend(edit.chunk);
    }
    document.edit(&editor, &[Edit::set("priority", 2)], stamp(2)).unwrap();
    let pending = document.pending().to_vec();
    let again = Document::open(facts(), Some(&saved), &tail, pending, document.generation());
    let again = again.unwrap();
    assert_eq!((again.view(), again.save_base()), (document.view(), document.save_base()));
    let broken = |saved: &[u8], tail: &[u8]| {
        Document::open(facts(), Some(saved), tail, Vec::new(), None).is_err()
    };
    assert!(broken(&saved[..saved.len() - 3], &[]) && broken(&saved, &tail[..tail.len() - 1]));
    assert!(broken(&saved, b"nonsense") && broken(b"", &[]));
}

#[test]
fn a_rule_breaker_of_a_once_field_is_told() {
    let (mut document, _) = known("");
    let editor = me(Role::Editor);
    document.edit(&editor, &[Edit::set("createdAt", 5)], stamp(2)).unwrap();
    let error = document.edit(&editor, &[Edit::set("createdAt", 6)], stamp(2)).unwrap_err();
    assert_eq!(error.code(), "value_invalid");
    assert!(!document.edit(&editor, &[Edit::set("createdAt", Value::Int(5))], stamp(2)).unwrap());
}
