//! Cookies, and what guards them.

use serde_json::{Value, json};
use umbra_server::config::Origin;
use umbra_tests::{Answer, Caller, Engine, PASSWORD, TestServer, login, on_both_engines};

on_both_engines! {
    a_browser_gets_a_cookie_and_no_token
    the_cookie_is_bound_to_an_https_origin
    a_cookie_alone_writes_nothing
    other_sites_write_nothing
    a_bearer_token_goes_before_a_cookie
    signing_out_ends_the_session_at_once
    the_number_of_sessions_is_bounded
}

fn with_cookie(mut body: Value) -> Value {
    body["credential"] = json!("cookie");
    body
}

fn cookie_of(answer: &Answer) -> String {
    let line = answer.headers["set-cookie"].to_str().unwrap();
    line.split(';').next().unwrap().to_owned()
}

async fn browser(server: &TestServer) -> Caller {
    let answer =
        server.anonymous().post("/api/auth/login", with_cookie(login("ada", PASSWORD))).await;
    server.anonymous().with("cookie", &cookie_of(&answer))
}

async fn a_browser_gets_a_cookie_and_no_token(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let answer =
        server.anonymous().post("/api/auth/login", with_cookie(login("ada", PASSWORD))).await;
    let line = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(line.starts_with("umbra=umbra_ses_"), "{line}");
    assert!(line.contains("; Path=/; HttpOnly; SameSite=Strict; Max-Age=7776000"), "{line}");
    let caller = server.anonymous().with("cookie", &cookie_of(&answer));
    let body = answer.ok();
    assert!(body.get("token").is_none());
    assert!(body["expires_at"].is_i64());
    caller.get("/api/spaces").await.ok();
    server.stop().await;
}

async fn the_cookie_is_bound_to_an_https_origin(engine: Engine) {
    let server = TestServer::start_with(engine, |config| {
        config.public_origin = Some(Origin::parse("https://umbra.example.org").unwrap());
    })
    .await;
    let mut setup = with_cookie(login("ada", PASSWORD));
    setup["token"] = json!(server.setup_token());
    let answer = server.anonymous().post("/api/setup", setup).await;
    let line = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(line.starts_with("__Host-umbra=umbra_ses_") && line.ends_with("; Secure"), "{line}");
    assert_eq!(answer.headers["strict-transport-security"], "max-age=63072000; includeSubDomains");
    server.stop().await;
}

async fn a_cookie_alone_writes_nothing(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let browser = browser(&server).await;
    let list = json!({ "kind": "list" });
    let refused = browser.post("/api/spaces", list.clone()).await;
    refused.is_problem(403, "header_missing");
    browser.with("x-requested-with", "umbra").post("/api/spaces", list).await.ok();
    server.stop().await;
}

async fn other_sites_write_nothing(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let browser = browser(&server).await.with("x-requested-with", "umbra");
    let own = format!("http://{}", server.addr());
    for (headers, allowed) in [
        (vec![("sec-fetch-site", "same-origin")], true),
        (vec![("sec-fetch-site", "none")], true),
        (vec![("origin", own.as_str())], true),
        (vec![("sec-fetch-site", "cross-site")], false),
        (vec![("sec-fetch-site", "same-site")], false),
        (vec![("origin", "https://evil.example")], false),
        (vec![("origin", "null")], false),
        (vec![("sec-fetch-site", "cross-site"), ("origin", own.as_str())], false),
    ] {
        let caller = headers.iter().fold(browser.clone(), |it, (name, value)| it.with(name, value));
        let answer = caller.post("/api/spaces", json!({ "kind": "list" })).await;
        if allowed {
            answer.ok();
        } else {
            answer.is_problem(403, "cross_site");
        }
        // Signing somebody in from another site would sign them in as somebody else.
        let signing_in = caller.post("/api/auth/login", with_cookie(login("ada", PASSWORD))).await;
        assert_eq!(signing_in.status == 200, allowed, "{headers:?}");
    }
    server.stop().await;
}

async fn a_bearer_token_goes_before_a_cookie(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let both = browser(&server).await.bearing("umbra_dev_nonsense");
    both.get("/api/spaces").await.is_problem(401, "not_signed_in");
    server.stop().await;
}

async fn signing_out_ends_the_session_at_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let browser = browser(&server).await.with("x-requested-with", "umbra");
    let answer = browser.post("/api/auth/logout", json!({})).await;
    assert_eq!(answer.status, 204);
    assert!(answer.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(answer.headers["clear-site-data"], "\"cache\", \"storage\"");
    browser.get("/api/spaces").await.is_problem(401, "not_signed_in");
    ada.caller.get("/api/spaces").await.ok();
    server.stop().await;
}

async fn the_number_of_sessions_is_bounded(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    for _ in 0..umbra_server::settings::SystemSettings::default().sessions_per_user {
        let mut body = login("ada", PASSWORD);
        body["device"]["id"] = json!(ada.device);
        server.anonymous().post("/api/auth/login", body).await.ok();
    }
    ada.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    server.stop().await;
}
