//! What administrators do to accounts.

use serde_json::json;
use umbra_tests::{Engine, Heard, PASSWORD, Person, TestServer, on_both_engines};

use super::{grow_stale, sign_in};

on_both_engines! {
    a_disabled_account_is_out_at_once_and_comes_back_by_signing_in
    a_promoted_account_governs_until_it_is_demoted
    everybody_can_be_signed_out_and_unlocked
    what_changes_accounts_needs_a_fresh_proof
    statistics_count_what_there_is
}

async fn act(admin: &Person, on: &Person, what: &str) -> umbra_tests::Answer {
    admin.caller.post(&format!("/api/admin/users/{}/{what}", on.user), json!({})).await
}

fn revoked() -> Heard {
    Heard::Closed(4401, "session_revoked".to_owned())
}

async fn a_disabled_account_is_out_at_once_and_comes_back_by_signing_in(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let mut socket = bob.live().await;
    assert_eq!(act(&ada, &bob, "disable").await.status, 204);
    assert_eq!(socket.until_closed().await.1, revoked());
    bob.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    sign_in(&server, "bob", PASSWORD).await.is_problem(403, "account_disabled");
    sign_in(&server, "bob", "a wrong password").await.is_problem(401, "bad_credentials");
    assert_eq!(act(&ada, &bob, "disable").await.status, 204, "again it is harmless");
    assert_eq!(act(&ada, &bob, "enable").await.status, 204);
    bob.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    sign_in(&server, "bob", PASSWORD).await.ok();
    server.stop().await;
}

async fn a_promoted_account_governs_until_it_is_demoted(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    bob.caller.get("/api/admin/users").await.is_problem(403, "admin_only");
    assert_eq!(act(&bob, &bob, "promote").await.code(), "admin_only");
    act(&ada, &bob, "promote").await.ok();
    let bob = Person::of(&sign_in(&server, "bob", PASSWORD).await.ok(), server.addr());
    bob.caller.get("/api/admin/users").await.ok();
    act(&bob, &ada, "demote").await.ok();
    ada.caller.get("/api/admin/users").await.is_problem(403, "admin_only");
    act(&bob, &ada, "demote").await.ok();
    act(&ada, &bob, "demote").await.is_problem(403, "admin_only");
    server.stop().await;
}

async fn everybody_can_be_signed_out_and_unlocked(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let mut socket = bob.live().await;
    assert_eq!(act(&ada, &bob, "sign-out").await.status, 204);
    assert_eq!(socket.until_closed().await.1, revoked());
    bob.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    for _ in 0..10 {
        sign_in(&server, "bob", "a wrong password").await.is_problem(401, "bad_credentials");
    }
    sign_in(&server, "bob", PASSWORD).await.is_problem(429, "sign_in_locked");
    assert_eq!(act(&ada, &bob, "unlock").await.status, 204);
    sign_in(&server, "bob", PASSWORD).await.ok();
    server.stop().await;
}

async fn what_changes_accounts_needs_a_fresh_proof(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    grow_stale(&server).await;
    for what in ["disable", "enable", "promote", "demote", "password-reset", "sign-out", "unlock"] {
        act(&ada, &bob, what).await.is_problem(403, "fresh_authentication_needed");
    }
    for (method, path) in [
        ("POST", "/api/admin/users".to_owned()),
        ("PUT", format!("/api/admin/users/{}/quotas", bob.user)),
        ("PUT", "/api/admin/settings".to_owned()),
    ] {
        let answer = ada.caller.ask(method, &path, Some(json!({}))).await;
        answer.is_problem(403, "fresh_authentication_needed");
    }
    let export = ada.caller.get("/api/admin/audit/export?format=csv").await;
    export.is_problem(403, "fresh_authentication_needed");
    ada.caller.get("/api/admin/users").await.ok();
    server.stop().await;
}

async fn statistics_count_what_there_is(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let (_first, _second) = (ada.live().await, bob.live().await);
    bob.space(umbra_model::SpaceKind::List).await;
    let there = ada.caller.get("/api/admin/statistics").await.ok();
    let expected = if engine == Engine::Sqlite { "sqlite" } else { "postgres" };
    assert_eq!(there["engine"], expected);
    for (field, count) in [
        ("users", 2),
        ("active_users", 2),
        ("admins", 1),
        ("devices", 2),
        ("sessions", 2),
        ("spaces", 3),
        ("documents", 3),
        ("log_entries", 9),
        ("sockets", 2),
    ] {
        assert_eq!(there[field], count, "{field} in {there}");
    }
    assert!(there["database_bytes"].as_u64().unwrap() > 10_000 && there["version"].is_string());
    assert!(there["uptime_seconds"].as_u64().unwrap() < 600);
    server.stop().await;
}
