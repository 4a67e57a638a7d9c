//! What stops guessing and flooding.

use umbra_tests::{Engine, PASSWORD, TestServer, login, on_both_engines};

on_both_engines! {
    ten_wrong_passwords_lock_the_name
    names_that_do_not_exist_lock_alike
    guessing_side_by_side_is_counted_too
    a_good_sign_in_forgets_the_failures
    an_address_tests_so_many_passwords_a_minute
    an_address_asks_so_much_a_minute
}

async fn fail(server: &TestServer, name: &str) -> umbra_tests::Answer {
    server.anonymous().post("/api/auth/login", login(name, "not the password")).await
}

async fn ten_wrong_passwords_lock_the_name(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.two_people().await;
    for _ in 0..10 {
        fail(&server, "bob").await.is_problem(401, "bad_credentials");
    }
    let right = server.anonymous().post("/api/auth/login", login("bob", PASSWORD)).await;
    right.is_problem(429, "sign_in_locked");
    let wait: u64 = right.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1_700..=1_801).contains(&wait), "{wait}");
    let later = fail(&server, "bob").await;
    let still: u64 = later.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(still <= wait, "trying on doesn't prolong it");
    server.anonymous().post("/api/auth/login", login("ada", PASSWORD)).await.ok();
    server.stop().await;
}

async fn names_that_do_not_exist_lock_alike(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    for _ in 0..10 {
        fail(&server, "nobody").await.is_problem(401, "bad_credentials");
    }
    fail(&server, "nobody").await.is_problem(429, "sign_in_locked");
    server.stop().await;
}

async fn guessing_side_by_side_is_counted_too(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let guesses = (0..24).map(|_| fail(&server, "ada"));
    let answers = futures_util::future::join_all(guesses).await;
    let tested = answers.iter().filter(|answer| answer.code() == "bad_credentials").count();
    assert!(tested <= 10, "{tested} passwords were tested");
    let right = server.anonymous().post("/api/auth/login", login("ada", PASSWORD)).await;
    right.is_problem(429, "sign_in_locked");
    server.stop().await;
}

async fn a_good_sign_in_forgets_the_failures(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    for _ in 0..3 {
        for _ in 0..9 {
            fail(&server, "ada").await.is_problem(401, "bad_credentials");
        }
        server.anonymous().post("/api/auth/login", login("ada", PASSWORD)).await.ok();
    }
    server.stop().await;
}

async fn an_address_tests_so_many_passwords_a_minute(engine: Engine) {
    let server = TestServer::start_with(engine, |config| {
        config.abuse.credential_tests_per_minute = 5;
        config.proxies.trusted = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    server.set_up("ada").await;
    for n in 0..4 {
        fail(&server, &format!("name{n}")).await.is_problem(401, "bad_credentials");
    }
    let limited = fail(&server, "another").await;
    limited.is_problem(429, "rate_limited");
    assert!(limited.headers.contains_key("retry-after"));
    let elsewhere = server.anonymous().with("x-forwarded-for", "203.0.113.9");
    elsewhere.post("/api/auth/login", login("ada", PASSWORD)).await.ok();
    let forged = server.anonymous().with("x-forwarded-for", "203.0.113.10, 127.0.0.1");
    forged.post("/api/auth/login", login("ada", PASSWORD)).await.ok();
    server.stop().await;
}

async fn an_address_asks_so_much_a_minute(engine: Engine) {
    let server =
        TestServer::start_with(engine, |config| config.abuse.requests_per_minute = 30).await;
    let mut limited = 0;
    for _ in 0..60 {
        let answer = server.anonymous().get("/api/auth/status").await;
        if answer.status == 429 {
            answer.is_problem(429, "rate_limited");
            limited += 1;
        }
    }
    assert!((25..=30).contains(&limited), "{limited}");
    server.stop().await;
}
