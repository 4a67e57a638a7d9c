//! What happens when the library or the store fails, which no client can bring about.

use automerge::ROOT;
use automerge::transaction::Transactable;
use umbra_model::{ActorPrefix, DocId, Privacy, Role, SpaceKind, UserId};

use super::super::Code;
use super::*;

const AUTHOR: Author = Author {
    user: UserId(uuid::Uuid::from_u128(1)),
    prefix: ActorPrefix([1; 8]),
    role: Role::Owner,
};

const FACTS: DocFacts = DocFacts {
    doc: DocId(uuid::Uuid::from_u128(2)),
    kind: Kind::Todo,
    space: SpaceKind::List,
    creator: AUTHOR.user,
    privacy: Privacy::Default,
    subject_creator: None,
};

/// The library, failing on one title and panicking on another, when it has
/// already changed the document.
fn failing(document: &mut Automerge, changes: Vec<Change>) -> Result<(), ApplyFailed> {
    let puts = |title: &str| {
        changes.iter().any(|it| format!("{:?}", it.decode().operations).contains(title))
    };
    let (fails, panics) = (puts("fails"), puts("panics"));
    apply::apply(document, changes)?;
    match () {
        () if fails => Err(ApplyFailed("it failed".to_owned())),
        () if panics => guarded(|| panic!("it panicked"))?,
        () => Ok(()),
    }
}

/// A device whose actor ends in this byte titles the document as it is now.
fn titled(document: &Automerge, actor: u8, titles: &[&str]) -> Vec<Vec<u8>> {
    let actor = AUTHOR.prefix.actor([actor; 8]);
    let mut document = document.clone().with_actor(actor.into());
    let mut title = |title: &&str| {
        let mut transaction = document.transaction();
        transaction.put(ROOT, "title", *title).unwrap();
        transaction.commit();
        document.get_last_local_change().unwrap().raw_bytes().to_vec()
    };
    titles.iter().map(&mut title).collect()
}

fn judge(server: &mut GateDoc, chunks: &[Vec<u8>]) -> Vec<Option<Code>> {
    let code = |judged| match judged {
        Judgement::Refused { refusal, .. } => Some(refusal.code),
        _ => None,
    };
    server
        .judge_as(chunks, Scrutiny::Full(&AUTHOR, &FACTS), failing)
        .into_iter()
        .map(code)
        .collect()
}

/// The library and the index agree on where the document is.
#[track_caller]
fn assert_same_heads(server: &GateDoc) {
    let heads = server.document().get_heads();
    assert!(heads.into_iter().map(|head| ChangeHash(head.0)).eq(server.heads()));
}

#[test]
fn a_failure_is_undone_at_any_distance_from_the_saved_state() {
    let mut server = GateDoc::new(Kind::Todo);
    for n in 0..150_u8 {
        let start = server.document().clone();
        let good = titled(&start, n, &[&format!("good {n}")]);
        let bad = titled(&start, n, &["fails"]);
        assert_eq!(judge(&mut server, &bad), [Some(Code::ApplyFailed)]);
        assert_same_heads(&server);
        assert_eq!(judge(&mut server, &good), [None]);
        assert_same_heads(&server);
    }
    assert_eq!(server.changes_len(), 151);
}

#[test]
fn a_failure_that_cannot_be_undone_ends_the_documents_use() {
    let mut server = GateDoc::new(Kind::Todo);
    let chunks = titled(server.document(), 1, &["good", "fails"]);
    assert_eq!(judge(&mut server, &chunks[..1]), [None]);
    server.replica.lose_the_way_back();
    assert_eq!(judge(&mut server, &chunks[1..]), [Some(Code::ApplyFailed)]);
    assert!(server.is_broken());
    assert_eq!(judge(&mut server, &chunks), [Some(Code::Busy), Some(Code::Busy)]);
}

#[test]
fn what_the_library_fails_on_is_found_and_the_rest_goes_through() {
    for bad in ["fails", "panics"] {
        let mut server = GateDoc::new(Kind::Todo);
        let start = server.document().clone();
        let [before, last] = [1, 3].map(|actor| titled(&start, actor, &["good"]));
        let middle = titled(&start, 2, &["good as well", bad, "behind"]);
        let chunks = [before, middle, last].concat();
        let codes = judge(&mut server, &chunks);
        let expected = [None, None, Some(Code::ApplyFailed), Some(Code::DependsOnRefused), None];
        assert_eq!(codes, expected);
        let changes = [&chunks[0], &chunks[1], &chunks[4]].map(Vec::as_slice);
        assert!(server == GateDoc::open(Kind::Todo, None, changes).unwrap());
        assert_same_heads(&server);
    }
}

#[test]
fn nothing_is_left_of_a_push_that_fails_as_a_whole() {
    let mut server = GateDoc::new(Kind::Todo);
    let first = titled(server.document(), 1, &["good"]);
    assert_eq!(judge(&mut server, &first), [None]);
    let before = server.clone();
    let chunks = titled(server.document(), 2, &["fails", "behind"]);
    let codes = judge(&mut server, &chunks);
    assert_eq!(codes, [Some(Code::ApplyFailed), Some(Code::DependsOnRefused)]);
    assert!(server == before);
    assert_same_heads(&server);
    let after = titled(server.document(), 4, &["good again"]);
    assert_eq!(judge(&mut server, &after), [None]);
}

#[test]
fn what_is_broken_in_the_store_is_an_error() {
    let mut server = GateDoc::new(Kind::Todo);
    let chunks = titled(server.document(), 1, &["one", "two"]);
    judge(&mut server, &chunks);
    let saved = server.save();
    let open = |kind, saved: Option<&[u8]>, chunks: &[&[u8]]| {
        GateDoc::open(kind, saved, chunks.iter().copied()).map(|doc| doc.changes_len())
    };
    assert_eq!(open(Kind::Todo, Some(&saved), &[]).unwrap(), 3);
    assert_eq!(open(Kind::Todo, Some(&saved), &[&chunks[1]]).unwrap(), 3, "twice is once");
    assert!(open(Kind::Todo, Some(&saved[..saved.len() - 1]), &[]).is_err());
    assert!(open(Kind::Todo, Some(b"no document"), &[]).is_err());
    assert!(open(Kind::Event, Some(&saved), &[]).is_err(), "of another kind");
    assert!(open(Kind::Todo, None, &[&chunks[1]]).is_err(), "with a gap");
    assert!(open(Kind::Todo, None, &[b"no chunk"]).is_err());
}
