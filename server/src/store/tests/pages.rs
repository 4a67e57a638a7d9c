//! Pages of logs and documents: what they cover, whom they show what.

use umbra_model::{DocId, Kind, Privacy, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::gate::GateDoc;
use umbra_sync_protocol::wire::{Command, Event, PackedDoc};

use crate::sequencer::Governance;
use crate::store::exam::{
    Author, TestDatabase, World, create, create_private, exam, new_doc, push,
};
use crate::store::{EntriesPage, PackPage, StoreError};

exam!(
    strangers_get_no_page,
    entries_come_in_pages,
    a_page_has_one_entry_however_large,
    packs_come_in_pages,
    a_pack_holds_what_was_written,
    members_come_with_the_last_pack,
    hidden_documents_are_left_out,
    what_becomes_visible_comes_whole,
    comments_are_seen_as_what_they_are_about,
    purged_documents_leave_a_trace_only,
);

const MANY: usize = 1 << 20;

async fn entries(world: &World, by: &Author, space: SpaceId, after: u64) -> EntriesPage {
    world.store.entries(by.user, space, after, true, MANY).await.unwrap()
}

async fn pack(world: &World, by: &Author, space: SpaceId) -> PackPage {
    world.store.pack(by.user, space, None, true, MANY).await.unwrap()
}

fn seqs(page: &EntriesPage) -> Vec<u64> {
    page.entries.iter().map(|entry| entry.seq).collect()
}

fn docs(page: &PackPage) -> Vec<DocId> {
    page.docs.iter().map(|packed| packed.doc).collect()
}

/// The document that a client makes of what it got.
fn opened(packed: &PackedDoc) -> GateDoc {
    let saved = packed.saved.as_ref().map(|it| it.as_slice());
    GateDoc::open(packed.kind, saved, packed.chunks.iter().map(|it| it.as_slice())).unwrap()
}

async fn strangers_get_no_page(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let eve = world.person("eve").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let nowhere = SpaceId::from_bytes([9; 16]);
    for space in [space, nowhere] {
        let page = world.store.entries(eve.user, space, 0, true, MANY).await;
        assert!(matches!(page, Err(StoreError::Missing)), "{page:?}");
        let page = world.store.pack(eve.user, space, None, true, MANY).await;
        assert!(matches!(page, Err(StoreError::Missing)), "{page:?}");
        assert!(matches!(world.store.members(eve.user, space).await, Err(StoreError::Missing)));
    }
    world.add(&ann, space, &eve, Role::Viewer).await;
    assert_eq!(entries(&world, &eve, space, 0).await.to, 4);
    world.govern(&ann, Governance::RemoveMember(space, eve.user)).await.unwrap();
    let page = world.store.entries(eve.user, space, 0, true, MANY).await;
    assert!(matches!(page, Err(StoreError::Missing)), "at the next read: {page:?}");
}

async fn entries_come_in_pages(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (doc, _) = world.todo(&mut ann, space, "0").await;
    for n in 1..20 {
        world.edit(&mut ann, doc, &n.to_string()).await;
    }
    let whole = entries(&world, &ann, space, 0).await;
    assert_eq!((whole.from, whole.to, whole.head), (1, 24, 24));
    assert_eq!(seqs(&whole), Vec::from_iter(1..=24));
    let views =
        whole.entries.iter().filter(|it| matches!(&it.event, Event::Change { view: Some(_), .. }));
    assert_eq!(views.map(|it| it.seq).collect::<Vec<_>>(), [24], "with the last change only");

    let (mut after, mut got) = (0, Vec::new());
    loop {
        let page = world.store.entries(ann.user, space, after, false, 700).await.unwrap();
        if page.to == after {
            break;
        }
        assert!(page.from == after + 1 && page.to - after < 6, "{} to {}", page.from, page.to);
        got.extend(page.entries);
        after = page.to;
    }
    assert_eq!(got.len(), 24);
    for (paged, whole) in got.iter().zip(&whole.entries) {
        assert_eq!(paged.seq, whole.seq);
    }
    let ahead = entries(&world, &ann, space, 99).await;
    assert_eq!((ahead.to, ahead.head, ahead.entries.len()), (99, 24, 0));
}

async fn a_page_has_one_entry_however_large(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (doc, _) = world.todo(&mut ann, space, "x").await;
    let large = ann.write(doc, "notes", &"long ".repeat(2_000));
    world.push(&ann, push(doc, &[&large])).await.all_accepted();
    let page = world.store.entries(ann.user, space, 5, true, 10).await.unwrap();
    assert_eq!((page.to, page.entries.len()), (6, 1));
    let page = world.store.pack(ann.user, space, None, true, 10).await.unwrap();
    assert_eq!((page.docs.len(), page.last), (1, false));
}

async fn packs_come_in_pages(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let mut made = vec![DocId::from(space)];
    for n in 0..20 {
        made.push(world.todo(&mut ann, space, &n.to_string()).await.0);
    }
    made.sort();
    let whole = pack(&world, &ann, space).await;
    assert_eq!((docs(&whole), whole.last, whole.head), (made.clone(), true, 43));
    let (mut after, mut got) = (None, Vec::new());
    loop {
        let page = world.store.pack(ann.user, space, after, true, 1_500).await.unwrap();
        got.extend(docs(&page));
        assert!(page.docs.len() < 10 && page.events.is_some() == page.last);
        if page.last {
            break;
        }
        after = page.packed_to;
    }
    assert_eq!(got, made);
}

async fn a_pack_holds_what_was_written(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (doc, _) = world.todo(&mut ann, space, "milk").await;
    world.edit(&mut ann, doc, "bread").await;
    let page = pack(&world, &ann, space).await;
    let packed = page.docs.iter().find(|it| it.doc == doc).unwrap();
    assert_eq!((packed.kind, packed.creator, packed.seq), (Kind::Todo, ann.user, 6));
    assert_eq!(opened(packed).document().get_heads(), ann.document(doc).get_heads());
    assert_eq!(packed.view.as_deref(), Some(r#"{"title":"bread","v":1}"#));
    let own = page.docs.iter().find(|it| it.doc == space.into()).unwrap();
    assert_eq!((own.kind, own.view.as_deref()), (Kind::Space, Some(r#"{"v":1}"#)));
    let without = world.store.pack(ann.user, space, None, false, MANY).await.unwrap();
    assert!(without.docs.iter().all(|it| it.view.is_none()));
}

async fn members_come_with_the_last_pack(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let bob = world.person("bob").await;
    let eve = world.person("eve").await;
    let space = world.space(&ann, SpaceKind::List).await;
    world.add(&ann, space, &bob, Role::Viewer).await;
    world.add(&ann, space, &eve, Role::Viewer).await;
    world.govern(&ann, Governance::ChangeRole(space, bob.user, Role::Editor)).await.unwrap();
    world.govern(&ann, Governance::RemoveMember(space, eve.user)).await.unwrap();
    let events = pack(&world, &bob, space).await.events.unwrap();
    let roles: Vec<_> = events
        .iter()
        .map(|it| match &it.event {
            Event::Member(member) => (it.seq, member.name.as_str(), member.role),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected =
        [(2, "ann", Some(Role::Owner)), (6, "bob", Some(Role::Editor)), (7, "eve", None)];
    assert_eq!(roles, expected);
    let listed = world.store.members(bob.user, space).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|it| (it.name.as_str(), it.role)).collect();
    assert_eq!(listed, [("ann", Role::Owner), ("bob", Role::Editor)]);
}

/// A calendar of Ann's, where Bob edits and Eve looks on.
async fn calendar(world: &World) -> (Author, Author, Author, SpaceId) {
    let ann = world.person("ann").await;
    let bob = world.person("bob").await;
    let eve = world.person("eve").await;
    let space = world.space(&ann, SpaceKind::Calendar).await;
    world.add(&ann, space, &bob, Role::Editor).await;
    world.add(&ann, space, &eve, Role::Viewer).await;
    (ann, bob, eve, space)
}

async fn event(world: &World, by: &mut Author, space: SpaceId, privacy: Privacy) -> DocId {
    let doc = new_doc();
    let chunk = by.begin(doc, Kind::Event, "title", "party");
    let it = create_private(space, doc, Kind::Event, privacy, &[&chunk]);
    world.push(by, it).await.all_accepted();
    doc
}

async fn hidden_documents_are_left_out(database: TestDatabase) {
    let world = World::over(database).await;
    let (ann, mut bob, eve, space) = calendar(&world).await;
    let open = event(&world, &mut bob, space, Privacy::Default).await;
    let secret = event(&world, &mut bob, space, Privacy::Secret).await;
    for (who, sees) in [(&ann, true), (&bob, true), (&eve, false)] {
        let page = entries(&world, who, space, 0).await;
        assert_eq!(page.to, 9, "the cursor moves on");
        assert_eq!(seqs(&page).contains(&9), sees);
        let packed = pack(&world, who, space).await;
        assert!(docs(&packed).contains(&open));
        assert_eq!(docs(&packed).contains(&secret), sees);
        assert_eq!(packed.docs.iter().any(|it| it.privacy == Privacy::Secret), sees);
    }
}

async fn what_becomes_visible_comes_whole(database: TestDatabase) {
    let world = World::over(database).await;
    let (_, mut bob, eve, space) = calendar(&world).await;
    let doc = event(&world, &mut bob, space, Privacy::Secret).await;
    let cursor = entries(&world, &eve, space, 0).await.to;
    world.command(&bob, Command::SetPrivacy(doc, Privacy::Default)).await.unwrap();
    let page = entries(&world, &eve, space, cursor).await;
    let [entry] = page.entries.as_slice() else { panic!("{page:?}") };
    let Event::Saved(packed) = &entry.event else { panic!("{entry:?}") };
    assert_eq!((packed.doc, packed.privacy), (doc, Privacy::Default));
    assert_eq!(opened(packed).document().get_heads(), bob.document(doc).get_heads());
    assert!(packed.view.as_deref().unwrap().contains("party"));
    let page = entries(&world, &bob, space, cursor).await;
    assert!(
        matches!(&page.entries[..], [it] if it.event == Event::Privacy { doc, privacy: Privacy::Default }),
        "who had it needs no copy: {page:?}"
    );
}

async fn comments_are_seen_as_what_they_are_about(database: TestDatabase) {
    let world = World::over(database).await;
    let (mut ann, mut bob, eve, space) = calendar(&world).await;
    let doc = event(&world, &mut bob, space, Privacy::Secret).await;
    let comment = new_doc();
    let chunk = ann.begin(comment, Kind::Comment, "subject", doc.to_string());
    world.push(&ann, create(space, comment, Kind::Comment, &[&chunk])).await.all_accepted();
    let told = world.heard.commit_of(space, 9).await;
    assert_eq!(told.docs[&comment].facts.privacy, Privacy::Secret);
    assert_eq!(told.docs[&comment].facts.subject_creator, Some(bob.user));
    let seen = |page: &PackPage| docs(page).contains(&comment);
    assert!(seen(&pack(&world, &ann, space).await) && seen(&pack(&world, &bob, space).await));
    let cursor = entries(&world, &eve, space, 0).await;
    assert!(!seen(&pack(&world, &eve, space).await) && !seqs(&cursor).contains(&9));
    world.command(&bob, Command::SetPrivacy(doc, Privacy::Default)).await.unwrap();
    let page = entries(&world, &eve, space, cursor.to).await;
    let saved: Vec<_> = page
        .entries
        .iter()
        .map(|it| match &it.event {
            Event::Saved(packed) => packed.doc,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(saved, [doc, comment]);
}

async fn purged_documents_leave_a_trace_only(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (doc, chunk) = world.todo(&mut ann, space, "milk").await;
    world.sequencer.purge_doc(ann.submitter(), doc).await.unwrap();
    let page = entries(&world, &ann, space, 3).await;
    assert!(matches!(&page.entries[..], [it] if it.event == Event::Purged { doc }), "{page:?}");
    assert_eq!(docs(&pack(&world, &ann, space).await), [DocId::from(space)]);
    let again = world.push(&ann, create(space, doc, Kind::Todo, &[&chunk])).await;
    assert_eq!(again.codes(), ["not_found"], "its id is never taken again");
    assert_eq!(world.push(&ann, push(doc, &[&chunk])).await.codes(), ["not_found"]);
}
