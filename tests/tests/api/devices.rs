//! Devices.

use serde_json::json;
use umbra_tests::{Engine, PASSWORD, TestServer, login, on_both_engines};

on_both_engines! {
    devices_are_listed_and_revoked
    a_revoked_device_stays_out
    nobody_sees_or_revokes_another_account_s_device
}

async fn devices_are_listed_and_revoked(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let phone = ada.on_another_device().await;
    let list = ada.caller.get("/api/devices").await.ok();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 2);
    let current: Vec<_> = list.iter().filter(|it| it["current"] == true).collect();
    assert_eq!((current.len(), &current[0]["id"]), (1, &json!(ada.device)));
    assert!(list.iter().all(|it| it["revoked_at"].is_null() && it["seen_at"].is_i64()));

    let path = format!("/api/devices/{}", phone.device);
    assert_eq!(ada.caller.ask("DELETE", &path, None).await.status, 204);
    ada.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    phone.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    let list = ada.caller.get("/api/devices").await.ok();
    let revoked = list.as_array().unwrap().iter().find(|it| it["id"] == json!(phone.device));
    assert!(revoked.unwrap()["revoked_at"].is_i64());
    server.stop().await;
}

async fn a_revoked_device_stays_out(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let phone = ada.on_another_device().await;
    ada.caller.ask("DELETE", &format!("/api/devices/{}", phone.device), None).await.ok();
    let mut again = login("ada", PASSWORD);
    again["device"]["id"] = json!(phone.device);
    server.anonymous().post("/api/auth/login", again).await.is_problem(409, "device_revoked");
    server.stop().await;
}

async fn nobody_sees_or_revokes_another_account_s_device(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let list = bob.caller.get("/api/devices").await.ok();
    assert_eq!(list.as_array().unwrap().len(), 1);
    let foreign = bob.caller.ask("DELETE", &format!("/api/devices/{}", ada.device), None).await;
    foreign.is_problem(404, "not_found");
    ada.caller.get("/api/spaces").await.ok();
    server.stop().await;
}
