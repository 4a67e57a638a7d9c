//! What stops guessing, beside what the tests of the API show of it.

use futures_util::future::join_all;
use umbra_server::config::ForwardedHeader;
use umbra_tests::{
    Answer, Caller, Database, Engine, Node, PASSWORD, TestServer, login, on_both_engines,
};

on_both_engines! {
    an_account_is_tried_so_often_a_minute_from_wherever
    names_that_do_not_exist_have_rates_alike
    a_spoofed_header_changes_no_address
    an_ipv6_network_is_one_address
    every_limit_says_when_to_come_back
    an_unlocked_name_is_tried_again
}

async fn fail(caller: &Caller, name: &str) -> Answer {
    caller.post("/api/auth/login", login(name, "not the password")).await
}

fn seconds(answer: &Answer) -> u64 {
    answer.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

async fn limited(engine: Engine, tests: u32) -> TestServer {
    TestServer::start_with(engine, |config| {
        config.abuse.credential_tests_per_minute = tests;
        config.proxies.trusted = vec!["127.0.0.1".parse().unwrap()];
    })
    .await
}

async fn an_account_is_tried_so_often_a_minute_from_wherever(engine: Engine) {
    let server = limited(engine, 5).await;
    server.set_up("ada").await;
    let from = |n: usize| server.anonymous().with("x-forwarded-for", &format!("203.0.113.{n}"));
    for n in 0..5 {
        fail(&from(n), "ada").await.is_problem(401, "bad_credentials");
    }
    let answer = fail(&from(6), "ada").await;
    answer.is_problem(429, "rate_limited");
    assert!((1..=12).contains(&seconds(&answer)));
    fail(&from(6), "bob").await.is_problem(401, "bad_credentials");
    server.stop().await;
}

async fn names_that_do_not_exist_have_rates_alike(engine: Engine) {
    let server = limited(engine, 4).await;
    server.set_up("ada").await;
    let mut told = Vec::new();
    for name in ["ada", "nobody", "no such name can be"] {
        let mut codes = Vec::new();
        for n in 0..6 {
            let from = format!("203.0.113.{}", told.len() * 10 + n);
            let answer = fail(&server.anonymous().with("x-forwarded-for", &from), name).await;
            codes.push((answer.status, answer.code().to_owned()));
        }
        told.push(codes);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
    server.stop().await;
}

async fn a_spoofed_header_changes_no_address(engine: Engine) {
    // No proxy is trusted: whatever a client writes, its address is its own.
    let server = TestServer::start_with(engine, |config| {
        config.abuse.credential_tests_per_minute = 3;
    })
    .await;
    server.set_up("ada").await;
    for (n, header) in ["x-forwarded-for", "forwarded", "x-real-ip"].iter().enumerate() {
        let value = format!("for=203.0.113.{n}");
        let value = if *header == "forwarded" { value } else { value.replace("for=", "") };
        let answer = fail(&server.anonymous().with(header, &value), &format!("name{n}")).await;
        match n {
            // Setting up was the first test of the three.
            0 | 1 => answer.is_problem(401, "bad_credentials"),
            _ => answer.is_problem(429, "rate_limited"),
        }
    }
    server.stop().await;

    // A proxy is trusted, which writes one of the headers: the other is the client's.
    let server = TestServer::start_with(engine, |config| {
        config.abuse.credential_tests_per_minute = 2;
        config.proxies.trusted = vec!["127.0.0.1".parse().unwrap()];
        config.proxies.header = ForwardedHeader::Forwarded;
    })
    .await;
    for n in 0..3 {
        let caller = server.anonymous().with("x-forwarded-for", &format!("198.51.100.{n}"));
        let caller = caller.with("forwarded", &format!("for=198.51.100.{n}, for=203.0.113.9"));
        let answer = fail(&caller, &format!("name{n}")).await;
        match n {
            0 | 1 => answer.is_problem(401, "bad_credentials"),
            _ => answer.is_problem(429, "rate_limited"),
        }
    }
    let other = server.anonymous().with("forwarded", "for=203.0.113.10");
    fail(&other, "name9").await.is_problem(401, "bad_credentials");
    server.stop().await;
}

async fn an_ipv6_network_is_one_address(engine: Engine) {
    let server = limited(engine, 2).await;
    for n in 0..3 {
        let from = format!("2001:db8:1:2::{n}");
        let answer =
            fail(&server.anonymous().with("x-forwarded-for", &from), &format!("n{n}")).await;
        match n {
            0 | 1 => answer.is_problem(401, "bad_credentials"),
            _ => answer.is_problem(429, "rate_limited"),
        }
    }
    let next = server.anonymous().with("x-forwarded-for", "2001:db8:1:3::1");
    fail(&next, "n4").await.is_problem(401, "bad_credentials");
    server.stop().await;
}

async fn every_limit_says_when_to_come_back(engine: Engine) {
    let server = TestServer::start_with(engine, |config| {
        config.abuse.sockets_per_user = 1;
        config.abuse.requests_per_minute = 40;
    })
    .await;
    let ada = server.set_up("ada").await;
    let _held = ada.live().await;
    let upgrade = ada
        .caller
        .with("connection", "upgrade")
        .with("upgrade", "websocket")
        .with("sec-websocket-version", "13")
        .with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .with("sec-websocket-protocol", "umbra.v1");
    let answer = upgrade.get("/sync").await;
    answer.is_problem(429, "too_many_sockets");
    assert!(seconds(&answer) >= 1);
    let answers = join_all((0..80).map(|_| ada.caller.get("/api/spaces"))).await;
    let limited = answers.iter().find(|answer| answer.status == 429).unwrap();
    limited.is_problem(429, "rate_limited");
    assert!(seconds(limited) >= 1);
    server.stop().await;
}

async fn an_unlocked_name_is_tried_again(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    for _ in 0..10 {
        fail(&server.anonymous(), "ada").await.is_problem(401, "bad_credentials");
    }
    fail(&server.anonymous(), "ada").await.is_problem(429, "sign_in_locked");
    // Half an hour later.
    server.run("UPDATE login_failures SET locked_until = locked_until - 1801000").await;
    server.anonymous().post("/api/auth/login", login("ada", PASSWORD)).await.ok();
    server.stop().await;
}

/// Two processes over one database count as one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_at_two_nodes_at_once_is_counted_as_one() {
    let database = Database::fresh(Engine::Postgres).await;
    let (mut one, mut two) = (Node::over(&database), Node::over(&database));
    one.start().await;
    two.start().await;
    one.set_up("ann").await;
    let guesses = (0..24).map(|n| {
        let caller = if n % 2 == 0 { one.anybody() } else { two.anybody() };
        async move { fail(&caller, "ann").await }
    });
    let answers = join_all(guesses).await;
    let tested = answers.iter().filter(|answer| answer.code() == "bad_credentials").count();
    assert_eq!(tested, 10);
    for node in [&one, &two] {
        let right = node.anybody().post("/api/auth/login", login("ann", PASSWORD)).await;
        right.is_problem(429, "sign_in_locked");
        assert!((1..=1_801).contains(&seconds(&right)));
    }
}
