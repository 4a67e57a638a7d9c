//! Doing without a password.

use serde_json::{Value, json};
use umbra_tests::{
    Answer, Authenticator, Engine, PASSWORD, Person, TestServer, login, on_both_engines,
};

use crate::stage::{add_passkey, browser, go_through, sign_in, texts};

on_both_engines! {
    it_takes_two_passkeys_or_one_and_recovery_codes
    it_is_left_by_a_passkey_and_a_new_password
    giving_up_changes_nothing
    what_the_mode_needs_stays
    a_recovery_code_is_the_other_way_in
    two_who_remove_a_passkey_each_leave_enough
}

async fn enter(person: &Person, authenticator: &mut Authenticator) -> Answer {
    go_through(person, "/api/auth/passwordless", authenticator, json!({})).await
}

async fn is_passwordless(person: &Person) -> bool {
    let status = person.caller.get("/api/auth/status").await.ok();
    status["signed_in"]["passwordless"].as_bool().unwrap()
}

/// Somebody with two passkeys in one authenticator, who does without a password.
async fn passwordless(server: &TestServer) -> (Person, Authenticator, [Value; 2]) {
    let ada = server.set_up("ada").await;
    let mut authenticator = browser(server);
    let one = add_passkey(&ada, &mut authenticator, "laptop").await;
    let two = add_passkey(&ada, &mut authenticator, "phone").await;
    assert_eq!(enter(&ada, &mut authenticator).await.status, 204);
    (ada, authenticator, [one["id"].clone(), two["id"].clone()])
}

async fn it_takes_two_passkeys_or_one_and_recovery_codes(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let path = "/api/auth/passwordless";
    let refused = async |person: &Person| {
        person.caller.post(path, json!({})).await.is_problem(409, "credentials_too_few");
    };
    refused(&ada).await;
    let mut authenticator = browser(&server);
    add_passkey(&ada, &mut authenticator, "laptop").await;
    refused(&ada).await;
    add_passkey(&ada, &mut authenticator, "phone").await;
    assert_eq!(enter(&ada, &mut authenticator).await.status, 204);
    assert!(is_passwordless(&ada).await);
    ada.caller.post(path, json!({})).await.is_problem(409, "passwordless_on");
    bob.caller.post("/api/auth/recovery-codes", json!({})).await.ok();
    refused(&bob).await;
    let mut of_bob = browser(&server);
    add_passkey(&bob, &mut of_bob, "laptop").await;
    assert_eq!(enter(&bob, &mut of_bob).await.status, 204);
    let audited = server.audited().await;
    assert!(audited.contains(&"passwordless_on ok".to_owned()));
    server.stop().await;
}

async fn it_is_left_by_a_passkey_and_a_new_password(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, mut authenticator, _) = passwordless(&server).await;
    let with = async |password: &str| {
        server.anonymous().post("/api/auth/login", login("ada", password)).await
    };
    with(PASSWORD).await.is_problem(401, "bad_credentials");
    let confirm = json!({ "password": PASSWORD });
    ada.caller.post("/api/auth/confirm", confirm).await.is_problem(401, "bad_credentials");
    sign_in(&server, &mut authenticator).await.ok();
    let path = "/api/auth/passwordless/leave";
    let weak = go_through(&ada, path, &mut authenticator, json!({ "password": "short" })).await;
    weak.is_problem(422, "password_invalid");
    assert!(is_passwordless(&ada).await);
    let new = "a wholly other horse";
    let left = go_through(&ada, path, &mut authenticator, json!({ "password": new })).await;
    assert_eq!(left.status, 204, "{}", left.body);
    assert!(!is_passwordless(&ada).await);
    with(PASSWORD).await.is_problem(401, "bad_credentials");
    with(new).await.ok();
    ada.caller.post(path, json!({})).await.is_problem(409, "passwordless_off");
    assert!(server.audited().await.contains(&"passwordless_off ok".to_owned()));
    server.stop().await;
}

async fn giving_up_changes_nothing(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let mut authenticator = browser(&server);
    add_passkey(&ada, &mut authenticator, "laptop").await;
    add_passkey(&ada, &mut authenticator, "phone").await;
    let begun = ada.caller.post("/api/auth/passwordless", json!({})).await.ok();
    let answer = authenticator.get(&begun["options"]);
    let cancel = json!({ "ceremony": begun["ceremony"] });
    assert_eq!(ada.caller.post("/api/auth/ceremonies/cancel", cancel).await.status, 204);
    let body = json!({ "ceremony": begun["ceremony"], "passkey": answer });
    let late = ada.caller.post("/api/auth/passwordless/finish", body).await;
    late.is_problem(409, "ceremony_over");
    // Nor does an answer that isn't right.
    authenticator.verifies = false;
    enter(&ada, &mut authenticator).await.is_problem(401, "passkey_refused");
    authenticator.verifies = true;
    assert!(!is_passwordless(&ada).await);
    server.anonymous().post("/api/auth/login", login("ada", PASSWORD)).await.ok();
    // The other way as well.
    assert_eq!(enter(&ada, &mut authenticator).await.status, 204);
    let leave = ada.caller.post("/api/auth/passwordless/leave", json!({})).await.ok();
    let cancel = json!({ "ceremony": leave["ceremony"] });
    ada.caller.post("/api/auth/ceremonies/cancel", cancel).await.ok();
    assert!(is_passwordless(&ada).await);
    sign_in(&server, &mut authenticator).await.ok();
    // A ceremony to enter is none to leave.
    let body = json!({ "ceremony": begun["ceremony"], "passkey": authenticator.get(&begun["options"]), "password": "a wholly other horse" });
    let mixed = ada.caller.post("/api/auth/passwordless/leave/finish", body).await;
    mixed.is_problem(409, "ceremony_over");
    server.stop().await;
}

async fn what_the_mode_needs_stays(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, mut authenticator, [one, two]) = passwordless(&server).await;
    let remove = async |id: &Value| {
        let path = format!("/api/auth/passkeys/{}", id.as_str().unwrap());
        ada.caller.ask("DELETE", &path, None).await
    };
    remove(&one).await.is_problem(409, "credential_needed");
    assert_eq!(ada.caller.get("/api/auth/passkeys").await.ok().as_array().unwrap().len(), 2);
    ada.caller.post("/api/auth/recovery-codes", json!({})).await.ok();
    remove(&one).await.ok();
    remove(&two).await.is_problem(409, "credential_needed");
    sign_in(&server, &mut authenticator).await.ok();
    server.stop().await;
}

async fn a_recovery_code_is_the_other_way_in(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_, bob) = server.two_people().await;
    let codes = bob.caller.post("/api/auth/recovery-codes", json!({})).await.ok();
    let codes = texts(&codes["recovery_codes"]);
    let recover = async |name: &str, code: &str| {
        let device = json!({ "name": "new laptop", "platform": "linux" });
        let body = json!({ "name": name, "code": code, "device": device });
        server.anonymous().post("/api/auth/recover", body).await
    };
    // With a password, a code alone is one factor.
    recover("bob", &codes[0]).await.is_problem(401, "bad_credentials");
    let mut authenticator = browser(&server);
    add_passkey(&bob, &mut authenticator, "laptop").await;
    assert_eq!(enter(&bob, &mut authenticator).await.status, 204);
    let known = recover("bob", "0000-0000-0000-0000-0000-0000").await;
    let unknown = recover("nobody", "0000-0000-0000-0000-0000-0000").await;
    known.is_problem(401, "bad_credentials");
    assert_eq!(known.body, unknown.body);
    recover("ada", &codes[0]).await.is_problem(401, "bad_credentials");
    let signed_in = recover("Bob", &codes[0]).await.ok();
    assert_eq!(signed_in["user"]["id"], json!(bob.user));
    recover("bob", &codes[0]).await.is_problem(401, "bad_credentials");
    for _ in 0..9 {
        recover("bob", "nonsense").await.is_problem(401, "bad_credentials");
    }
    recover("bob", &codes[1]).await.is_problem(429, "sign_in_locked");
    server.stop().await;
}

async fn two_who_remove_a_passkey_each_leave_enough(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let mut authenticator = browser(&server);
    let mut paths = Vec::new();
    for n in 0..3 {
        let made = add_passkey(&ada, &mut authenticator, &format!("key {n}")).await;
        paths.push(format!("/api/auth/passkeys/{}", made["id"].as_str().unwrap()));
    }
    assert_eq!(enter(&ada, &mut authenticator).await.status, 204);
    let removals = paths.iter().map(|path| ada.caller.ask("DELETE", path, None));
    let answers = futures_util::future::join_all(removals).await;
    assert_eq!(answers.iter().filter(|it| it.status == 204).count(), 1);
    assert_eq!(ada.caller.get("/api/auth/passkeys").await.ok().as_array().unwrap().len(), 2);
    server.stop().await;
}
