//! What asks for fresh authentication, and how it is had.

use std::time::Duration;

use serde_json::{Value, json};
use umbra_tests::{Aged, Engine, PASSWORD, TestServer, on_both_engines, one_time_code};

use crate::stage::{add_passkey, browser, enrol, go_through};

on_both_engines! {
    what_is_sensitive_asks_for_it
    a_password_gives_it
    a_second_factor_belongs_to_it
    a_passkey_gives_it
    guessing_at_it_is_counted_apart
}

const ELEVEN_MINUTES: Duration = Duration::from_secs(11 * 60);

async fn what_is_sensitive_asks_for_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    server.age(Aged::Proofs, ELEVEN_MINUTES).await;
    let nowhere = "/api/auth/passkeys/0190a0a0-0000-7000-8000-00000000dead";
    for (method, path) in [
        ("POST", "/api/auth/totp"),
        ("POST", "/api/auth/totp/finish"),
        ("DELETE", "/api/auth/totp"),
        ("POST", "/api/auth/recovery-codes"),
        ("POST", "/api/auth/passkeys"),
        ("POST", "/api/auth/passkeys/finish"),
        ("DELETE", nowhere),
        ("POST", "/api/auth/passwordless"),
        ("POST", "/api/auth/passwordless/finish"),
        ("POST", "/api/auth/passwordless/leave"),
        ("POST", "/api/auth/passwordless/leave/finish"),
    ] {
        let answer = ada.caller.ask(method, path, Some(json!({}))).await;
        answer.is_problem(403, "fresh_authentication_needed");
    }
    server.anonymous().post("/api/auth/totp", json!({})).await.is_problem(401, "not_signed_in");
    server.stop().await;
}

async fn a_password_gives_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let elsewhere = ada.on_another_device().await;
    server.age(Aged::Proofs, ELEVEN_MINUTES).await;
    let confirm = async |password: &str| {
        ada.caller.post("/api/auth/confirm", json!({ "password": password })).await
    };
    confirm("not the password").await.is_problem(401, "bad_credentials");
    ada.caller
        .post("/api/auth/totp", json!({}))
        .await
        .is_problem(403, "fresh_authentication_needed");
    assert_eq!(confirm(PASSWORD).await.status, 204);
    ada.caller.post("/api/auth/totp", json!({})).await.ok();
    let other = elsewhere.caller.post("/api/auth/totp", json!({})).await;
    other.is_problem(403, "fresh_authentication_needed");
    server.age(Aged::Proofs, ELEVEN_MINUTES).await;
    ada.caller
        .post("/api/auth/totp", json!({}))
        .await
        .is_problem(403, "fresh_authentication_needed");
    let audited = server.audited().await;
    assert!(audited.contains(&"confirm ok".to_owned()), "{audited:?}");
    assert!(audited.contains(&"confirm bad_credentials".to_owned()), "{audited:?}");
    server.stop().await;
}

async fn a_second_factor_belongs_to_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let enrolled = enrol(&server, &ada).await;
    server.age(Aged::Proofs, ELEVEN_MINUTES).await;
    let confirm = async |body: Value| ada.caller.post("/api/auth/confirm", body).await;
    confirm(json!({ "password": PASSWORD })).await.is_problem(403, "second_factor_needed");
    let wrong = json!({ "password": PASSWORD, "totp": "000000" });
    confirm(wrong).await.is_problem(401, "code_wrong");
    let code = one_time_code(&enrolled.secret, 0);
    let unproven = json!({ "password": "not the password", "totp": code });
    confirm(unproven).await.is_problem(401, "bad_credentials");
    let right = json!({ "password": PASSWORD, "totp": code });
    assert_eq!(confirm(right.clone()).await.status, 204);
    confirm(right).await.is_problem(401, "code_wrong");
    let recovery = json!({ "password": PASSWORD, "recovery_code": enrolled.codes[0] });
    assert_eq!(confirm(recovery.clone()).await.status, 204);
    confirm(recovery).await.is_problem(401, "code_wrong");
    server.stop().await;
}

async fn a_passkey_gives_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let none = ada.caller.post("/api/auth/confirm/passkey", json!({})).await;
    none.is_problem(409, "no_passkey");
    let (mut of_ada, mut of_bob) = (browser(&server), browser(&server));
    add_passkey(&ada, &mut of_ada, "laptop").await;
    add_passkey(&bob, &mut of_bob, "laptop").await;
    server.age(Aged::Proofs, ELEVEN_MINUTES).await;
    let confirm = "/api/auth/confirm/passkey";
    let begun = ada.caller.post(confirm, json!({})).await.ok();
    let answer = of_ada.get(&begun["options"]);
    let body = json!({ "ceremony": begun["ceremony"], "passkey": answer });
    let finish = "/api/auth/confirm/passkey/finish";
    bob.caller.post(finish, body.clone()).await.is_problem(409, "ceremony_over");
    assert_eq!(ada.caller.post(finish, body.clone()).await.status, 204);
    ada.caller.post(finish, body).await.is_problem(409, "ceremony_over");
    ada.caller.post("/api/auth/totp", json!({})).await.ok();
    // Another's passkey proves nothing, though the challenge is one's own.
    let mut begun = ada.caller.post(confirm, json!({})).await.ok();
    begun["options"]["publicKey"]["allowCredentials"] = json!([]);
    let answer = of_bob.get(&begun["options"]);
    let body = json!({ "ceremony": begun["ceremony"], "passkey": answer });
    ada.caller.post(finish, body).await.is_problem(401, "passkey_refused");
    go_through(&bob, confirm, &mut of_bob, json!({})).await.ok();
    server.stop().await;
}

async fn guessing_at_it_is_counted_apart(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let guess = json!({ "password": "not the password" });
    for _ in 0..10 {
        let answer = ada.caller.post("/api/auth/confirm", guess.clone()).await;
        answer.is_problem(401, "bad_credentials");
    }
    let right = json!({ "password": PASSWORD });
    ada.caller.post("/api/auth/confirm", right).await.is_problem(429, "sign_in_locked");
    ada.on_another_device().await;
    server.stop().await;
}
