//! Passwords for calendar programs.

use serde_json::{Value, json};
use umbra_tests::{Engine, Socket, TestServer, on_both_engines};

use super::{grow_stale, text};

on_both_engines! {
    an_app_password_is_shown_once_and_revoked
    an_app_password_opens_nothing_of_the_api
    app_passwords_are_made_with_care
    app_passwords_of_others_are_nobody_s_business
}

async fn an_app_password_is_shown_once_and_revoked(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let made = ada.caller.post("/api/auth/app-passwords", json!({ "name": "phone" })).await;
    assert_eq!(made.status, 201);
    let made = made.ok();
    let password = text(&made["password"]);
    assert_eq!(password.len(), 29, "24 letters in six groups: {password}");
    let list = ada.caller.get("/api/auth/app-passwords").await.ok();
    assert_eq!((&list[0]["name"], &list[0]["seen_at"]), (&json!("phone"), &Value::Null));
    assert!(list[0].get("password").is_none());
    let path = format!("/api/auth/app-passwords/{}", text(&made["id"]));
    assert_eq!(ada.caller.ask("DELETE", &path, None).await.status, 204);
    ada.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    assert_eq!(ada.caller.get("/api/auth/app-passwords").await.ok(), json!([]));
    server.stop().await;
}

async fn an_app_password_opens_nothing_of_the_api(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let made = ada.caller.post("/api/auth/app-passwords", json!({ "name": "phone" })).await.ok();
    let password = text(&made["password"]);
    // `ada:` and the password, as HTTP basic authentication has them.
    let basic = base64(format!("ada:{password}").as_bytes());
    let program = server.anonymous().with("authorization", &format!("Basic {basic}"));
    for path in ["/api/spaces", "/api/devices", "/api/auth/app-passwords", "/api/auth/sessions"] {
        program.get(path).await.is_problem(401, "not_signed_in");
    }
    let bearer = server.anonymous().bearing(password);
    bearer.get("/api/spaces").await.is_problem(401, "not_signed_in");
    assert_eq!(Socket::connect(server.addr(), password).await.err(), Some(401));
    let login = umbra_tests::login("ada", password);
    let refused = server.anonymous().post("/api/auth/login", login).await;
    refused.is_problem(401, "bad_credentials");
    server.stop().await;
}

async fn app_passwords_are_made_with_care(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let make = async |body: Value| ada.caller.post("/api/auth/app-passwords", body).await;
    for bad in [json!({}), json!({ "name": "" }), json!({ "name": "a", "password": "mine" })] {
        make(bad).await.is_problem(422, "body_invalid");
    }
    for _ in 0..umbra_server::limits::APP_PASSWORDS_PER_USER_MAX {
        make(json!({ "name": "phone" })).await.ok();
    }
    make(json!({ "name": "phone" })).await.is_problem(409, "too_many");
    grow_stale(&server).await;
    make(json!({ "name": "phone" })).await.is_problem(403, "fresh_authentication_needed");
    server.stop().await;
}

async fn app_passwords_of_others_are_nobody_s_business(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let made = ada.caller.post("/api/auth/app-passwords", json!({ "name": "phone" })).await.ok();
    let path = format!("/api/auth/app-passwords/{}", text(&made["id"]));
    bob.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    assert_eq!(bob.caller.get("/api/auth/app-passwords").await.ok(), json!([]));
    server.stop().await;
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte))
            << (8 * (3 - group.len()));
        let letter = |n: usize| char::from(LETTERS[bits >> (18 - 6 * n) & 63]);
        (0..4).map(|n| if n <= group.len() { letter(n) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}
