//! What isn't the API: the front page, health, metrics, and the headers of all.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use umbra_server::config::MetricsAccess;
use umbra_tests::{Answer, Engine, PASSWORD, TestServer, login, on_both_engines};

on_both_engines! {
    the_front_page_says_what_to_do_next
    health_and_readiness
    metrics_are_for_this_machine_unless_said_otherwise
    every_answer_carries_the_security_headers
    a_server_starts_again_over_its_database
    requests_have_one_meaning
}

async fn the_front_page_says_what_to_do_next(engine: Engine) {
    let server = TestServer::start(engine).await;
    let page = server.anonymous().get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.body.as_str().unwrap().contains("umbra-server user add"));
    server.set_up("ada").await;
    let page = server.anonymous().get("/").await.ok();
    assert!(page.as_str().unwrap().contains("umbra login"));
    let missing = server.anonymous().get("/nothing").await;
    assert_eq!(missing.status, 404);
    assert_eq!(missing.headers["content-type"], "text/html; charset=utf-8");
    server.stop().await;
}

async fn health_and_readiness(engine: Engine) {
    let server = TestServer::start(engine).await;
    assert_eq!(server.anonymous().get("/health").await.ok()["status"], "ok");
    assert_eq!(server.anonymous().get("/ready").await.ok()["status"], "ready");
    server.stop().await;
}

async fn metrics_are_for_this_machine_unless_said_otherwise(engine: Engine) {
    for (access, here, elsewhere) in [
        (MetricsAccess::Off, 404, 404),
        (MetricsAccess::Loopback, 200, 404),
        (MetricsAccess::Anyone, 200, 200),
    ] {
        let server = TestServer::start_with(engine, |config| config.metrics = access).await;
        let anonymous = server.anonymous();
        anonymous.get("/health").await.ok();
        let answer = anonymous.get("/metrics").await;
        assert_eq!(answer.status, here, "{access:?}");
        if here == 200 {
            assert!(answer.body.as_str().unwrap().contains("umbra_requests_total"));
        }
        let proxied = anonymous.with("x-forwarded-for", "203.0.113.9");
        assert_eq!(proxied.get("/metrics").await.status, elsewhere, "{access:?}");
        server.stop().await;
    }
}

#[track_caller]
fn assert_secure(answer: &Answer, path: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.headers.get(name).map(|it| it.to_str().unwrap()), Some(value), "{path}");
    }
    let csp = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(csp.starts_with("default-src 'none'") && csp.contains("frame-ancestors 'none'"));
    assert!(!csp.contains("unsafe-inline"));
    assert!(answer.headers.contains_key("permissions-policy"));
    assert!(!answer.headers.contains_key("access-control-allow-origin"), "no CORS");
    assert!(!answer.headers.contains_key("strict-transport-security"), "plain HTTP");
    let stored = answer.headers.get("cache-control").map(|it| it.to_str().unwrap());
    assert_eq!(stored == Some("no-store"), path.starts_with("/api"), "{path}");
}

async fn every_answer_carries_the_security_headers(engine: Engine) {
    let server = TestServer::start(engine).await;
    let anonymous = server.anonymous();
    for path in
        ["/", "/nothing", "/health", "/api/auth/status", "/api/nothing", "/api/spaces", "/sync"]
    {
        assert_secure(&anonymous.get(path).await, path);
    }
    assert_secure(&anonymous.post("/api/setup", login("ada", PASSWORD)).await, "/api/setup");
    let foreign = anonymous.with("origin", "https://evil.example");
    let refused = foreign.post("/api/auth/login", login("ada", PASSWORD)).await;
    assert_secure(&refused, "/api/auth/login");
    server.stop().await;
}

async fn a_server_starts_again_over_its_database(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let epoch = ada.caller.get("/api/auth/status").await.ok()["signed_in"]["epoch"].clone();
    let server = server.restart().await;
    let caller = server.anonymous().bearing(&ada.token);
    let status = caller.get("/api/auth/status").await.ok();
    assert_eq!(status["signed_in"]["epoch"], epoch);
    assert_eq!(status["signed_in"]["user"]["name"], "ada");
    server.stop().await;
}

/// What a proxy before the server might read otherwise is refused, and ends the
/// connection: nothing is smuggled behind it.
async fn requests_have_one_meaning(engine: Engine) {
    let server = TestServer::start(engine).await;
    let behind = "GET /ready HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for (head, status) in [
        (
            "POST /api/setup HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\ncontent-length: 5\r\n\r\n",
            400,
        ),
        (
            "POST /api/setup HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked, identity\r\n\r\n",
            400,
        ),
        ("POST /api/setup HTTP/1.1\r\nhost: localhost\r\ncontent-length: +5\r\n\r\n", 400),
        ("GET /health HTTP/1.1\r\nhost: localhost\r\nx-header : it\r\n\r\n", 400),
        ("TRACE / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n", 405),
    ] {
        let mut peer = TcpStream::connect(server.addr()).await.unwrap();
        peer.write_all(format!("{head}{behind}").as_bytes()).await.unwrap();
        let mut answers = String::new();
        peer.read_to_string(&mut answers).await.unwrap();
        let begins = format!("HTTP/1.1 {status} ");
        assert!(answers.starts_with(&begins), "{head:?}: {answers}");
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{head:?}: {answers}");
    }
    server.stop().await;
}
