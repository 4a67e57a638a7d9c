//! Spaces.

use serde_json::json;
use umbra_model::{Role, SpaceKind};
use umbra_tests::{Engine, TestServer, on_both_engines};

on_both_engines! {
    spaces_are_made_listed_and_deleted
    making_a_space_again_is_harmless
    an_id_that_is_taken_is_no_way_in
    strangers_cannot_tell_a_space_from_none
}

async fn spaces_are_made_listed_and_deleted(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let space = ada.space(SpaceKind::Calendar).await;
    let path = format!("/api/spaces/{space}");
    let shown = ada.caller.get(&path).await.ok();
    assert_eq!(shown["kind"], "calendar");
    assert_eq!(shown["role"], "owner");
    assert_eq!(shown["recovering"], false);
    assert!(shown["head"].as_u64().unwrap() >= 1);
    assert_eq!(ada.caller.get("/api/spaces").await.ok().as_array().unwrap().len(), 2);
    assert_eq!(ada.caller.ask("DELETE", &path, None).await.status, 204);
    ada.caller.get(&path).await.is_problem(404, "not_found");
    ada.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    let again = json!({ "id": space, "kind": "calendar" });
    let taken = ada.caller.post("/api/spaces", again).await;
    assert!(taken.status == 409 || taken.status == 404, "a deleted id stays taken: {taken:?}");
    server.stop().await;
}

async fn making_a_space_again_is_harmless(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let body = json!({ "id": "0190a0a0-0000-7000-8000-0000000000aa", "kind": "list" });
    let first = ada.caller.post("/api/spaces", body.clone()).await.ok();
    assert_eq!(first, ada.caller.post("/api/spaces", body).await.ok());
    assert_eq!(ada.caller.get("/api/spaces").await.ok().as_array().unwrap().len(), 2);
    server.stop().await;
}

async fn an_id_that_is_taken_is_no_way_in(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::List).await;
    let body = json!({ "id": space, "kind": "list" });
    bob.caller.post("/api/spaces", body).await.is_problem(409, "taken");
    bob.caller.get(&format!("/api/spaces/{space}")).await.is_problem(404, "not_found");
    server.stop().await;
}

async fn strangers_cannot_tell_a_space_from_none(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let carol = server.register("carol").await;
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &carol, Role::Viewer).await.ok();
    let nowhere = "0190a0a0-0000-7000-8000-00000000dead";
    for (method, path, body) in [
        ("GET", "/api/spaces/{}", None),
        ("DELETE", "/api/spaces/{}", None),
        ("POST", "/api/spaces/{}/leave", Some(json!({}))),
        ("GET", "/api/spaces/{}/members", None),
        ("POST", "/api/spaces/{}/members", Some(json!({ "name": "bob", "role": "owner" }))),
        ("POST", "/api/spaces/{}/members", Some(json!({ "name": "nobody", "role": "viewer" }))),
        ("PATCH", "/api/spaces/{}/members/CAROL", Some(json!({ "role": "owner" }))),
        ("DELETE", "/api/spaces/{}/members/CAROL", None),
        ("GET", "/api/spaces/{}/purges", None),
    ] {
        let path = path.replace("CAROL", &carol.user.to_string());
        let there =
            bob.caller.ask(method, &path.replace("{}", &space.to_string()), body.clone()).await;
        let missing = bob.caller.ask(method, &path.replace("{}", nowhere), body).await;
        there.is_problem(404, "not_found");
        assert_eq!(there.body, missing.body, "{method} {path}");
    }
    server.stop().await;
}
