//! `/device`, the page at which a person lets a device in.

use serde_json::{Value, json};
use umbra_server::config::Origin;
use umbra_tests::{Answer, Caller, Engine, PASSWORD, Person, TestServer, login, on_both_engines};

use super::{browser, cookie_of, grow_stale, text};

on_both_engines! {
    a_person_without_a_session_lets_a_device_in
    a_person_who_is_signed_in_types_the_code_only
    an_old_session_asks_for_the_password
    a_device_is_denied_at_the_page
    what_is_wrong_is_said_and_nothing_is_decided
    a_ticket_is_good_for_one_decision
    other_sites_decide_nothing
    what_a_device_calls_itself_is_text
    the_page_needs_no_script_and_allows_none
    guessing_at_the_page_locks_like_anywhere
    behind_an_https_origin_the_page_is_at_it
}

async fn begin(server: &TestServer, name: &str) -> Value {
    let device = json!({ "device": { "name": name, "platform": "linux" } });
    server.anonymous().post("/api/auth/device/code", device).await.ok()
}

async fn poll(server: &TestServer, codes: &Value) -> Answer {
    server.run("UPDATE device_codes SET created_at = 1, polled_at = 1").await;
    let body = json!({ "device_code": codes["device_code"] });
    server.anonymous().post("/api/auth/device/token", body).await
}

fn page_of(answer: &Answer) -> String {
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(answer.headers["cache-control"], "no-store");
    text(&answer.body).to_owned()
}

fn ticket_in(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"ticket\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

async fn look(caller: &Caller, codes: &Value, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("user_code", text(&codes["user_code"]))];
    fields.extend_from_slice(more);
    caller.form("/device", &fields).await
}

async fn decide(caller: &Caller, ticket: &str, decision: &str) -> Answer {
    caller.form("/device/decision", &[("ticket", ticket), ("decision", decision)]).await
}

async fn a_person_without_a_session_lets_a_device_in(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let codes = begin(&server, "Ada's terminal").await;
    let page = page_of(&server.anonymous().get("/device").await);
    assert!(page.contains("name=\"user_code\"") && page.contains("name=\"password\""));
    let who = [("name", "ada"), ("password", PASSWORD)];
    let answer = look(&server.anonymous(), &codes, &who).await;
    let page = page_of(&answer);
    assert_eq!(answer.status, 200, "{page}");
    for shown in
        ["Ada&#39;s terminal", "127.0.0.1", "<strong>ada</strong>", text(&codes["user_code"])]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    poll(&server, &codes).await.is_problem(400, "authorization_pending");
    let answer = decide(&server.anonymous(), &ticket_in(&page), "approve").await;
    assert!(page_of(&answer).contains("Approved"));
    assert!(!answer.headers.contains_key("set-cookie"), "nobody is signed in at the page");
    let person = Person::of(&poll(&server, &codes).await.ok(), server.addr());
    assert_eq!(person.user, ada.user);
    server.stop().await;
}

async fn a_person_who_is_signed_in_types_the_code_only(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let codes = begin(&server, "terminal").await;
    let browser = browser(&server, "ada").await;
    let page = page_of(&browser.get("/device").await);
    assert!(page.contains("<strong>ada</strong>") && !page.contains("name=\"password\""));
    let page = page_of(&look(&browser, &codes, &[]).await);
    decide(&browser, &ticket_in(&page), "approve").await.ok();
    let person = Person::of(&poll(&server, &codes).await.ok(), server.addr());
    assert_eq!(person.user, ada.user);
    server.stop().await;
}

async fn an_old_session_asks_for_the_password(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.two_people().await;
    let codes = begin(&server, "terminal").await;
    let browser = browser(&server, "ada").await;
    grow_stale(&server).await;
    let page = page_of(&browser.get("/device").await);
    assert!(page.contains("name=\"password\"") && !page.contains("name=\"name\""));
    assert_eq!(look(&browser, &codes, &[]).await.status, 403);
    assert_eq!(look(&browser, &codes, &[("password", "not the password")]).await.status, 403);
    // The session says who it is, whatever the form says.
    let as_bob = [("name", "bob"), ("password", PASSWORD)];
    let page = page_of(&look(&browser, &codes, &as_bob).await);
    assert!(page.contains("<strong>ada</strong>"), "{page}");
    server.stop().await;
}

async fn a_device_is_denied_at_the_page(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let codes = begin(&server, "terminal").await;
    let browser = browser(&server, "ada").await;
    let page = page_of(&look(&browser, &codes, &[]).await);
    let page = page_of(&decide(&browser, &ticket_in(&page), "deny").await);
    assert!(page.contains("Denied") && page.contains("terminal"));
    poll(&server, &codes).await.is_problem(400, "access_denied");
    server.stop().await;
}

async fn what_is_wrong_is_said_and_nothing_is_decided(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let codes = begin(&server, "terminal").await;
    let anonymous = server.anonymous();
    let good = [("name", "ada"), ("password", PASSWORD)];
    for (fields, status, said) in [
        (vec![("name", "ada"), ("password", "wrong")], 403, "password is wrong"),
        (vec![("name", "nobody"), ("password", PASSWORD)], 403, "password is wrong"),
        (vec![], 403, "password is wrong"),
    ] {
        let answer = look(&anonymous, &codes, &fields).await;
        assert_eq!(answer.status, status);
        let page = page_of(&answer);
        assert!(page.contains(said) && page.contains("role=\"alert\""), "{page}");
        assert!(page.contains(text(&codes["user_code"])), "the code needn't be typed again");
        assert!(!page.contains("ticket"));
    }
    for wrong in ["BBBB-BBBB", "", "<script>"] {
        let answer = look(&anonymous, &json!({ "user_code": wrong }), &good).await;
        assert_eq!(answer.status, 404);
        assert!(page_of(&answer).contains("No device waits under this code"));
    }
    let unknown = anonymous.form("/device", &[("user_code", "B"), ("admin", "1")]).await;
    unknown.is_problem(422, "body_invalid");
    let json = anonymous.with("origin", &format!("http://{}", server.addr()));
    let answer = json.post("/device", json!({ "user_code": "B" })).await;
    answer.is_problem(415, "body_not_form");
    let long = "x".repeat(umbra_server::limits::BODY_BYTES_MAX);
    anonymous.form("/device", &[("user_code", &long)]).await.is_problem(413, "body_too_large");
    poll(&server, &codes).await.is_problem(400, "authorization_pending");
    server.stop().await;
}

async fn a_ticket_is_good_for_one_decision(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let browser = browser(&server, "ada").await;
    let first = begin(&server, "terminal").await;
    let old = ticket_in(&page_of(&look(&browser, &first, &[]).await));
    let new = ticket_in(&page_of(&look(&browser, &first, &[]).await));
    assert_eq!(decide(&browser, &old, "approve").await.status, 404, "another page took its place");
    decide(&browser, &new, "deny").await.ok();
    assert_eq!(decide(&browser, &new, "approve").await.status, 404, "it is used up");
    poll(&server, &first).await.is_problem(400, "access_denied");

    let second = begin(&server, "terminal").await;
    let ticket = ticket_in(&page_of(&look(&browser, &second, &[]).await));
    server.run("UPDATE device_codes SET ticket_until = ticket_until - 300000").await;
    assert_eq!(decide(&browser, &ticket, "approve").await.status, 404, "it has ended");
    let ticket = ticket_in(&page_of(&look(&browser, &second, &[]).await));
    server.run("UPDATE users SET disabled_at = 1").await;
    assert_eq!(decide(&browser, &ticket, "approve").await.status, 404, "the account was disabled");
    for nonsense in ["", "umbra_tic_x"] {
        let answer = decide(&server.anonymous(), nonsense, "approve").await;
        assert_eq!(answer.status, 404);
        page_of(&answer);
    }
    poll(&server, &second).await.is_problem(400, "authorization_pending");
    server.stop().await;
}

async fn other_sites_decide_nothing(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let codes = begin(&server, "terminal").await;
    let mut body = login("ada", PASSWORD);
    body["credential"] = json!("cookie");
    let answer = server.anonymous().post("/api/auth/login", body).await;
    let browser = server.anonymous().with("cookie", &cookie_of(&answer));
    let form = format!("user_code={}", text(&codes["user_code"]));
    let kind = "application/x-www-form-urlencoded";
    let own = format!("http://{}", server.addr());
    for (headers, allowed) in [
        (vec![("sec-fetch-site", "same-origin"), ("origin", "null")], true),
        (vec![("origin", own.as_str())], true),
        (vec![("sec-fetch-site", "cross-site")], false),
        (vec![("sec-fetch-site", "same-site"), ("origin", own.as_str())], false),
        (vec![("sec-fetch-site", "none")], false),
        (vec![("origin", "https://evil.example")], false),
        (vec![("origin", "null")], false),
        (vec![], false),
    ] {
        let caller = headers.iter().fold(browser.clone(), |it, (name, value)| it.with(name, value));
        let answer = caller.ask_raw("POST", "/device", kind, form.clone()).await;
        if allowed {
            assert_eq!(answer.status, 200, "{headers:?}");
        } else {
            answer.is_problem(403, "cross_site");
        }
    }
    server.stop().await;
}

async fn what_a_device_calls_itself_is_text(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let codes = begin(&server, "<b>\"'&</b>").await;
    let browser = browser(&server, "ada").await;
    let page = page_of(&look(&browser, &codes, &[]).await);
    assert!(
        page.contains("&lt;b&gt;&quot;&#39;&amp;&lt;/b&gt;") && !page.contains("<b>"),
        "{page}"
    );
    let page = page_of(&decide(&browser, &ticket_in(&page), "approve").await);
    assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"), "{page}");
    server.stop().await;
}

async fn the_page_needs_no_script_and_allows_none(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let answer = server.anonymous().get("/device").await;
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));
    assert!(!policy.contains("unsafe-inline"));
    // With no referrer at all, a browser would send the form's origin as `null`.
    assert_eq!(answer.headers["referrer-policy"], "same-origin");
    let page = page_of(&answer);
    assert!(!page.contains("<script") && !page.contains("style=") && !page.contains("<style"));
    let style = server.anonymous().get("/page.css").await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    assert!(text(&style.body).contains("prefers-color-scheme: dark"));
    server.stop().await;
}

async fn guessing_at_the_page_locks_like_anywhere(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let codes = begin(&server, "terminal").await;
    for _ in 0..10 {
        let answer =
            look(&server.anonymous(), &codes, &[("name", "ada"), ("password", "no")]).await;
        assert_eq!(answer.status, 403);
    }
    let answer =
        look(&server.anonymous(), &codes, &[("name", "ada"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, 429);
    assert!(answer.headers.contains_key("retry-after"));
    page_of(&answer);
    server.stop().await;
}

async fn behind_an_https_origin_the_page_is_at_it(engine: Engine) {
    let server = TestServer::start_with(engine, |config| {
        config.public_origin = Some(Origin::parse("https://umbra.example.org").unwrap());
    })
    .await;
    let codes = begin(&server, "terminal").await;
    assert_eq!(codes["verification_uri"], "https://umbra.example.org/device");
    server.stop().await;
}
