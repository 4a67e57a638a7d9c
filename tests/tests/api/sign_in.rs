//! Setting up, registering, signing in and out.

use serde_json::{Value, json};
use umbra_tests::{Engine, PASSWORD, Person, TestServer, login, on_both_engines};

on_both_engines! {
    the_first_account_is_made_once
    of_many_who_set_up_at_once_one_succeeds
    setting_up_from_elsewhere_takes_the_token
    registration_is_closed_until_an_administrator_opens_it
    no_account_is_made_for_a_device_that_can_t_sign_in
    names_are_unique_and_normalised
    names_and_passwords_have_rules
    signing_in_gives_a_device_and_its_token
    a_device_signs_in_again_as_itself
    unknown_names_and_wrong_passwords_look_alike
    status_says_who_asks
    every_account_has_one_personal_space
}

async fn the_first_account_is_made_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let anonymous = server.anonymous();
    assert_eq!(anonymous.get("/api/auth/status").await.ok()["setup_needed"], true);
    let answer = anonymous.post("/api/setup", login("Ada", PASSWORD)).await;
    assert_eq!(answer.status, 201);
    let body = answer.ok();
    assert_eq!(body["user"]["name"], "ada");
    assert_eq!(body["user"]["admin"], true);
    assert_eq!(anonymous.get("/api/auth/status").await.ok()["setup_needed"], false);
    let again = anonymous.post("/api/setup", login("eve", PASSWORD)).await;
    again.is_problem(409, "setup_done");
    server.stop().await;
}

/// Else setting up, or an invitation, would be used up by a mistake.
async fn no_account_is_made_for_a_device_that_can_t_sign_in(engine: Engine) {
    let server = TestServer::start(engine).await;
    let claims = [
        (json!({ "name": "", "platform": "test" }), 422, "body_invalid"),
        (json!({ "name": "test", "platform": "a\nb" }), 422, "body_invalid"),
        (json!({ "id": uuid::Uuid::nil(), "name": "a", "platform": "b" }), 404, "not_found"),
    ];
    let with = |name: &str, device: &Value| {
        let mut body = login(name, PASSWORD);
        body["device"] = device.clone();
        body
    };
    for (device, status, code) in &claims {
        let answer = server.anonymous().post("/api/setup", with("ada", device)).await;
        answer.is_problem(*status, code);
    }
    server.set_up("ada").await;
    for (device, status, code) in &claims {
        let answer = server.anonymous().post("/api/auth/register", with("bob", device)).await;
        answer.is_problem(*status, code);
    }
    server.register("bob").await;
    server.stop().await;
}

async fn of_many_who_set_up_at_once_one_succeeds(engine: Engine) {
    let server = TestServer::start(engine).await;
    let tries = (0..12).map(|n| {
        let anonymous = server.anonymous();
        tokio::spawn(async move {
            anonymous.post("/api/setup", login(&format!("user{n}"), PASSWORD)).await
        })
    });
    let mut made = 0;
    for answer in futures_util::future::join_all(tries).await {
        let answer = answer.unwrap();
        match answer.status {
            201 => made += 1,
            _ => answer.is_problem(409, "setup_done"),
        }
    }
    assert_eq!(made, 1);
    server.stop().await;
}

async fn setting_up_from_elsewhere_takes_the_token(engine: Engine) {
    let server = TestServer::start(engine).await;
    let elsewhere = server.anonymous().with("x-forwarded-for", "203.0.113.9");
    let with_token = |token: Value| {
        let mut body = login("ada", PASSWORD);
        body["token"] = token;
        body
    };
    let refused = elsewhere.post("/api/setup", login("ada", PASSWORD)).await;
    refused.is_problem(403, "setup_token_wrong");
    for wrong in ["", "umbra_set_", "umbra_set_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        elsewhere
            .post("/api/setup", with_token(json!(wrong)))
            .await
            .is_problem(403, "setup_token_wrong");
    }
    elsewhere.post("/api/setup", with_token(json!(server.setup_token()))).await.ok();
    server.stop().await;
}

async fn registration_is_closed_until_an_administrator_opens_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let admin = Person::of(
        &server.anonymous().post("/api/setup", login("ada", PASSWORD)).await.ok(),
        server.addr(),
    );
    let register = async |name: &str| {
        server.anonymous().post("/api/auth/register", login(name, PASSWORD)).await
    };
    register("bob").await.is_problem(403, "registration_closed");
    let set = async |caller: &Person, registration: &str| {
        let body = json!({ "registration": registration });
        caller.caller.ask("PUT", "/api/admin/settings", Some(body)).await
    };
    set(&admin, "open").await.ok();
    let bob = Person::of(&register("bob").await.ok(), server.addr());
    set(&bob, "closed").await.is_problem(403, "admin_only");
    bob.caller.get("/api/admin/settings").await.is_problem(403, "admin_only");
    set(&admin, "perhaps").await.is_problem(422, "body_invalid");
    set(&admin, "closed").await.ok();
    register("carol").await.is_problem(403, "registration_closed");
    server.stop().await;
}

async fn names_are_unique_and_normalised(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.two_people().await;
    for taken in ["bob", "BOB", " Bob "] {
        let answer = server.anonymous().post("/api/auth/register", login(taken, PASSWORD)).await;
        answer.is_problem(409, "name_taken");
    }
    server.anonymous().post("/api/auth/login", login("BOB", PASSWORD)).await.ok();
    server.stop().await;
}

async fn names_and_passwords_have_rules(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let register = async |name: &str, password: &str| {
        server.anonymous().post("/api/auth/register", login(name, password)).await
    };
    for name in ["", "two words", "-x", "ä", &"n".repeat(65)] {
        register(name, PASSWORD).await.is_problem(422, "name_invalid");
    }
    for password in ["short12", &"x".repeat(1_025)] {
        register("charles1", password).await.is_problem(422, "password_invalid");
    }
    for password in ["charles1", "password1", &"x".repeat(257)] {
        register("charles1", password).await.is_problem(422, "password_weak");
    }
    register("charles", &"a long song ".repeat(85)).await.ok();
    let mut nameless = login("dora", PASSWORD);
    nameless["device"]["name"] = json!("");
    let answer = server.anonymous().post("/api/auth/register", nameless).await;
    answer.is_problem(422, "body_invalid");
    server.stop().await;
}

async fn signing_in_gives_a_device_and_its_token(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let body = server.anonymous().post("/api/auth/login", login("ada", PASSWORD)).await.ok();
    let laptop = Person::of(&body, server.addr());
    assert!(laptop.token.starts_with("umbra_dev_"));
    assert_eq!(laptop.user, ada.user);
    assert_ne!(laptop.device, ada.device);
    assert_ne!(laptop.prefix, ada.prefix);
    assert_eq!(body["epoch"].as_str().unwrap().len(), 32);
    assert_eq!(body["expires_at"], Value::Null);
    assert_eq!(body["device"]["name"], "a test");
    laptop.caller.get("/api/spaces").await.ok();
    let stranger = server.anonymous().bearing("umbra_dev_x");
    stranger.get("/api/spaces").await.is_problem(401, "not_signed_in");
    server.stop().await;
}

async fn a_device_signs_in_again_as_itself(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let again = async |name: &str, device: &Value| {
        let mut body = login(name, PASSWORD);
        body["device"]["id"] = device.clone();
        server.anonymous().post("/api/auth/login", body).await
    };
    ada.caller.post("/api/auth/logout", json!({})).await.ok();
    ada.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    let returned = Person::of(&again("ada", &json!(ada.device)).await.ok(), server.addr());
    assert_eq!((returned.device, returned.prefix), (ada.device, ada.prefix));
    assert_ne!(returned.token, ada.token);
    again("ada", &json!(bob.device)).await.is_problem(404, "not_found");
    again("ada", &json!("00000000-0000-0000-0000-000000000000")).await.is_problem(404, "not_found");
    server.stop().await;
}

async fn unknown_names_and_wrong_passwords_look_alike(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let wrong = async |name: &str| {
        let answer =
            server.anonymous().post("/api/auth/login", login(name, "not the password")).await;
        answer.is_problem(401, "bad_credentials");
        let mut headers: Vec<_> = answer.headers.keys().map(|name| name.to_string()).collect();
        headers.sort_unstable();
        (answer.body, headers)
    };
    let known = wrong("ada").await;
    assert_eq!(known, wrong("nobody").await);
    assert_eq!(known, wrong("no such name can be").await);
    server.stop().await;
}

async fn status_says_who_asks(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let nobody = server.anonymous().get("/api/auth/status").await.ok();
    assert_eq!(nobody["signed_in"], Value::Null);
    assert_eq!(nobody["registration"], "open");
    let signed_in = ada.caller.get("/api/auth/status").await.ok();
    assert_eq!(signed_in["signed_in"]["user"]["id"], json!(ada.user));
    assert_eq!(signed_in["signed_in"]["device"]["id"], json!(ada.device));
    assert!(signed_in["signed_in"].get("token").is_none(), "a token is handed out once");
    server.stop().await;
}

async fn every_account_has_one_personal_space(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let personal = ada.personal_space().await;
    assert_eq!(ada.on_another_device().await.personal_space().await, personal);
    let another = ada.caller.post("/api/spaces", json!({ "kind": "personal" })).await;
    another.is_problem(409, "personal_exists");
    server.stop().await;
}
