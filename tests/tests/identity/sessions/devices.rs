//! The registry of devices.

use serde_json::json;
use umbra_tests::{Engine, TestServer, on_both_engines};

use super::grow_stale;

on_both_engines! {
    a_device_is_renamed
    revoking_a_device_takes_a_fresh_proof
    a_device_was_seen_when_it_asked
}

async fn a_device_is_renamed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let path = format!("/api/devices/{}", ada.device);
    let rename = |name: &str| Some(json!({ "name": name }));
    assert_eq!(ada.caller.ask("PATCH", &path, rename("Ada's laptop")).await.status, 204);
    let list = ada.caller.get("/api/devices").await.ok();
    assert_eq!(list[0]["name"], "Ada's laptop");
    assert!(list[0]["purge"].is_null());
    for bad in ["", "a\u{7}b", &"x".repeat(65)] {
        ada.caller.ask("PATCH", &path, rename(bad)).await.is_problem(422, "body_invalid");
    }
    bob.caller.ask("PATCH", &path, rename("mine")).await.is_problem(404, "not_found");
    let phone = ada.on_another_device().await;
    let of_phone = format!("/api/devices/{}", phone.device);
    ada.caller.ask("DELETE", &of_phone, None).await.ok();
    ada.caller.ask("PATCH", &of_phone, rename("gone")).await.is_problem(404, "not_found");
    server.stop().await;
}

async fn revoking_a_device_takes_a_fresh_proof(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let phone = ada.on_another_device().await;
    grow_stale(&server).await;
    let path = format!("/api/devices/{}", phone.device);
    let refused = ada.caller.ask("DELETE", &path, None).await;
    refused.is_problem(403, "fresh_authentication_needed");
    let refused = ada.caller.post(&format!("{path}/purge"), json!({})).await;
    refused.is_problem(403, "fresh_authentication_needed");
    phone.caller.get("/api/spaces").await.ok();
    server.stop().await;
}

async fn a_device_was_seen_when_it_asked(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    server.run("UPDATE devices SET seen_at = 5").await;
    server.run("UPDATE sessions SET seen_at = seen_at - 120000").await;
    let before = ada.caller.get("/api/devices").await.ok();
    assert!(before[0]["seen_at"].as_i64().unwrap() > 5, "the very request is a use");
    server.stop().await;
}
