//! What is refused, why, and that it harms nothing else.

use automerge::Automerge;
use umbra_model::{DocId, Kind, Privacy, Role, SpaceKind};
use umbra_sync_protocol::wire::{Create, PushItem, Verdict};

use crate::store::exam::{TestDatabase, World, create, exam, fresh, new_doc, push};

exam!(
    a_refusal_harms_nothing_else,
    strangers_cannot_tell_forbidden_from_missing,
    a_change_needs_what_it_builds_on,
    equivocation_closes,
    nobody_writes_in_another_name,
    a_demotion_holds_at_once,
    a_document_lives_where_its_kind_may,
    one_prefs_document_a_person,
    a_full_document_takes_no_more,
);

async fn a_refusal_harms_nothing_else(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let mut bob = world.person("bob").await;
    let theirs = world.space(&ann, SpaceKind::List).await;
    let own = world.space(&bob, SpaceKind::List).await;
    let (doc, chunk) = world.todo(&mut ann, theirs, "milk").await;
    world.add(&ann, theirs, &bob, Role::Viewer).await;
    bob.take(doc, Kind::Todo, &[chunk]);
    let refused = bob.put(doc, "title", "beer");
    let behind = bob.put(doc, "title", "wine");
    let allowed_doc = new_doc();
    let allowed = bob.begin(allowed_doc, Kind::Todo, "title", "bread");
    let mut it = push(doc, &[&refused, &behind]);
    it.items.push(PushItem {
        doc: allowed_doc,
        create: Some(Create { space: own, kind: Kind::Todo, privacy: Privacy::Default }),
        chunks: vec![allowed],
        receipts: None,
    });
    let pushed = world.push(&bob, it).await;
    assert_eq!(pushed.codes(), ["role_too_weak", "depends_on_refused", "accepted"]);
    let Verdict::Refused { hash, path, rule, permanent, .. } = &pushed.verdicts.verdicts[0] else {
        panic!("{pushed:?}")
    };
    assert!(hash.is_some() && *permanent);
    assert_eq!((path.as_deref(), rule.is_some()), (Some("title"), true));
    assert_eq!(world.store.space_of(ann.user, theirs).await.unwrap().head, 6);
    world.edit(&mut ann, doc, "still here").await;
}

async fn strangers_cannot_tell_forbidden_from_missing(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let mut eve = world.person("eve").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (doc, chunk) = world.todo(&mut ann, space, "milk").await;
    eve.take(doc, Kind::Todo, &[chunk]);
    let (nowhere, nothing) = (umbra_model::SpaceId(fresh()), new_doc());
    let edit = eve.put(doc, "title", "beer");
    let new = eve.begin(nothing, Kind::Todo, "title", "beer");
    let mut answers = Vec::new();
    for it in [
        push(doc, &[&edit]),
        push(nothing, &[&edit]),
        create(space, nothing, Kind::Todo, &[&new]),
        create(nowhere, nothing, Kind::Todo, &[&new]),
        // A document of somebody else's space, claimed for one's own.
        create(world.space(&eve, SpaceKind::List).await, doc, Kind::Todo, &[&edit]),
    ] {
        answers.extend(world.push(&eve, it).await.verdicts.verdicts);
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
    assert!(matches!(&answers[0], Verdict::Refused { code, .. } if code == "not_found"));
}

async fn a_change_needs_what_it_builds_on(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (doc, _) = world.todo(&mut ann, space, "1").await;
    let second = ann.put(doc, "title", "2");
    let third = ann.put(doc, "title", "3");
    let pushed = world.push(&ann, push(doc, &[&third])).await;
    let Verdict::Refused { code, permanent: false, .. } = &pushed.verdicts.verdicts[0] else {
        panic!("{pushed:?}")
    };
    assert!(["missing_dependencies", "seq_gap"].contains(&code.as_str()), "{code}");
    let pushed = world.push(&ann, push(doc, &[&second, &third])).await;
    assert_eq!(pushed.all_accepted(), [6, 7], "nothing of the refused one remained");
    let garbage = vec![1, 2, 3].into();
    let pushed = world.push(&ann, push(doc, &[&garbage])).await;
    assert_eq!(pushed.codes(), ["chunk_malformed"]);
}

async fn equivocation_closes(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (doc, _) = world.todo(&mut ann, space, "milk").await;
    let mut copy = ann.clone();
    let one = ann.put(doc, "title", "bread");
    let other = copy.put(doc, "title", "butter");
    world.push(&ann, push(doc, &[&one])).await.all_accepted();
    let (another, _) = world.another_node().await;
    for node in [&world.sequencer, &another] {
        let pushed = node.push(copy.submitter(), push(doc, &[&other])).await;
        assert_eq!((pushed.codes(), pushed.equivocated), (vec!["equivocation"], true));
    }
    let pushed = world.push(&ann, push(doc, &[&one])).await;
    assert_eq!((pushed.all_accepted(), pushed.equivocated), (vec![6], false));
}

async fn nobody_writes_in_another_name(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let bob = world.person("bob").await;
    let space = world.space(&ann, SpaceKind::List).await;
    world.add(&ann, space, &bob, Role::Editor).await;
    let (doc, known) = world.todo(&mut ann, space, "milk").await;
    let forged = ann.put(doc, "title", "bread");
    let pushed = world.push(&bob, push(doc, &[&forged, &known])).await;
    assert_eq!(pushed.codes(), ["actor_foreign", "actor_foreign"], "nor asks in it");
    let mut nobody = bob.submitter();
    nobody.device = umbra_model::DeviceId::from_bytes([0; 16]);
    let pushed = world.sequencer.push(nobody, push(doc, &[&forged])).await;
    assert_eq!(pushed.codes(), ["actor_foreign"]);
}

async fn a_demotion_holds_at_once(database: TestDatabase) {
    use crate::sequencer::Governance::{ChangeRole, RemoveMember};
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let mut bob = world.person("bob").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (doc, chunk) = world.todo(&mut ann, space, "milk").await;
    world.add(&ann, space, &bob, Role::Editor).await;
    bob.take(doc, Kind::Todo, &[chunk]);
    world.edit(&mut bob, doc, "beer").await;
    let edit = bob.put(doc, "title", "wine");
    // Both wait for the same commit: the order of the calls decides.
    let demoted =
        world.sequencer.govern(ann.submitter(), ChangeRole(space, bob.user, Role::Viewer));
    let pushed = world.sequencer.push(bob.submitter(), push(doc, &[&edit]));
    let (demoted, pushed) = tokio::join!(demoted, pushed);
    demoted.unwrap();
    assert_eq!(pushed.codes(), ["role_too_weak"]);
    let removed = world.sequencer.govern(ann.submitter(), RemoveMember(space, bob.user));
    let pushed = world.sequencer.push(bob.submitter(), push(doc, &[&edit]));
    let (removed, pushed) = tokio::join!(removed, pushed);
    removed.unwrap();
    assert_eq!(pushed.codes(), ["not_found"]);
}

async fn a_document_lives_where_its_kind_may(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let list = world.space(&ann, SpaceKind::List).await;
    let event = ann.begin(new_doc(), Kind::Event, "title", "party");
    let pushed = world.push(&ann, create(list, new_doc(), Kind::Event, &[&event])).await;
    assert_eq!(pushed.codes(), ["schema_violation"]);
    let space = ann.begin(new_doc(), Kind::Space, "name", "second");
    let pushed = world.push(&ann, create(list, new_doc(), Kind::Space, &[&space])).await;
    assert_eq!(pushed.codes(), ["role_too_weak"], "a space document comes with its space");
    let nil = DocId::from_bytes([0; 16]);
    let todo = ann.begin(nil, Kind::Todo, "title", "nil");
    let pushed = world.push(&ann, create(list, nil, Kind::Todo, &[&todo])).await;
    assert_eq!(pushed.codes(), ["schema_violation"]);
    assert_eq!(world.store.space_of(ann.user, list).await.unwrap().head, 3);
}

async fn one_prefs_document_a_person(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let home = world.space(&ann, SpaceKind::Personal).await;
    let docs = [new_doc(), new_doc()];
    let chunks = docs.map(|doc| ann.begin(doc, Kind::Prefs, "theme", "dark"));
    let pushes = [0, 1].map(|n| {
        let it = create(home, docs[n], Kind::Prefs, &[&chunks[n]]);
        world.sequencer.push(ann.submitter(), it)
    });
    let [first, second] = pushes;
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.codes(), second.codes()), (vec!["accepted"], vec!["write_once"]));
    let again = world.push(&ann, create(home, docs[1], Kind::Prefs, &[&chunks[1]])).await;
    assert_eq!(again.codes(), ["write_once"]);
}

/// A document that couldn't be sent in one frame any more.
async fn a_full_document_takes_no_more(database: TestDatabase) {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let space = world.space(&ann, SpaceKind::List).await;
    let (doc, _) = world.todo(&mut ann, space, "novel").await;
    let mut codes = Vec::new();
    while codes.last() != Some(&"document_full".to_owned()) {
        assert!(codes.len() < 50, "it never gets full");
        let before = ann.clone();
        let write = ann.edit(doc, |tx| fill(tx, codes.len() as u64));
        let pushed = world.push(&ann, push(doc, &[&write])).await;
        if pushed.codes() != ["accepted"] {
            ann = before;
        }
        if pushed.codes() == ["busy"] {
            world.store.fold(crate::store::now()).await.unwrap();
        }
        codes.extend(pushed.codes().into_iter().map(str::to_owned));
    }
    assert!(codes.iter().filter(|code| *code == "accepted").count() > 2, "{codes:?}");
    let page = world.store.pack(ann.user, space, None, true, 1 << 20).await.unwrap();
    let frame = umbra_sync_protocol::wire::Body::pack(&page.docs);
    assert!(frame.len() < umbra_sync_protocol::limits::FRAME_BYTES_MAX, "{}", frame.len());
    let packed = page.docs.iter().find(|it| it.doc == doc).unwrap();
    let opened = Automerge::load(packed.saved.as_ref().unwrap()).unwrap();
    assert!(!opened.get_heads().is_empty());
}

/// Writes much that doesn't shrink into a few entries.
fn fill(tx: &mut automerge::transaction::Transaction<'_>, seed: u64) {
    use automerge::ReadDoc;
    use automerge::transaction::Transactable;
    let (_, ext) = tx.get(automerge::ROOT, "ext").unwrap().unwrap();
    let mut noise = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    for n in 0..40 {
        let letter = |_| {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(b' ' + (noise >> 33) as u8 % 94)
        };
        let value: String = (0..4_000).map(letter).collect();
        tx.put(&ext, format!("x{n}"), value).unwrap();
    }
}
