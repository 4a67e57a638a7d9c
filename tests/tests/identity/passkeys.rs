//! Passkeys: making them, and signing in by one.

use serde_json::{Value, json};
use umbra_server::config::Origin;
use umbra_tests::{
    Aged, Authenticator, Engine, PASSWORD, TestServer, login, on_both_engines, one_time_code,
};

use crate::stage::{add_passkey, browser, challenge, enrol, finish, sign_in};

on_both_engines! {
    a_passkey_signs_in_without_a_name
    a_passkey_is_both_factors_and_needs_no_lock
    passkeys_are_listed_renamed_and_removed
    what_an_authenticator_is_asked_for
    a_registration_is_of_one_session_and_one_moment
    what_makes_no_passkey
    an_answer_is_taken_once_and_in_time
    what_an_answer_may_not_be
    a_passkey_is_of_whom_it_was_made_for
    a_counter_that_goes_back_shows_a_copy
    an_authenticator_may_keep_no_count
    challenges_of_nobody_are_bounded
    an_address_has_no_passkeys
    a_disabled_account_is_not_signed_in
}

async fn a_passkey_signs_in_without_a_name(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let mut authenticator = browser(&server);
    let made = add_passkey(&ada, &mut authenticator, "laptop").await;
    assert_eq!((&made["name"], &made["used_at"]), (&json!("laptop"), &Value::Null));
    let status = ada.caller.get("/api/auth/status").await.ok();
    assert_eq!(status["signed_in"]["has_passkeys"], true);
    assert_eq!(status["passkeys"], true);
    for _ in 0..2 {
        let signed_in = sign_in(&server, &mut authenticator).await.ok();
        assert_eq!(signed_in["user"]["id"], json!(ada.user));
        let token = signed_in["token"].as_str().unwrap();
        server.anonymous().bearing(token).get("/api/spaces").await.ok();
    }
    let listed = ada.caller.get("/api/auth/passkeys").await.ok();
    assert!(listed[0]["used_at"].is_i64());
    let audited = server.audited().await;
    assert!(audited.contains(&"passkey_add ok".to_owned()));
    let ways = server.texts("SELECT detail FROM audit_log WHERE detail = 'passkey'").await;
    assert_eq!(ways.len(), 2);
    server.stop().await;
}

async fn a_passkey_is_both_factors_and_needs_no_lock(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    enrol(&server, &ada).await;
    let mut authenticator = browser(&server);
    add_passkey(&ada, &mut authenticator, "laptop").await;
    assert_eq!(sign_in(&server, &mut authenticator).await.status, 200);
    for _ in 0..10 {
        server.anonymous().post("/api/auth/login", login("ada", "not the password")).await;
    }
    let locked = server.anonymous().post("/api/auth/login", login("ada", PASSWORD)).await;
    locked.is_problem(429, "sign_in_locked");
    sign_in(&server, &mut authenticator).await.ok();
    server.stop().await;
}

async fn passkeys_are_listed_renamed_and_removed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let (mut one, mut two) = (browser(&server), browser(&server));
    let first = add_passkey(&ada, &mut one, "laptop").await;
    let second = add_passkey(&ada, &mut two, "phone").await;
    let path = format!("/api/auth/passkeys/{}", second["id"].as_str().unwrap());
    let name = |name: &str| Some(json!({ "name": name }));
    bob.caller.ask("PATCH", &path, name("mine")).await.is_problem(404, "not_found");
    bob.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    ada.caller.ask("PATCH", &path, name("")).await.is_problem(422, "body_invalid");
    ada.caller.ask("PATCH", &path, name("old phone")).await.ok();
    let listed = ada.caller.get("/api/auth/passkeys").await.ok();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["laptop", "old phone"]);
    assert_eq!(bob.caller.get("/api/auth/passkeys").await.ok(), json!([]));
    ada.caller.ask("DELETE", &path, None).await.ok();
    ada.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    sign_in(&server, &mut two).await.is_problem(401, "passkey_refused");
    sign_in(&server, &mut one).await.ok();
    // The last one may go as well, where there is a password.
    let path = format!("/api/auth/passkeys/{}", first["id"].as_str().unwrap());
    ada.caller.ask("DELETE", &path, None).await.ok();
    let audited = server.audited().await;
    for entry in ["passkey_rename ok", "passkey_remove ok", "passkey_use passkey_refused"] {
        assert!(audited.contains(&entry.to_owned()), "{entry}");
    }
    server.stop().await;
}

async fn what_an_authenticator_is_asked_for(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    add_passkey(&ada, &mut browser(&server), "laptop").await;
    let begun = ada.caller.post("/api/auth/passkeys", json!({})).await.ok();
    let asked = &begun["options"]["publicKey"];
    assert_eq!(asked["rp"]["id"], "localhost");
    assert_eq!(asked["attestation"], "none");
    assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(asked["authenticatorSelection"]["requireResidentKey"], true);
    assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(asked["excludeCredentials"].as_array().unwrap().len(), 1);
    let begun = challenge(&server).await;
    let asked = &begun["options"]["publicKey"];
    assert_eq!(
        (&asked["rpId"], &asked["userVerification"]),
        (&json!("localhost"), &json!("required"))
    );
    assert_eq!(asked["allowCredentials"], json!([]), "nobody is named");
    assert_eq!(begun["options"]["mediation"], "conditional");
    server.stop().await;
}

async fn a_registration_is_of_one_session_and_one_moment(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let elsewhere = ada.on_another_device().await;
    let finish = "/api/auth/passkeys/finish";
    let mut authenticator = browser(&server);
    let begun = ada.caller.post("/api/auth/passkeys", json!({})).await.ok();
    let passkey = authenticator.create(&begun["options"]);
    let body = json!({ "ceremony": begun["ceremony"], "name": "x", "passkey": passkey });
    for other in [&bob, &elsewhere] {
        let answer = other.caller.post(finish, body.clone()).await;
        answer.is_problem(409, "ceremony_over");
    }
    let tabs = (0..4).map(|_| ada.caller.post(finish, body.clone()));
    let answers = futures_util::future::join_all(tabs).await;
    assert_eq!(answers.iter().filter(|it| it.status == 201).count(), 1);
    ada.caller.post(finish, body).await.is_problem(409, "ceremony_over");
    let begun = ada.caller.post("/api/auth/passkeys", json!({})).await.ok();
    let passkey = authenticator.create(&begun["options"]);
    let body = json!({ "ceremony": begun["ceremony"], "name": "x", "passkey": passkey });
    server.age(Aged::Ceremonies, umbra_server::limits::CEREMONY_LIFE).await;
    ada.caller.post(finish, body).await.is_problem(409, "ceremony_over");
    server.stop().await;
}

async fn what_makes_no_passkey(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let cases: [fn(&mut Authenticator); 3] = [
        |it| it.verifies = false,
        |it| it.origin = "https://evil.example".to_owned(),
        |it| it.rp_id = Some("evil.example".to_owned()),
    ];
    let try_with = async |authenticator: &mut Authenticator| {
        let begun = ada.caller.post("/api/auth/passkeys", json!({})).await.ok();
        let passkey = authenticator.create(&begun["options"]);
        let body = json!({ "ceremony": begun["ceremony"], "name": "x", "passkey": passkey });
        (ada.caller.post("/api/auth/passkeys/finish", body).await, passkey)
    };
    for change in cases {
        let mut authenticator = browser(&server);
        change(&mut authenticator);
        try_with(&mut authenticator).await.0.is_problem(422, "passkey_invalid");
    }
    // An answer to one challenge is none to another, and a credential has one owner.
    let (made, passkey) = try_with(&mut browser(&server)).await;
    assert_eq!(made.status, 201);
    let begun = bob.caller.post("/api/auth/passkeys", json!({})).await.ok();
    let body = json!({ "ceremony": begun["ceremony"], "name": "x", "passkey": passkey });
    let replayed = bob.caller.post("/api/auth/passkeys/finish", body).await;
    replayed.is_problem(422, "passkey_invalid");
    let begun = bob.caller.post("/api/auth/passkeys", json!({})).await.ok();
    let body = json!({ "ceremony": begun["ceremony"], "name": "x", "passkey": {} });
    let shapeless = bob.caller.post("/api/auth/passkeys/finish", body).await;
    shapeless.is_problem(422, "body_invalid");
    assert_eq!(bob.caller.get("/api/auth/passkeys").await.ok(), json!([]));
    server.stop().await;
}

async fn an_answer_is_taken_once_and_in_time(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let mut authenticator = browser(&server);
    add_passkey(&ada, &mut authenticator, "laptop").await;
    let begun = challenge(&server).await;
    let answer = authenticator.get(&begun["options"]);
    let tries = (0..4).map(|_| finish(&server, &begun, &answer));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|it| it.status == 200).count(), 1);
    finish(&server, &begun, &answer).await.is_problem(409, "ceremony_over");
    let other = challenge(&server).await;
    finish(&server, &other, &answer).await.is_problem(401, "passkey_refused");
    let begun = challenge(&server).await;
    let answer = authenticator.get(&begun["options"]);
    server.age(Aged::Ceremonies, umbra_server::limits::CEREMONY_LIFE).await;
    finish(&server, &begun, &answer).await.is_problem(409, "ceremony_over");
    // What one confirms with is no sign-in, and the reverse.
    let begun = ada.caller.post("/api/auth/confirm/passkey", json!({})).await.ok();
    let answer = authenticator.get(&begun["options"]);
    finish(&server, &begun, &answer).await.is_problem(409, "ceremony_over");
    let begun = challenge(&server).await;
    let answer = authenticator.get(&begun["options"]);
    let body = json!({ "ceremony": begun["ceremony"], "passkey": answer });
    let mixed = ada.caller.post("/api/auth/confirm/passkey/finish", body).await;
    mixed.is_problem(409, "ceremony_over");
    server.stop().await;
}

async fn what_an_answer_may_not_be(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let mut authenticator = browser(&server);
    add_passkey(&ada, &mut authenticator, "laptop").await;
    let good = authenticator.origin.clone();
    let cases: [fn(&mut Authenticator); 5] = [
        |it| it.verifies = false,
        |it| it.origin = "https://localhost".to_owned(),
        |it| it.origin = "http://localhost:1".to_owned(),
        |it| it.origin = "http://localhost.evil.example".to_owned(),
        |it| it.rp_id = Some("evil.example".to_owned()),
    ];
    for change in cases {
        change(&mut authenticator);
        sign_in(&server, &mut authenticator).await.is_problem(401, "passkey_refused");
        authenticator.origin.clone_from(&good);
        authenticator.rp_id = None;
        authenticator.verifies = true;
    }
    let begun = challenge(&server).await;
    let answer = authenticator.get(&begun["options"]);
    let mut bent = answer.clone();
    let signature = answer["response"]["signature"].as_str().unwrap();
    bent["response"]["signature"] = json!(format!("{}AAAA", &signature[..signature.len() - 4]));
    finish(&server, &begun, &bent).await.is_problem(401, "passkey_refused");
    let begun = challenge(&server).await;
    let mut nobody = authenticator.get(&begun["options"]);
    nobody["response"]["userHandle"] = Value::Null;
    finish(&server, &begun, &nobody).await.is_problem(401, "passkey_refused");
    sign_in(&server, &mut authenticator).await.ok();
    server.stop().await;
}

async fn a_passkey_is_of_whom_it_was_made_for(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let (mut of_ada, mut of_bob) = (browser(&server), browser(&server));
    add_passkey(&ada, &mut of_ada, "laptop").await;
    add_passkey(&bob, &mut of_bob, "laptop").await;
    let begun = challenge(&server).await;
    let handle = of_ada.get(&begun["options"])["response"]["userHandle"].clone();
    let mut answer = of_bob.get(&begun["options"]);
    answer["response"]["userHandle"] = handle;
    finish(&server, &begun, &answer).await.is_problem(401, "passkey_refused");
    server.stop().await;
}

async fn a_counter_that_goes_back_shows_a_copy(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let mut authenticator = browser(&server);
    add_passkey(&ada, &mut authenticator, "laptop").await;
    let mut copy = authenticator.clone();
    sign_in(&server, &mut authenticator).await.ok();
    sign_in(&server, &mut authenticator).await.ok();
    sign_in(&server, &mut copy).await.is_problem(401, "passkey_refused");
    // Which of the two is the owner's can't be told: neither opens anything now.
    sign_in(&server, &mut authenticator).await.is_problem(401, "passkey_refused");
    let listed = ada.caller.get("/api/auth/passkeys").await.ok();
    assert!(listed[0]["suspect_at"].is_i64());
    let none = ada.caller.post("/api/auth/confirm/passkey", json!({})).await;
    none.is_problem(409, "no_passkey");
    assert!(server.audited().await.contains(&"passkey_suspect ok".to_owned()));
    server.stop().await;
}

async fn an_authenticator_may_keep_no_count(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let mut authenticator = browser(&server);
    authenticator.counts = false;
    add_passkey(&ada, &mut authenticator, "synced").await;
    for _ in 0..3 {
        sign_in(&server, &mut authenticator).await.ok();
    }
    server.stop().await;
}

async fn challenges_of_nobody_are_bounded(engine: Engine) {
    let server =
        TestServer::start_with(engine, |it| it.abuse.credential_tests_per_minute = 3).await;
    let begin = async || server.anonymous().post("/api/auth/login/passkey", json!({})).await;
    for _ in 0..3 {
        begin().await.ok();
    }
    begin().await.is_problem(429, "rate_limited");
    server.stop().await;
}

async fn an_address_has_no_passkeys(engine: Engine) {
    let server = TestServer::start_with(engine, |config| {
        config.public_origin = Some(Origin::parse("http://192.0.2.1:8000").unwrap());
    })
    .await;
    let begin = server.anonymous().post("/api/auth/login/passkey", json!({})).await;
    begin.is_problem(409, "passkeys_unavailable");
    let status = server.anonymous().get("/api/auth/status").await.ok();
    assert_eq!(status["passkeys"], false);
    server.stop().await;
}

async fn a_disabled_account_is_not_signed_in(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_, bob) = server.two_people().await;
    let secret = enrol(&server, &bob).await.secret;
    let mut authenticator = browser(&server);
    add_passkey(&bob, &mut authenticator, "laptop").await;
    let ceremony = crate::stage::second_step(&server, "bob").await;
    server.texts("UPDATE users SET disabled_at = 1 WHERE name = 'bob' RETURNING name").await;
    sign_in(&server, &mut authenticator).await.is_problem(403, "account_disabled");
    let code = one_time_code(&secret, 0);
    let answer = crate::stage::give_code(&server, &ceremony, &code).await;
    answer.is_problem(403, "account_disabled");
    server.stop().await;
}
