//! Spaces that are handed over.

use serde_json::json;
use umbra_model::{Role, SpaceId, SpaceKind};
use umbra_tests::{Answer, Engine, Person, TestServer, on_both_engines};

use super::{add_todo, grow_stale};

on_both_engines! {
    a_space_is_handed_over_and_its_log_says_so
    nobody_but_the_owner_hands_over_and_to_nobody_but_a_member
}

async fn hand_over(by: &Person, space: SpaceId, to: &Person) -> Answer {
    let path = format!("/api/spaces/{space}/transfer");
    by.caller.post(&path, json!({ "user": to.user })).await
}

async fn role(by: &Person, space: SpaceId) -> String {
    let space = by.caller.get(&format!("/api/spaces/{space}")).await.ok();
    space["role"].as_str().unwrap().to_owned()
}

async fn a_space_is_handed_over_and_its_log_says_so(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::Project).await;
    ada.add(space, &bob, Role::Viewer).await.ok();
    assert_eq!(hand_over(&ada, space, &bob).await.status, 204);
    assert_eq!(
        (role(&ada, space).await, role(&bob, space).await),
        ("manager".into(), "owner".into())
    );
    hand_over(&ada, space, &ada).await.is_problem(403, "role_too_weak");
    ada.caller
        .ask("DELETE", &format!("/api/spaces/{space}"), None)
        .await
        .is_problem(403, "role_too_weak");
    add_todo(&bob, space, "mine now").await.unwrap();
    add_todo(&ada, space, "still a manager").await.unwrap();
    let back = hand_over(&bob, space, &bob).await;
    assert_eq!(back.status, 204, "to oneself it changes nothing");
    assert_eq!(role(&bob, space).await, "owner");
    ada.caller.post(&format!("/api/spaces/{space}/leave"), json!({})).await.ok();
    bob.caller
        .post(&format!("/api/spaces/{space}/leave"), json!({}))
        .await
        .is_problem(403, "role_too_weak");
    let config = server.config.clone();
    let _database = server.stop().await;
    let store = umbra_server::open_store(&config).await.unwrap();
    let report = umbra_server::audit::audit(&store).await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    store.close().await;
}

async fn nobody_but_the_owner_hands_over_and_to_nobody_but_a_member(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let eve = server.register("eve").await;
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &bob, Role::Manager).await.ok();
    hand_over(&bob, space, &bob).await.is_problem(403, "role_too_weak");
    hand_over(&eve, space, &eve).await.is_problem(404, "not_found");
    hand_over(&ada, space, &eve).await.is_problem(404, "not_member");
    let personal = ada.personal_space().await;
    hand_over(&ada, personal, &bob).await.is_problem(403, "role_too_weak");
    let disable = format!("/api/admin/users/{}/disable", bob.user);
    ada.caller.post(&disable, json!({})).await.ok();
    hand_over(&ada, space, &bob).await.is_problem(404, "no_such_user");
    assert_eq!(role(&ada, space).await, "owner");
    grow_stale(&server).await;
    hand_over(&ada, space, &bob).await.is_problem(403, "fresh_authentication_needed");
    server.stop().await;
}
