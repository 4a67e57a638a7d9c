//! Where an account is signed in, and how that ends.

use futures_util::future::join_all;
use serde_json::{Value, json};
use umbra_tests::{Engine, Heard, PASSWORD, Person, TestServer, login, on_both_engines};

use super::{browser, grow_stale, text};

on_both_engines! {
    a_session_says_where_it_began_and_with_what
    one_session_is_ended
    all_others_are_ended_at_once
    ending_a_session_takes_a_fresh_proof
    a_session_unused_for_long_is_over
    a_session_ends_at_its_absolute_end_however_much_it_is_used
    use_keeps_a_session_alive
    at_the_cap_many_sign_ins_side_by_side_leave_exactly_so_many
    sessions_of_others_are_nobody_s_business
    nobody_is_told_of_a_session_by_its_token
}

async fn sessions(person: &Person) -> Vec<Value> {
    person.caller.get("/api/auth/sessions").await.ok().as_array().unwrap().clone()
}

async fn a_session_says_where_it_began_and_with_what(engine: Engine) {
    let server = TestServer::start_with(engine, |config| {
        config.proxies.trusted = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let ada = server.set_up("ada").await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let elsewhere = server.anonymous().with("user-agent", firefox);
    let elsewhere = elsewhere.with("x-forwarded-for", "6.6.6.6, 203.0.113.9");
    let mut cookie = login("ada", PASSWORD);
    cookie["credential"] = json!("cookie");
    elsewhere.post("/api/auth/login", cookie).await.ok();
    let list = sessions(&ada).await;
    assert_eq!(list.len(), 2);
    let (mine, other): (Vec<_>, Vec<_>) = list.iter().partition(|it| it["current"] == true);
    assert_eq!((mine.len(), other.len()), (1, 1));
    assert_eq!(mine[0]["device"]["id"], json!(ada.device));
    assert_eq!((&mine[0]["kind"], &mine[0]["expires_at"]), (&json!("bearer"), &Value::Null));
    let other = other[0];
    assert_eq!((&other["kind"], &other["address"]), (&json!("cookie"), &json!("203.0.113.9")));
    assert_eq!(other["agent"], "Firefox on Linux");
    assert_eq!(
        (&other["device"]["name"], &other["device"]["platform"]),
        (&json!("a test"), &json!("linux"))
    );
    let life = other["expires_at"].as_i64().unwrap() - other["created_at"].as_i64().unwrap();
    assert_eq!(life, 90 * 24 * 3_600_000);
    assert!(other["seen_at"].as_i64() >= other["created_at"].as_i64());
    server.stop().await;
}

async fn one_session_is_ended(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let phone = ada.on_another_device().await;
    let (mut socket, mut own) = (phone.live().await, ada.live().await);
    let list = sessions(&ada).await;
    let of_phone = list.iter().find(|it| it["device"]["id"] == json!(phone.device)).unwrap();
    let path = format!("/api/auth/sessions/{}", text(&of_phone["id"]));
    assert_eq!(ada.caller.ask("DELETE", &path, None).await.status, 204);
    let revoked = Heard::Closed(4401, "session_revoked".to_owned());
    assert_eq!(socket.until_closed().await, (Vec::new(), revoked));
    phone.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    ada.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    // The device stays, to sign in again; who asked goes on.
    let mut again = login("ada", PASSWORD);
    again["device"]["id"] = json!(phone.device);
    server.anonymous().post("/api/auth/login", again).await.ok();
    own.push(umbra_tests::push_of(1, umbra_tests::Pen::new_doc(), None, &[])).await;
    server.stop().await;
}

async fn all_others_are_ended_at_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let others = [ada.on_another_device().await, ada.on_another_device().await];
    let page = browser(&server, "ada").await;
    let mut sockets = [others[0].live().await, others[1].socket().await];
    let ended = ada.caller.ask("DELETE", "/api/auth/sessions", None).await.ok();
    assert_eq!(ended["ended"], 3);
    for socket in &mut sockets {
        let revoked = Heard::Closed(4401, "session_revoked".to_owned());
        assert_eq!(socket.until_closed().await.1, revoked);
    }
    for caller in [&others[0].caller, &others[1].caller, &page] {
        caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    }
    assert_eq!(sessions(&ada).await.len(), 1);
    bob.caller.get("/api/spaces").await.ok();
    let again = ada.caller.ask("DELETE", "/api/auth/sessions", None).await.ok();
    assert_eq!(again["ended"], 0);
    server.stop().await;
}

async fn ending_a_session_takes_a_fresh_proof(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    grow_stale(&server).await;
    let id = text(&sessions(&ada).await[0]["id"]).to_owned();
    for path in ["/api/auth/sessions".to_owned(), format!("/api/auth/sessions/{id}")] {
        let refused = ada.caller.ask("DELETE", &path, None).await;
        refused.is_problem(403, "fresh_authentication_needed");
    }
    ada.caller.get("/api/spaces").await.ok();
    server.stop().await;
}

async fn a_session_unused_for_long_is_over(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let page = browser(&server, "ada").await;
    // The device's token lasts for longer than the browser's.
    let days = 24 * 3_600_000_i64;
    server.run(&format!("UPDATE sessions SET seen_at = seen_at - {}", 14 * days + 60_000)).await;
    page.get("/api/spaces").await.is_problem(401, "not_signed_in");
    ada.caller.get("/api/spaces").await.ok();
    assert_eq!(sessions(&ada).await.len(), 1, "what is over is gone");
    server.run(&format!("UPDATE sessions SET seen_at = seen_at - {}", 400 * days + 60_000)).await;
    ada.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    server.stop().await;
}

async fn a_session_ends_at_its_absolute_end_however_much_it_is_used(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let page = browser(&server, "ada").await;
    page.get("/api/spaces").await.ok();
    server.run("UPDATE sessions SET expires_at = seen_at WHERE kind = 'cookie'").await;
    page.get("/api/spaces").await.is_problem(401, "not_signed_in");
    server.stop().await;
}

async fn use_keeps_a_session_alive(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let page = browser(&server, "ada").await;
    let thirteen_days = 13 * 24 * 3_600_000_i64;
    for _ in 0..3 {
        server
            .run(&format!(
                "UPDATE sessions SET seen_at = seen_at - {thirteen_days} WHERE kind = 'cookie'"
            ))
            .await;
        page.get("/api/spaces").await.ok();
    }
    server.stop().await;
}

async fn at_the_cap_many_sign_ins_side_by_side_leave_exactly_so_many(engine: Engine) {
    const CAP: usize = 4;
    // Ten that are under way at once would lock the name, as wrong ones do.
    const SIDE_BY_SIDE: usize = 8;
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let settings = json!({ "registration": "open", "sessions_per_user": CAP });
    ada.caller.ask("PUT", "/api/admin/settings", Some(settings)).await.ok();
    let mut signed_in = Vec::new();
    for _ in 0..3 {
        let tries = (0..SIDE_BY_SIDE).map(|_| {
            let (anonymous, device) = (server.anonymous(), ada.device);
            tokio::spawn(async move {
                let mut body = login("ada", PASSWORD);
                body["device"]["id"] = json!(device);
                anonymous.post("/api/auth/login", body).await
            })
        });
        for answer in join_all(tries).await {
            let answer = answer.unwrap();
            match answer.status {
                200 => signed_in.push(Person::of(&answer.ok(), server.addr())),
                // Others took its place before it was answered.
                _ => answer.is_problem(401, "not_signed_in"),
            }
        }
    }
    let mut live = 0;
    for person in &signed_in {
        live += usize::from(person.caller.get("/api/spaces").await.status == 200);
    }
    assert_eq!(live, CAP);
    server.stop().await;
}

async fn sessions_of_others_are_nobody_s_business(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let of_ada = sessions(&ada).await;
    assert_eq!(of_ada.len(), 1);
    let path = format!("/api/auth/sessions/{}", text(&of_ada[0]["id"]));
    bob.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    for nonsense in ["x", "00000000-0000-0000-0000-000000000000"] {
        let path = format!("/api/auth/sessions/{nonsense}");
        bob.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    }
    ada.caller.get("/api/spaces").await.ok();
    assert_eq!(sessions(&bob).await.len(), 1);
    server.stop().await;
}

async fn nobody_is_told_of_a_session_by_its_token(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let list = ada.caller.get("/api/auth/sessions").await.ok().to_string();
    assert!(!list.contains("umbra_") && !list.contains("hash"), "{list}");
    server.stop().await;
}
