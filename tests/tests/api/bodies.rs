//! Bodies that are not as they should be.

use serde_json::json;
use umbra_tests::{Engine, PASSWORD, TestServer, login, on_both_engines};

on_both_engines! {
    every_bad_body_has_its_answer_and_the_server_goes_on
    paths_that_name_nothing_are_answered_alike
}

async fn every_bad_body_has_its_answer_and_the_server_goes_on(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(20_000));
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let json = "application/json";
    for (kind, body, status, code) in [
        ("text/plain", "{}", 415, "body_not_json"),
        ("application/x-www-form-urlencoded", "name=ada", 415, "body_not_json"),
        (json, "", 400, "body_malformed"),
        (json, "{", 400, "body_malformed"),
        (json, "\u{0}", 400, "body_malformed"),
        (json, &deep, 400, "body_malformed"),
        (json, &large, 413, "body_too_large"),
        (json, "{}", 422, "body_invalid"),
        (json, "null", 422, "body_invalid"),
        (json, r#"{"kind":"list","owner":"me"}"#, 422, "body_invalid"),
        (json, r#"{"kind":"list","kind":"list"}"#, 422, "body_invalid"),
        (json, r#"{"kind":"lists"}"#, 422, "body_invalid"),
        (json, r#"{"kind":"list","id":"7"}"#, 422, "body_invalid"),
        (json, r#"{"kind":"list\u0000"}"#, 422, "nul_refused"),
    ] {
        let answer = ada.caller.ask_raw("POST", "/api/spaces", kind, body.to_owned()).await;
        answer.is_problem(status, code);
    }
    let anonymous = server.anonymous();
    let mut admin = login("eve", PASSWORD);
    admin["admin"] = json!(true);
    anonymous.post("/api/auth/register", admin).await.is_problem(422, "body_invalid");
    let nul = login("ada\u{0}", PASSWORD);
    anonymous.post("/api/auth/login", nul).await.is_problem(422, "nul_refused");
    ada.caller.post("/api/spaces", json!({ "kind": "list" })).await.ok();
    server.stop().await;
}

async fn paths_that_name_nothing_are_answered_alike(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    for path in ["/api", "/api/", "/api/nothing", "/api/auth", "/api/spaces/", "/api/spaces/7"] {
        ada.caller.get(path).await.is_problem(404, "not_found");
    }
    let missing = ada.caller.get("/api/spaces/00000000-0000-7000-8000-000000000000").await;
    missing.is_problem(404, "not_found");
    assert_eq!(missing.body, ada.caller.get("/api/spaces/%00").await.body);
    ada.caller.ask("PUT", "/api/spaces", None).await.is_problem(405, "method_not_allowed");
    ada.caller.get("/api/auth/login").await.is_problem(405, "method_not_allowed");
    server.stop().await;
}
