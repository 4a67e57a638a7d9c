//! What administrators set.

use serde_json::json;
use umbra_tests::{Engine, PASSWORD, TestServer, login, on_both_engines};

use super::tamper;

on_both_engines! {
    what_is_set_is_all_of_it_and_within_bounds
    sessions_end_as_was_set
    as_many_sessions_as_were_set
}

async fn what_is_set_is_all_of_it_and_within_bounds(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let set = async |body| ada.caller.ask("PUT", "/api/admin/settings", Some(body)).await;
    let changed =
        set(json!({ "registration": "invite", "trash_days": 7, "quota_bytes": 5 })).await.ok();
    assert_eq!(changed["trash_days"], 7);
    assert_eq!(ada.caller.get("/api/admin/settings").await.ok(), changed);
    let defaults = set(json!({})).await.ok();
    let expected = json!({
        "registration": "closed", "session_idle_days": 14, "session_life_days": 90,
        "device_idle_days": 400, "sessions_per_user": 64, "trash_days": 30, "audit_days": 365,
        "quota_spaces": null, "quota_documents": null, "quota_bytes": null,
    });
    assert_eq!(defaults, expected);
    for bad in [
        json!({ "registration": "wide" }),
        json!({ "trash_days": 0 }),
        json!({ "trash_days": -1 }),
        json!({ "trash_days": 1.5 }),
        json!({ "audit_days": 29 }),
        json!({ "session_idle_days": 91 }),
        json!({ "sessions_per_user": 0 }),
        json!({ "sessions_per_user": 2_000 }),
        json!({ "quota_bytes": 9_007_199_254_740_992_u64 }),
        json!({ "unknown": 1 }),
        json!([]),
    ] {
        set(bad).await.is_problem(422, "body_invalid");
    }
    assert_eq!(ada.caller.get("/api/admin/settings").await.ok(), expected);
    let server = server.restart().await;
    let again = server.anonymous().bearing(&ada.token).get("/api/admin/settings").await.ok();
    assert_eq!(again, expected);
    server.stop().await;
}

async fn sessions_end_as_was_set(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let body = json!({ "session_life_days": 3, "session_idle_days": 2, "device_idle_days": 5 });
    ada.caller.ask("PUT", "/api/admin/settings", Some(body)).await.ok();
    let mut browser = login("ada", PASSWORD);
    browser["credential"] = json!("cookie");
    let answer = server.anonymous().post("/api/auth/login", browser).await;
    let line = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(line.contains("Max-Age=259200"), "{line}");
    let cookie = line.split(';').next().unwrap();
    let browser = server.anonymous().with("cookie", cookie);
    browser.get("/api/account").await.ok();
    let day = 24 * 3_600 * 1_000_i64;
    tamper(&server, &format!("UPDATE sessions SET seen_at = seen_at - {}", 3 * day)).await;
    browser.get("/api/account").await.is_problem(401, "not_signed_in");
    ada.caller.get("/api/account").await.ok();
    tamper(&server, &format!("UPDATE sessions SET seen_at = seen_at - {}", 6 * day)).await;
    ada.caller.get("/api/account").await.is_problem(401, "not_signed_in");
    server.stop().await;
}

async fn as_many_sessions_as_were_set(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let body = json!({ "registration": "open", "sessions_per_user": 2 });
    ada.caller.ask("PUT", "/api/admin/settings", Some(body)).await.ok();
    let first = server.register("bob").await;
    let second = first.on_another_device().await;
    first.caller.get("/api/spaces").await.ok();
    let third = second.on_another_device().await;
    first.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    second.caller.get("/api/spaces").await.ok();
    third.caller.get("/api/spaces").await.ok();
    server.stop().await;
}
