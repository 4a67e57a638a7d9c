//! The API's description, as it is served.

use umbra_tests::{Engine, TestServer, on_both_engines};

on_both_engines! {
    the_description_is_served_to_anybody
    a_method_that_is_none_is_answered_with_those_that_are
}

async fn the_description_is_served_to_anybody(engine: Engine) {
    let server = TestServer::start(engine).await;
    let document = server.anonymous().get("/api/openapi.json").await;
    assert_eq!(document.headers["content-type"], "application/json");
    assert_eq!(document.body["openapi"], "3.1.0");
    assert_eq!(document.body, umbra_server::http::openapi(false));
    let page = server.anonymous().get("/api/docs").await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"), "{policy}");
    let text = page.ok();
    let text = text.as_str().unwrap();
    assert!(text.contains("/auth/register") && text.contains("href=\"/reference.css\""));
    let style = server.anonymous().get("/reference.css").await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    server.stop().await;
}

async fn a_method_that_is_none_is_answered_with_those_that_are(engine: Engine) {
    let server = TestServer::start(engine).await;
    for (method, path, allowed) in [
        ("PUT", "/api/spaces", "GET,HEAD,POST"),
        ("GET", "/api/setup", "POST"),
        ("POST", "/api/openapi.json", "GET,HEAD"),
    ] {
        let answer = server.anonymous().ask(method, path, None).await;
        answer.is_problem(405, "method_not_allowed");
        assert_eq!(answer.headers["allow"], allowed, "{method} {path}");
    }
    server.stop().await;
}
