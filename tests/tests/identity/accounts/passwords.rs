//! New passwords.

use serde_json::json;
use umbra_tests::{Engine, Heard, PASSWORD, TestServer, login, on_both_engines};

use super::{grow_stale, register, sign_in};

on_both_engines! {
    a_changed_password_signs_out_everywhere_else
    a_change_needs_the_password_so_far_or_a_fresh_proof
    easily_guessed_passwords_are_refused_with_advice
    one_password_is_one_however_it_was_typed
}

const NEW: &str = "a wholly new passphrase";

async fn a_changed_password_signs_out_everywhere_else(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let phone = bob.on_another_device().await;
    let mut socket = phone.live().await;
    let body = json!({ "current": PASSWORD, "new": NEW });
    assert_eq!(bob.caller.post("/api/account/password", body).await.status, 204);
    let (_, end) = socket.until_closed().await;
    assert_eq!(end, Heard::Closed(4401, "session_revoked".to_owned()));
    phone.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    bob.caller.get("/api/spaces").await.ok();
    ada.caller.get("/api/spaces").await.ok();
    sign_in(&server, "bob", PASSWORD).await.is_problem(401, "bad_credentials");
    sign_in(&server, "bob", NEW).await.ok();
    let trail = bob.caller.get("/api/account/audit").await.ok();
    let noted = trail["entries"].as_array().unwrap().iter();
    assert!(noted.clone().any(|it| it["action"] == "password_change" && it["outcome"] == "ok"));
    assert!(!trail.to_string().contains(NEW));
    server.stop().await;
}

async fn a_change_needs_the_password_so_far_or_a_fresh_proof(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_, bob) = server.two_people().await;
    let change = async |body| bob.caller.post("/api/account/password", body).await;
    let wrong = json!({ "current": "not the password", "new": NEW });
    change(wrong.clone()).await.is_problem(401, "bad_credentials");
    change(json!({ "new": NEW })).await.ok();
    grow_stale(&server).await;
    change(json!({ "new": PASSWORD })).await.is_problem(403, "fresh_authentication_needed");
    change(json!({ "current": NEW, "new": PASSWORD })).await.ok();
    for _ in 0..10 {
        change(wrong.clone()).await.is_problem(401, "bad_credentials");
    }
    // Guessing here is no better than guessing at the door.
    change(json!({ "current": PASSWORD, "new": NEW })).await.is_problem(429, "sign_in_locked");
    sign_in(&server, "bob", PASSWORD).await.is_problem(429, "sign_in_locked");
    server.stop().await;
}

async fn easily_guessed_passwords_are_refused_with_advice(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_, bob) = server.two_people().await;
    for (password, code) in [
        ("short", "password_invalid"),
        ("password1", "password_weak"),
        ("qwertyuiop", "password_weak"),
        ("bob bob bob bob", "password_weak"),
        ("umbraumbra", "password_weak"),
        (&"x".repeat(64), "password_weak"),
        (&"ü".repeat(513), "password_invalid"),
    ] {
        let body = json!({ "current": PASSWORD, "new": password });
        let refused = bob.caller.post("/api/account/password", body).await;
        refused.is_problem(422, code);
        assert!(refused.body["detail"].as_str().unwrap().len() > 20, "{}", refused.body);
        let answer = server.anonymous().post("/api/auth/register", login("eve", password)).await;
        answer.is_problem(422, code);
    }
    sign_in(&server, "bob", PASSWORD).await.ok();
    assert_eq!(register(&server, "eve", None).await.status, 201);
    server.stop().await;
}

async fn one_password_is_one_however_it_was_typed(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let composed = login("eve", "ein caf\u{e9} f\u{fc}r Wiebke");
    server.anonymous().post("/api/auth/register", composed).await.ok();
    sign_in(&server, "eve", "ein cafe\u{301} fu\u{308}r Wiebke").await.ok();
    sign_in(&server, "eve", "ein cafe fur Wiebke").await.is_problem(401, "bad_credentials");
    server.stop().await;
}
