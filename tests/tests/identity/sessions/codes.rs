//! Letting a device in by a code that a person types elsewhere.

use futures_util::future::join_all;
use serde_json::{Value, json};
use umbra_tests::{Answer, Engine, Person, TestServer, on_both_engines};

use super::{grow_stale, text};

on_both_engines! {
    a_device_is_let_in_by_its_code
    a_denied_device_hears_so_once
    codes_end_after_ten_minutes
    asking_too_often_makes_a_device_wait_longer
    codes_are_good_for_one_decision_and_one_sign_in
    of_many_who_ask_at_once_one_is_signed_in
    deciding_takes_a_fresh_proof
    guessing_codes_is_bounded
    asking_for_codes_is_bounded
    a_device_stays_itself_and_is_new_where_it_may_not
    an_account_disabled_meanwhile_lets_nobody_in
    what_a_device_says_of_itself_is_checked
    only_hashes_are_kept
}

/// Lets the pause pass that a device has to keep between two questions.
async fn wait(server: &TestServer) {
    server.run("UPDATE device_codes SET created_at = 1, polled_at = 1").await;
}

async fn begin(server: &TestServer) -> Value {
    let device = json!({ "device": { "name": "terminal", "platform": "linux x86_64" } });
    server.anonymous().post("/api/auth/device/code", device).await.ok()
}

async fn poll(server: &TestServer, codes: &Value) -> Answer {
    let body = json!({ "device_code": codes["device_code"] });
    server.anonymous().post("/api/auth/device/token", body).await
}

async fn decide(by: &Person, codes: &Value, approve: bool) -> Answer {
    let body = json!({ "user_code": codes["user_code"], "approve": approve });
    by.caller.post("/api/auth/device/approve", body).await
}

async fn a_device_is_let_in_by_its_code(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let codes = begin(&server).await;
    assert_eq!((codes["expires_in"].as_u64(), codes["interval"].as_u64()), (Some(600), Some(2)));
    assert_eq!(codes["verification_uri"], format!("http://{}/device", server.addr()));
    let shown = text(&codes["user_code"]);
    assert!(shown.len() == 9 && shown.as_bytes()[4] == b'-', "{shown}");

    poll(&server, &codes).await.is_problem(400, "slow_down");
    wait(&server).await;
    poll(&server, &codes).await.is_problem(400, "authorization_pending");
    // However it is typed.
    let typed = shown.to_lowercase().replace('-', "");
    let waiting = ada.caller.get(&format!("/api/auth/device/approve?user_code={typed}")).await.ok();
    assert_eq!(
        (&waiting["name"], &waiting["platform"]),
        (&json!("terminal"), &json!("linux x86_64"))
    );
    assert_eq!(waiting["address"], "127.0.0.1");
    assert!(waiting["expires_at"].is_i64());
    assert_eq!(decide(&ada, &codes, true).await.status, 204);
    wait(&server).await;
    let signed_in = Person::of(&poll(&server, &codes).await.ok(), server.addr());
    assert_eq!(signed_in.user, ada.user);
    assert_ne!((signed_in.device, signed_in.prefix), (ada.device, ada.prefix));
    signed_in.live().await;
    let devices = ada.caller.get("/api/devices").await.ok();
    assert!(devices.as_array().unwrap().iter().any(|it| it["name"] == "terminal"));
    server.stop().await;
}

async fn a_denied_device_hears_so_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let codes = begin(&server).await;
    assert_eq!(decide(&ada, &codes, false).await.status, 204);
    decide(&ada, &codes, true).await.is_problem(404, "not_found");
    wait(&server).await;
    poll(&server, &codes).await.is_problem(400, "access_denied");
    poll(&server, &codes).await.is_problem(400, "expired_token");
    server.stop().await;
}

async fn codes_end_after_ten_minutes(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let (approved, waiting) = (begin(&server).await, begin(&server).await);
    decide(&ada, &approved, true).await.ok();
    wait(&server).await;
    server.run("UPDATE device_codes SET expires_at = expires_at - 600000").await;
    poll(&server, &approved).await.is_problem(400, "expired_token");
    poll(&server, &waiting).await.is_problem(400, "expired_token");
    decide(&ada, &waiting, true).await.is_problem(404, "not_found");
    let path = format!("/api/auth/device/approve?user_code={}", text(&waiting["user_code"]));
    ada.caller.get(&path).await.is_problem(404, "not_found");
    begin(&server).await;
    server.stop().await;
}

async fn asking_too_often_makes_a_device_wait_longer(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let codes = begin(&server).await;
    let mut waits = Vec::new();
    for _ in 0..14 {
        let answer = poll(&server, &codes).await;
        answer.is_problem(400, "slow_down");
        waits.push(answer.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap());
    }
    assert_eq!(waits[..3], [7, 12, 17]);
    assert_eq!(waits.last(), Some(&62), "and no longer");
    wait(&server).await;
    poll(&server, &codes).await.is_problem(400, "authorization_pending");
    poll(&server, &codes).await.is_problem(400, "slow_down");
    server.stop().await;
}

async fn codes_are_good_for_one_decision_and_one_sign_in(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let codes = begin(&server).await;
    decide(&ada, &codes, true).await.ok();
    // Nobody takes over what somebody else approved.
    decide(&bob, &codes, true).await.is_problem(404, "not_found");
    decide(&bob, &codes, false).await.is_problem(404, "not_found");
    wait(&server).await;
    let person = Person::of(&poll(&server, &codes).await.ok(), server.addr());
    assert_eq!(person.user, ada.user);
    poll(&server, &codes).await.is_problem(400, "expired_token");
    // The two codes aren't good for each other.
    let swapped = json!({ "device_code": codes["user_code"] });
    let answer = server.anonymous().post("/api/auth/device/token", swapped).await;
    answer.is_problem(400, "expired_token");
    server
        .anonymous()
        .bearing(text(&codes["device_code"]))
        .get("/api/spaces")
        .await
        .is_problem(401, "not_signed_in");
    server.stop().await;
}

async fn of_many_who_ask_at_once_one_is_signed_in(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let codes = begin(&server).await;
    decide(&ada, &codes, true).await.ok();
    wait(&server).await;
    let answers = join_all((0..12).map(|_| poll(&server, &codes))).await;
    let signed_in = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(signed_in, 1);
    let others = answers.iter().filter(|answer| answer.status != 200);
    others.for_each(|answer| {
        assert!(["slow_down", "expired_token"].contains(&answer.code()), "{}", answer.body);
    });
    server.stop().await;
}

async fn deciding_takes_a_fresh_proof(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let codes = begin(&server).await;
    grow_stale(&server).await;
    decide(&ada, &codes, true).await.is_problem(403, "fresh_authentication_needed");
    let path = format!("/api/auth/device/approve?user_code={}", text(&codes["user_code"]));
    ada.caller.get(&path).await.is_problem(403, "fresh_authentication_needed");
    let anonymous = json!({ "user_code": codes["user_code"], "approve": true });
    let refused = server.anonymous().post("/api/auth/device/approve", anonymous).await;
    refused.is_problem(401, "not_signed_in");
    wait(&server).await;
    poll(&server, &codes).await.is_problem(400, "authorization_pending");
    server.stop().await;
}

async fn guessing_codes_is_bounded(engine: Engine) {
    let server = TestServer::start_with(engine, |config| {
        config.abuse.credential_tests_per_minute = 8;
        config.proxies.trusted = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let ada = server.set_up("ada").await;
    let codes = begin(&server).await;
    let mut limited = 0;
    for n in 0..20 {
        // From another address each time: the account has its own rate.
        let caller = ada.caller.with("x-forwarded-for", &format!("203.0.113.{n}"));
        let answer = caller.get("/api/auth/device/approve?user_code=BBBB-BBBB").await;
        match answer.status {
            404 => {}
            _ => {
                answer.is_problem(429, "rate_limited");
                assert!(answer.headers.contains_key("retry-after"));
                limited += 1;
            }
        }
    }
    assert_eq!(limited, 12);
    decide(&ada, &codes, true).await.is_problem(429, "rate_limited");
    server.stop().await;
}

async fn asking_for_codes_is_bounded(engine: Engine) {
    let server = TestServer::start_with(engine, |config| {
        config.abuse.credential_tests_per_minute = 3;
    })
    .await;
    for _ in 0..3 {
        begin(&server).await;
    }
    let device = json!({ "device": { "name": "terminal", "platform": "linux" } });
    let refused = server.anonymous().post("/api/auth/device/code", device).await;
    refused.is_problem(429, "rate_limited");
    assert!(refused.headers.contains_key("retry-after"));
    server.stop().await;
}

async fn a_device_stays_itself_and_is_new_where_it_may_not(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    for (device, same) in [(ada.device, true), (bob.device, false)] {
        let claim = json!({ "device": { "id": device, "name": "again", "platform": "linux" } });
        let codes = server.anonymous().post("/api/auth/device/code", claim).await.ok();
        decide(&ada, &codes, true).await.ok();
        wait(&server).await;
        let person = Person::of(&poll(&server, &codes).await.ok(), server.addr());
        assert_eq!((person.user, person.device == device), (ada.user, same));
    }
    bob.caller.get("/api/spaces").await.ok();
    server.stop().await;
}

async fn an_account_disabled_meanwhile_lets_nobody_in(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_, bob) = server.two_people().await;
    let codes = begin(&server).await;
    decide(&bob, &codes, true).await.ok();
    wait(&server).await;
    server.run("UPDATE users SET disabled_at = 1 WHERE name = 'bob'").await;
    poll(&server, &codes).await.is_problem(403, "account_disabled");
    poll(&server, &codes).await.is_problem(400, "expired_token");
    server.stop().await;
}

async fn what_a_device_says_of_itself_is_checked(engine: Engine) {
    let server = TestServer::start(engine).await;
    for (name, platform) in
        [("", "linux"), ("a", ""), ("a\u{1b}[2J", "linux"), (&"x".repeat(65), "l")]
    {
        let device = json!({ "device": { "name": name, "platform": platform } });
        let answer = server.anonymous().post("/api/auth/device/code", device).await;
        answer.is_problem(422, "body_invalid");
    }
    let more = json!({ "device": { "name": "a", "platform": "b" }, "user_code": "BBBB-BBBB" });
    let answer = server.anonymous().post("/api/auth/device/code", more).await;
    answer.is_problem(422, "body_invalid");
    server.stop().await;
}

async fn only_hashes_are_kept(engine: Engine) {
    let server = TestServer::start(engine).await;
    let codes = begin(&server).await;
    let letters = text(&codes["user_code"]).replace('-', "");
    // A row that held either of the codes would be found by it.
    for (column, secret) in
        [("user_hash", letters), ("device_hash", text(&codes["device_code"]).to_owned())]
    {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let literal = match engine {
            Engine::Sqlite => format!("x'{hex}'"),
            Engine::Postgres => format!("'\\x{hex}'::bytea"),
        };
        server
            .run(&format!("UPDATE device_codes SET pause = pause WHERE {column} <> {literal}"))
            .await;
    }
    server.stop().await;
}
