//! API tokens and their scopes.

use serde_json::{Value, json};
use umbra_model::{Role, SpaceKind};
use umbra_tests::{Answer, Caller, Engine, Person, Socket, TestServer, on_both_engines};

use super::{grow_stale, text};

on_both_engines! {
    a_token_reads_and_is_seen_to
    a_token_that_only_reads_writes_nothing
    a_token_reaches_its_kinds_of_spaces_only
    a_token_opens_no_account_and_no_socket
    a_token_ends_when_its_time_or_its_owner_ends_it
    a_token_ends_with_its_account
    tokens_are_made_with_care
    the_number_of_tokens_is_bounded
    tokens_of_others_are_nobody_s_business
}

async fn make(by: &Person, body: Value) -> Answer {
    by.caller.post("/api/auth/tokens", body).await
}

async fn token(server: &TestServer, by: &Person, access: &str) -> (Caller, String) {
    let made = make(by, json!({ "name": access, "access": access, "days": 30 })).await;
    assert_eq!(made.status, 201);
    let made = made.ok();
    (server.anonymous().bearing(text(&made["token"])), text(&made["id"]).to_owned())
}

async fn a_token_reads_and_is_seen_to(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let list = ada.space(SpaceKind::List).await;
    let (script, id) = token(&server, &ada, "read").await;
    let shown = ada.caller.get("/api/auth/tokens").await.ok();
    assert_eq!((&shown[0]["id"], &shown[0]["seen_at"]), (&json!(id), &Value::Null));
    assert!(!shown.to_string().contains("umbra_api_"), "it is shown once");
    let spaces = script.get("/api/spaces").await.ok();
    assert_eq!(spaces.as_array().unwrap().len(), 2);
    script.get(&format!("/api/spaces/{list}")).await.ok();
    script.get(&format!("/api/spaces/{list}/members")).await.ok();
    let shown = ada.caller.get("/api/auth/tokens").await.ok();
    assert!(shown[0]["seen_at"].is_i64());
    let days = (shown[0]["expires_at"].as_i64().unwrap()
        - shown[0]["created_at"].as_i64().unwrap())
        / 86_400_000;
    assert_eq!((days, &shown[0]["access"]), (30, &json!("read")));
    server.stop().await;
}

async fn a_token_that_only_reads_writes_nothing(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let (reader, _) = token(&server, &ada, "read").await;
    let (writer, _) = token(&server, &ada, "write").await;
    let list = json!({ "kind": "list" });
    reader.post("/api/spaces", list.clone()).await.is_problem(403, "scope_too_narrow");
    let made = writer.post("/api/spaces", list).await;
    assert_eq!(made.status, 201);
    let space = text(&made.ok()["id"]).to_owned();
    ada.caller.get(&format!("/api/spaces/{space}")).await.ok();
    // Who is in a space, and its end, a person decides.
    for token in [&reader, &writer] {
        let path = format!("/api/spaces/{space}");
        token.ask("DELETE", &path, None).await.is_problem(403, "scope_too_narrow");
        let member = json!({ "name": "ada", "role": "viewer" });
        let added = token.post(&format!("{path}/members"), member).await;
        added.is_problem(403, "scope_too_narrow");
    }
    server.stop().await;
}

async fn a_token_reaches_its_kinds_of_spaces_only(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let (list, calendar) = (ada.space(SpaceKind::List).await, ada.space(SpaceKind::Calendar).await);
    let foreign = bob.space(SpaceKind::List).await;
    let body = json!({ "name": "lists", "access": "write", "kinds": ["list"], "days": 1 });
    let made = make(&ada, body).await.ok();
    assert_eq!(made["kinds"], json!(["list"]));
    let script = server.anonymous().bearing(text(&made["token"]));
    let spaces = script.get("/api/spaces").await.ok();
    let kinds: Vec<_> = spaces.as_array().unwrap().iter().map(|it| it["kind"].clone()).collect();
    assert_eq!(kinds, ["list"]);
    script.get(&format!("/api/spaces/{list}")).await.ok();
    for beyond in [calendar, foreign, ada.personal_space().await] {
        script.get(&format!("/api/spaces/{beyond}")).await.is_problem(404, "not_found");
        script.get(&format!("/api/spaces/{beyond}/members")).await.is_problem(404, "not_found");
    }
    script.post("/api/spaces", json!({ "kind": "list" })).await.ok();
    let refused = script.post("/api/spaces", json!({ "kind": "calendar" })).await;
    refused.is_problem(403, "scope_too_narrow");
    // What its owner loses, it loses.
    ada.add(list, &bob, Role::Viewer).await.ok();
    let made = make(&bob, json!({ "name": "x", "access": "read", "days": 1 })).await.ok();
    let of_bob = server.anonymous().bearing(text(&made["token"]));
    of_bob.get(&format!("/api/spaces/{list}")).await.ok();
    ada.remove(list, &bob).await.ok();
    of_bob.get(&format!("/api/spaces/{list}")).await.is_problem(404, "not_found");
    server.stop().await;
}

async fn a_token_opens_no_account_and_no_socket(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let made = make(&ada, json!({ "name": "all", "access": "write", "days": 366 })).await.ok();
    let script = server.anonymous().bearing(text(&made["token"]));
    for path in [
        "/api/auth/status",
        "/api/auth/sessions",
        "/api/auth/tokens",
        "/api/auth/app-passwords",
        "/api/devices",
        "/api/admin/settings",
    ] {
        script.get(path).await.is_problem(403, "scope_too_narrow");
    }
    let more = json!({ "name": "more", "access": "write", "days": 1 });
    script.post("/api/auth/tokens", more).await.is_problem(403, "scope_too_narrow");
    script.post("/api/auth/logout", json!({})).await.is_problem(403, "scope_too_narrow");
    let refused = Socket::connect(server.addr(), text(&made["token"])).await.err();
    assert_eq!(refused, Some(401));
    // As a cookie it is nothing.
    let cookie = server.anonymous().with("cookie", &format!("umbra={}", text(&made["token"])));
    cookie.get("/api/spaces").await.is_problem(401, "not_signed_in");
    server.stop().await;
}

async fn a_token_ends_when_its_time_or_its_owner_ends_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let (short, _) = token(&server, &ada, "read").await;
    let (long, id) = token(&server, &ada, "write").await;
    server.run("UPDATE api_tokens SET expires_at = created_at WHERE name = 'read'").await;
    short.get("/api/spaces").await.is_problem(401, "not_signed_in");
    short.get("/api/devices").await.is_problem(401, "not_signed_in");
    long.get("/api/spaces").await.ok();
    let path = format!("/api/auth/tokens/{id}");
    assert_eq!(ada.caller.ask("DELETE", &path, None).await.status, 204);
    long.get("/api/spaces").await.is_problem(401, "not_signed_in");
    ada.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    let left = ada.caller.get("/api/auth/tokens").await.ok();
    assert_eq!(left.as_array().unwrap().len(), 1, "one that has ended is still shown");
    let nonsense = server.anonymous().bearing("umbra_api_nonsense");
    nonsense.get("/api/spaces").await.is_problem(401, "not_signed_in");
    server.stop().await;
}

async fn a_token_ends_with_its_account(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_, bob) = server.two_people().await;
    let (script, _) = token(&server, &bob, "read").await;
    script.get("/api/spaces").await.ok();
    server.run("UPDATE users SET disabled_at = 1 WHERE name = 'bob'").await;
    script.get("/api/spaces").await.is_problem(401, "not_signed_in");
    server.stop().await;
}

async fn tokens_are_made_with_care(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let good = json!({ "name": "script", "access": "read", "days": 1 });
    for (field, bad) in [
        ("name", json!("")),
        ("name", json!("x".repeat(65))),
        ("access", json!("admin")),
        ("access", Value::Null),
        ("days", json!(0)),
        ("days", json!(367)),
        ("days", json!(-1)),
        ("days", Value::Null),
        ("kinds", json!([])),
        ("kinds", json!(["everything"])),
        ("user", json!("bob")),
    ] {
        let mut body = good.clone();
        body[field] = bad.clone();
        make(&ada, body).await.is_problem(422, "body_invalid");
    }
    grow_stale(&server).await;
    make(&ada, good.clone()).await.is_problem(403, "fresh_authentication_needed");
    let refused = server.anonymous().post("/api/auth/tokens", good).await;
    refused.is_problem(401, "not_signed_in");
    server.stop().await;
}

async fn the_number_of_tokens_is_bounded(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let body = json!({ "name": "script", "access": "read", "days": 1 });
    for _ in 0..umbra_server::limits::API_TOKENS_PER_USER_MAX {
        make(&ada, body.clone()).await.ok();
    }
    make(&ada, body.clone()).await.is_problem(409, "too_many");
    // Those that have ended make room.
    server.run("UPDATE api_tokens SET expires_at = 1").await;
    make(&ada, body).await.ok();
    server.stop().await;
}

async fn tokens_of_others_are_nobody_s_business(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let (script, id) = token(&server, &ada, "read").await;
    let path = format!("/api/auth/tokens/{id}");
    bob.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    assert_eq!(bob.caller.get("/api/auth/tokens").await.ok(), json!([]));
    script.get("/api/spaces").await.ok();
    server.stop().await;
}
