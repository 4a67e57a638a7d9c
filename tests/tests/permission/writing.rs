//! What a role may write, at the moment it is judged.

use umbra_model::{Kind, Role, SpaceKind};
use umbra_sync_protocol::wire::Verdict;
use umbra_tests::{Engine, Pen, on_both_engines, push_of};

use super::stage::{Stage, chunks, codes, edit, next_entries, push_all};

on_both_engines! {
    what_a_viewer_writes_is_refused_with_the_reason_and_nobody_sees_it
    one_refusal_harms_nothing_else_in_the_push
    raised_to_editor_the_same_edit_goes_through
    demoted_the_next_edit_is_refused
    removed_the_next_edit_looks_like_there_is_nothing
    a_commenter_comments_and_does_no_more
    nobody_writes_in_another_s_name
    a_manager_renames_the_space_and_an_editor_does_not
}

async fn what_a_viewer_writes_is_refused_with_the_reason_and_nobody_sees_it(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Viewer).await;
    let (doc, mut owner, mut member) = stage.shared(Kind::Todo, "milk").await;
    let mut watching = stage.ada.live().await;
    let mut socket = stage.bob.live().await;
    let forbidden = member.put(doc, "title", "beer");
    let verdicts = edit(&mut socket, doc, &forbidden).await;
    let [Verdict::Refused { code, path, rule, permanent, .. }] = &verdicts.verdicts[..] else {
        panic!("{verdicts:?}")
    };
    assert_eq!((code.as_str(), permanent), ("role_too_weak", &true));
    assert_eq!(path.as_deref(), Some("title"));
    assert!(rule.is_some());
    // What the watcher hears next is the owner's own edit: the refused one went nowhere.
    let allowed = owner.put(doc, "title", "oat milk");
    let mut phone = stage.ada.live().await;
    assert_eq!(codes(&edit(&mut phone, doc, &allowed).await), ["accepted"]);
    let heard = next_entries(&mut watching, stage.space).await;
    assert_eq!(chunks(&heard), [&allowed]);
    stage.server.stop().await;
}

async fn one_refusal_harms_nothing_else_in_the_push(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Viewer).await;
    let (doc, _, mut member) = stage.shared(Kind::Todo, "milk").await;
    let own = stage.bob.space(SpaceKind::List).await;
    let mut socket = stage.bob.live().await;
    let note = Pen::new_doc();
    let chunk = member.begin(note, Kind::Todo, "title", "mine");
    socket.push(push_of(1, note, Some((own, Kind::Todo)), &[&chunk])).await;
    let forbidden = member.put(doc, "title", "beer");
    let allowed = member.put(note, "title", "mine alone");
    let verdicts = socket.push(push_all(2, &[(doc, &forbidden), (note, &allowed)])).await;
    assert_eq!(codes(&verdicts), ["role_too_weak", "accepted"]);
    let verdicts = socket.push(push_all(3, &[(note, &allowed)])).await;
    assert_eq!(codes(&verdicts), ["accepted"], "pushing again is harmless");
    stage.server.stop().await;
}

async fn raised_to_editor_the_same_edit_goes_through(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Viewer).await;
    let (doc, _, mut member) = stage.shared(Kind::Todo, "milk").await;
    let mut socket = stage.bob.live().await;
    let chunk = member.put(doc, "title", "oat milk");
    assert_eq!(codes(&edit(&mut socket, doc, &chunk).await), ["role_too_weak"]);
    stage.ada.change(stage.space, &stage.bob, Role::Editor).await.ok();
    assert_eq!(codes(&edit(&mut socket, doc, &chunk).await), ["accepted"]);
    stage.server.stop().await;
}

async fn demoted_the_next_edit_is_refused(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Editor).await;
    let (doc, _, mut member) = stage.shared(Kind::Todo, "milk").await;
    let mut socket = stage.bob.live().await;
    let allowed = member.put(doc, "title", "oat milk");
    assert_eq!(codes(&edit(&mut socket, doc, &allowed).await), ["accepted"]);
    stage.ada.change(stage.space, &stage.bob, Role::Commenter).await.ok();
    let late = member.put(doc, "title", "beer");
    assert_eq!(codes(&edit(&mut socket, doc, &late).await), ["role_too_weak"]);
    stage.server.stop().await;
}

async fn removed_the_next_edit_looks_like_there_is_nothing(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Editor).await;
    let (doc, _, mut member) = stage.shared(Kind::Todo, "milk").await;
    stage.ada.remove(stage.space, &stage.bob).await.ok();
    let mut socket = stage.bob.live().await;
    let late = member.put(doc, "title", "beer");
    let there = edit(&mut socket, doc, &late).await;
    let nowhere = Pen::new_doc();
    let late = member.begin(nowhere, Kind::Todo, "title", "beer");
    let missing = edit(&mut socket, nowhere, &late).await;
    assert_eq!((codes(&there), codes(&missing)), (vec!["not_found"], vec!["not_found"]));
    stage.server.stop().await;
}

async fn a_commenter_comments_and_does_no_more(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Commenter).await;
    let (doc, _, mut member) = stage.shared(Kind::Todo, "milk").await;
    let mut socket = stage.bob.live().await;
    let comment = Pen::new_doc();
    member.hold(comment, Kind::Comment);
    let about = member.put(comment, "subject", doc.to_string());
    let body = member.write(comment, "body", "oat, please");
    let push = push_of(1, comment, Some((stage.space, Kind::Comment)), &[&about, &body]);
    assert_eq!(codes(&socket.push(push).await), ["accepted", "accepted"]);
    let forbidden = member.put(doc, "title", "oat milk");
    assert_eq!(codes(&edit(&mut socket, doc, &forbidden).await), ["role_too_weak"]);
    let todo = Pen::new_doc();
    let created = member.begin(todo, Kind::Todo, "title", "mine");
    let push = push_of(2, todo, Some((stage.space, Kind::Todo)), &[&created]);
    assert_eq!(codes(&socket.push(push).await), ["role_too_weak"]);
    stage.server.stop().await;
}

async fn nobody_writes_in_another_s_name(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::List, Role::Viewer).await;
    let (doc, mut owner, _) = stage.shared(Kind::Todo, "milk").await;
    let stolen = owner.put(doc, "title", "oat milk");
    let mut socket = stage.bob.live().await;
    assert_eq!(codes(&edit(&mut socket, doc, &stolen).await), ["actor_foreign"]);
    // Nor does the same person on a device that the change wasn't made on.
    let mut phone = stage.ada.on_another_device().await.live().await;
    assert_eq!(codes(&edit(&mut phone, doc, &stolen).await), ["actor_foreign"]);
    let mut laptop = stage.ada.live().await;
    assert_eq!(codes(&edit(&mut laptop, doc, &stolen).await), ["accepted"]);
    stage.server.stop().await;
}

async fn a_manager_renames_the_space_and_an_editor_does_not(engine: Engine) {
    let stage = Stage::set(engine, SpaceKind::Project, Role::Editor).await;
    let about = umbra_model::DocId::from(stage.space);
    let mut member = Pen::new(stage.bob.prefix);
    member.hold(about, Kind::Space);
    let mut socket = stage.bob.live().await;
    let renamed = member.put(about, "name", "A better name");
    assert_eq!(codes(&edit(&mut socket, about, &renamed).await), ["role_too_weak"]);
    stage.ada.change(stage.space, &stage.bob, Role::Manager).await.ok();
    assert_eq!(codes(&edit(&mut socket, about, &renamed).await), ["accepted"]);
    stage.server.stop().await;
}
