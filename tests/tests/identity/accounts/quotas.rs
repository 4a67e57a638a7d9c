//! How much an account may have.

use futures_util::future::join_all;
use serde_json::{Value, json};
use umbra_model::{Kind, Role, SpaceKind};
use umbra_sync_protocol::wire::Verdict;
use umbra_tests::{Engine, Pen, Person, TestServer, on_both_engines, push_of};

use super::add_todo;

on_both_engines! {
    nobody_founds_more_spaces_than_they_may
    no_more_documents_come_into_being_than_the_owner_may_have
    bytes_count_and_what_is_there_can_still_be_edited
    of_many_at_once_no_more_come_than_fit
    what_is_set_for_all_counts_where_an_account_has_none_of_its_own
}

async fn set(admin: &Person, on: &Person, quotas: Value) {
    let path = format!("/api/admin/users/{}/quotas", on.user);
    admin.caller.ask("PUT", &path, Some(quotas)).await.ok();
}

fn quotas(spaces: Option<u64>, documents: Option<u64>, bytes: Option<u64>) -> Value {
    json!({ "spaces": spaces, "documents": documents, "bytes": bytes })
}

async fn found(by: &Person) -> umbra_tests::Answer {
    by.caller.post("/api/spaces", json!({ "kind": "list" })).await
}

async fn nobody_founds_more_spaces_than_they_may(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    set(&ada, &bob, quotas(Some(2), None, None)).await;
    let first = found(&bob).await.ok();
    found(&bob).await.ok();
    found(&bob).await.is_problem(409, "quota_exceeded");
    // The spaces of others that one is in don't count, nor does one that is gone.
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &bob, Role::Editor).await.ok();
    let path = format!("/api/spaces/{}", first["id"].as_str().unwrap());
    bob.caller.ask("DELETE", &path, None).await.ok();
    found(&bob).await.ok();
    set(&ada, &bob, quotas(Some(0), None, None)).await;
    found(&bob).await.is_problem(409, "quota_exceeded");
    set(&ada, &bob, quotas(None, None, None)).await;
    found(&bob).await.ok();
    let profile = bob.caller.get("/api/account").await.ok();
    assert_eq!(profile["usage"]["spaces"], 3);
    let path = format!("/api/admin/users/{}/quotas", bob.user);
    for bad in [json!({ "spaces": -1, "documents": null, "bytes": null }), json!({ "days": 1 })] {
        let answer = ada.caller.ask("PUT", &path, Some(bad)).await;
        answer.is_problem(422, "body_invalid");
    }
    server.stop().await;
}

async fn no_more_documents_come_into_being_than_the_owner_may_have(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = bob.space(SpaceKind::List).await;
    bob.add(space, &ada, Role::Editor).await.ok();
    // The documents of the personal space and of the list are two.
    set(&ada, &bob, quotas(None, Some(4), None)).await;
    assert_eq!(add_todo(&bob, space, "one").await, Ok(()));
    assert_eq!(add_todo(&ada, space, "two").await, Ok(()));
    for by in [&bob, &ada] {
        let refused = add_todo(by, space, "three").await;
        assert_eq!(refused, Err("quota_exceeded".to_owned()), "it is the owner's that counts");
    }
    let own = ada.space(SpaceKind::List).await;
    ada.add(own, &bob, Role::Editor).await.ok();
    assert_eq!(add_todo(&bob, own, "elsewhere").await, Ok(()));
    set(&ada, &bob, quotas(None, Some(5), None)).await;
    assert_eq!(add_todo(&bob, space, "three").await, Ok(()));
    server.stop().await;
}

async fn bytes_count_and_what_is_there_can_still_be_edited(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = bob.space(SpaceKind::List).await;
    let (mut pen, doc) = (Pen::new(bob.prefix), Pen::new_doc());
    let chunk = pen.begin(doc, Kind::Todo, "title", "one");
    let mut socket = bob.live().await;
    set(&ada, &bob, quotas(None, None, Some(chunk.len() as u64 - 1))).await;
    let push = push_of(1, doc, Some((space, Kind::Todo)), &[&chunk]);
    let code = |verdict: &Verdict| match verdict {
        Verdict::Accepted { .. } => "accepted".to_owned(),
        Verdict::Refused { code, .. } => code.clone(),
    };
    assert_eq!(code(&socket.push(push.clone()).await.verdicts[0]), "quota_exceeded");
    set(&ada, &bob, quotas(None, None, Some(chunk.len() as u64))).await;
    assert_eq!(code(&socket.push(push).await.verdicts[0]), "accepted");
    let usage = bob.caller.get("/api/account").await.ok()["usage"]["bytes"].clone();
    assert_eq!(usage, chunk.len());
    let edit = pen.put(doc, "title", "a longer title than it was");
    assert_eq!(code(&socket.push(push_of(2, doc, None, &[&edit])).await.verdicts[0]), "accepted");
    assert_eq!(add_todo(&bob, space, "two").await, Err("quota_exceeded".to_owned()));
    server.stop().await;
}

async fn of_many_at_once_no_more_come_than_fit(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    set(&ada, &bob, quotas(Some(3), Some(9), None)).await;
    let spaces = join_all((0..10).map(|_| found(&bob))).await;
    assert_eq!(spaces.iter().filter(|it| it.status == 201).count(), 3);
    let space = spaces.iter().find(|it| it.status == 201).unwrap().body["id"].clone();
    let space = space.as_str().unwrap().parse().unwrap();
    // Four documents are there.
    let titles: Vec<_> = (0..12).map(|n| format!("todo {n}")).collect();
    let written = join_all(titles.iter().map(|title| add_todo(&bob, space, title))).await;
    assert_eq!(written.iter().filter(|it| it.is_ok()).count(), 5);
    let profile = bob.caller.get("/api/account").await.ok();
    assert_eq!(profile["usage"]["documents"], 9);
    server.stop().await;
}

async fn what_is_set_for_all_counts_where_an_account_has_none_of_its_own(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let body = json!({ "registration": "open", "quota_spaces": 1, "quota_documents": 3 });
    ada.caller.ask("PUT", "/api/admin/settings", Some(body)).await.ok();
    let space = bob.space(SpaceKind::List).await;
    found(&bob).await.is_problem(409, "quota_exceeded");
    assert_eq!(add_todo(&bob, space, "one").await, Ok(()));
    assert_eq!(add_todo(&bob, space, "two").await, Err("quota_exceeded".to_owned()));
    set(&ada, &bob, quotas(Some(2), None, None)).await;
    found(&bob).await.ok();
    let profile = bob.caller.get("/api/account").await.ok();
    assert_eq!(profile["quotas"], quotas(Some(2), Some(3), None));
    server.stop().await;
}
