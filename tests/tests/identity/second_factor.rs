//! Signing in with a second factor.

use std::time::Duration;

use serde_json::json;
use umbra_tests::{Aged, Engine, PASSWORD, TestServer, login, on_both_engines, one_time_code};

use crate::stage::{enrol, give_code, give_recovery_code, second_step};

on_both_engines! {
    a_code_is_accepted_once
    a_recovery_code_is_accepted_once
    the_second_step_is_bound_to_the_first
    wrong_codes_end_the_ceremony
    wrong_codes_lock_the_name
    a_right_password_alone_forgets_no_failures
    a_second_step_comes_in_time
    of_many_who_finish_one_does
}

async fn a_code_is_accepted_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let enrolled = enrol(&server, &ada).await;
    let ceremony = second_step(&server, "ada").await;
    let code = one_time_code(&enrolled.secret, 0);
    let signed_in = give_code(&server, &ceremony, &code).await.ok();
    assert_eq!(signed_in["user"]["id"], json!(ada.user));
    give_code(&server, &ceremony, &code).await.is_problem(409, "ceremony_over");
    let ceremony = second_step(&server, "ada").await;
    give_code(&server, &ceremony, &code).await.is_problem(401, "code_wrong");
    give_code(&server, &ceremony, &one_time_code(&enrolled.secret, 1)).await.ok();
    // Nor an older one, now that a newer one was.
    server.age(Aged::OneTimeCodes, Duration::from_secs(30)).await;
    let ceremony = second_step(&server, "ada").await;
    give_code(&server, &ceremony, &code).await.is_problem(401, "code_wrong");
    let audited = server.audited().await;
    for entry in ["sign_in second_factor_needed", "totp_use code_wrong", "totp_use ok"] {
        assert!(audited.contains(&entry.to_owned()), "{entry}: {audited:?}");
    }
    server.stop().await;
}

async fn a_recovery_code_is_accepted_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let codes = enrol(&server, &ada).await.codes;
    enrol(&server, &bob).await;
    let ceremony = second_step(&server, "bob").await;
    let of_another = give_recovery_code(&server, &ceremony, &codes[0]).await;
    of_another.is_problem(401, "code_wrong");
    let ceremony = second_step(&server, "ada").await;
    give_recovery_code(&server, &ceremony, &codes[0]).await.ok();
    let ceremony = second_step(&server, "ada").await;
    give_recovery_code(&server, &ceremony, &codes[0]).await.is_problem(401, "code_wrong");
    give_code(&server, &ceremony, &codes[1]).await.is_problem(401, "code_wrong");
    give_recovery_code(&server, &ceremony, &codes[1].replace('-', "")).await.ok();
    let security = ada.caller.get("/api/auth/security").await.ok();
    assert_eq!(security["recovery_codes_left"], 8);
    assert!(server.audited().await.contains(&"recovery_code_use ok".to_owned()));
    server.stop().await;
}

async fn the_second_step_is_bound_to_the_first(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let of_ada = enrol(&server, &ada).await.secret;
    let of_bob = enrol(&server, &bob).await.secret;
    let ceremony = second_step(&server, "ada").await;
    let code = one_time_code(&of_bob, 0);
    give_code(&server, &ceremony, &code).await.is_problem(401, "code_wrong");
    // The device is the one that was claimed with the password.
    let mut body = login("ada", PASSWORD);
    body["device"]["id"] = json!(ada.device);
    body["credential"] = json!("cookie");
    let begun = server.anonymous().post("/api/auth/login", body).await.ok();
    let ceremony = &begun["second_factor_needed"]["ceremony"];
    let code = one_time_code(&of_ada, 0);
    let other = json!({ "ceremony": ceremony, "code": code, "credential": "bearer" });
    let refused = server.anonymous().post("/api/auth/login/totp", other).await;
    refused.is_problem(422, "body_invalid");
    let answer = give_code(&server, ceremony, &code).await;
    assert!(answer.headers.contains_key("set-cookie"));
    assert_eq!(answer.ok()["device"]["id"], json!(ada.device));
    // A ceremony for something else is none for this.
    let begun = server.anonymous().post("/api/auth/login/passkey", json!({})).await.ok();
    give_code(&server, &begun["ceremony"], &code).await.is_problem(409, "ceremony_over");
    server.stop().await;
}

async fn wrong_codes_end_the_ceremony(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let secret = enrol(&server, &ada).await.secret;
    let ceremony = second_step(&server, "ada").await;
    for wrong in ["", "12345", "abcdef", "1234567", &one_time_code(&secret, 9)] {
        give_code(&server, &ceremony, wrong).await.is_problem(401, "code_wrong");
    }
    let right = one_time_code(&secret, 0);
    give_code(&server, &ceremony, &right).await.is_problem(409, "ceremony_over");
    let ceremony = second_step(&server, "ada").await;
    give_code(&server, &ceremony, &right).await.ok();
    server.stop().await;
}

async fn wrong_codes_lock_the_name(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    enrol(&server, &ada).await;
    for _ in 0..2 {
        let ceremony = second_step(&server, "ada").await;
        let tries = (0..5).map(|_| give_code(&server, &ceremony, "000000"));
        for answer in futures_util::future::join_all(tries).await {
            answer.is_problem(401, "code_wrong");
        }
    }
    let right = server.anonymous().post("/api/auth/login", login("ada", PASSWORD)).await;
    right.is_problem(429, "sign_in_locked");
    assert!(right.headers.contains_key("retry-after"));
    server.stop().await;
}

async fn a_right_password_alone_forgets_no_failures(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let secret = enrol(&server, &ada).await.secret;
    let wrong = async || {
        let body = login("ada", "not the password");
        server.anonymous().post("/api/auth/login", body).await.is_problem(401, "bad_credentials");
    };
    for _ in 0..8 {
        wrong().await;
    }
    let ceremony = second_step(&server, "ada").await;
    give_code(&server, &ceremony, "000000").await.is_problem(401, "code_wrong");
    // The tenth is right, in both steps: all is forgotten.
    let ceremony = second_step(&server, "ada").await;
    give_code(&server, &ceremony, &one_time_code(&secret, 0)).await.ok();
    for _ in 0..9 {
        wrong().await;
    }
    let ceremony = second_step(&server, "ada").await;
    give_code(&server, &ceremony, "000000").await.is_problem(401, "code_wrong");
    let locked = give_code(&server, &ceremony, &one_time_code(&secret, 1)).await;
    locked.is_problem(429, "sign_in_locked");
    server.stop().await;
}

async fn a_second_step_comes_in_time(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let secret = enrol(&server, &ada).await.secret;
    let ceremony = second_step(&server, "ada").await;
    server.age(Aged::Ceremonies, umbra_server::limits::CEREMONY_LIFE).await;
    let late = give_code(&server, &ceremony, &one_time_code(&secret, 0)).await;
    late.is_problem(409, "ceremony_over");
    // A few at once, of which the oldest end.
    let first = second_step(&server, "ada").await;
    for _ in 0..umbra_server::limits::CEREMONIES_PER_USER_MAX {
        second_step(&server, "ada").await;
    }
    let ended = give_code(&server, &first, &one_time_code(&secret, 0)).await;
    ended.is_problem(409, "ceremony_over");
    server.stop().await;
}

async fn of_many_who_finish_one_does(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let secret = enrol(&server, &ada).await.secret;
    let (one, two) = (second_step(&server, "ada").await, second_step(&server, "ada").await);
    let code = one_time_code(&secret, 0);
    let tries = [&one, &two, &one, &two].map(|ceremony| give_code(&server, ceremony, &code));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|it| it.status == 200).count(), 1, "{answers:?}");
    server.stop().await;
}
