//! `umbra login --browser`, as a person uses it.

use serde_json::json;
use umbra_model::SpaceKind;
use umbra_tests::{Device, Engine, Person, TestServer, Watch, on_both_engines};

on_both_engines! {
    a_terminal_is_signed_in_by_a_browser
    a_terminal_that_is_denied_says_so
    a_terminal_removes_everything_by_order
    who_signs_in_is_said_in_the_browser
}

/// The code that the terminal shows.
async fn code_of(terminal: &Watch) -> String {
    terminal.says(" and type ").await;
    let told = terminal.told();
    let (_, rest) = told.split_once(" and type ").unwrap();
    rest.lines().next().unwrap().trim().to_owned()
}

async fn decide(by: &Person, code: &str, approve: bool) {
    let body = json!({ "user_code": code, "approve": approve });
    by.caller.post("/api/auth/device/approve", body).await.ok();
}

async fn signed_in(server: &TestServer, by: &Person) -> Device {
    let terminal = Device::new(&server.url(""));
    let mut waiting = terminal.begin(&["login", "--browser", "--device", "terminal"]);
    let code = code_of(&waiting).await;
    assert!(waiting.told().contains("/device and type "), "{}", waiting.told());
    decide(by, &code, true).await;
    assert_eq!(waiting.ends().await, 0, "{}", waiting.told());
    terminal
}

async fn a_terminal_is_signed_in_by_a_browser(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    ada.space(SpaceKind::List).await;
    let terminal = signed_in(&server, &ada).await;
    terminal.json(&["sync"]);
    let status = terminal.json(&["status"]);
    assert!(status.to_string().contains("ada"), "{status}");
    let devices = ada.caller.get("/api/devices").await.ok();
    assert!(devices.as_array().unwrap().iter().any(|it| it["name"] == "terminal"));
    // Again, as the same device.
    let mut again = terminal.begin(&["login", "--browser", "--device", "terminal"]);
    decide(&ada, &code_of(&again).await, true).await;
    assert_eq!(again.ends().await, 0, "{}", again.told());
    let after = ada.caller.get("/api/devices").await.ok();
    assert_eq!(after.as_array().unwrap().len(), devices.as_array().unwrap().len());
    server.stop().await;
}

async fn a_terminal_that_is_denied_says_so(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let terminal = Device::new(&server.url(""));
    let mut waiting = terminal.begin(&["login", "--browser"]);
    decide(&ada, &code_of(&waiting).await, false).await;
    assert_ne!(waiting.ends().await, 0);
    assert!(waiting.told().contains("denied this device"), "{}", waiting.told());
    server.stop().await;
}

async fn a_terminal_removes_everything_by_order(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let terminal = signed_in(&server, &ada).await;
    terminal.json(&["lists", "add", "Groceries"]);
    terminal.json(&["todo", "add", "Tea"]);
    terminal.json(&["sync"]);
    // Written without a network, and never judged.
    terminal.json(&["todo", "add", "Coffee"]);
    let devices = ada.caller.get("/api/devices").await.ok();
    let id = devices.as_array().unwrap().iter().find(|it| it["name"] == "terminal").unwrap()["id"]
        .clone();
    let path = format!("/api/devices/{}/purge", id.as_str().unwrap());
    assert_eq!(ada.caller.post(&path, json!({})).await.status, 202);
    let mut syncing = terminal.watch();
    assert_ne!(syncing.ends().await, 0, "its sign-in ends with the last order");
    let lists = terminal.json(&["lists", "ls"]);
    assert!(!lists.to_string().contains("Groceries"), "{lists}");
    let tray = terminal.json(&["refused", "ls"]);
    assert!(tray.to_string().contains("Coffee"), "what was never synced is kept: {tray}");
    let devices = ada.caller.get("/api/devices").await.ok();
    let it = devices.as_array().unwrap().iter().find(|it| it["id"] == id).unwrap();
    assert!(it["purge"]["done_at"].is_i64() && it["revoked_at"].is_i64(), "{it}");
    assert_eq!(it["purge"]["orders"], it["purge"]["confirmed"]);
    server.stop().await;
}

async fn who_signs_in_is_said_in_the_browser(engine: Engine) {
    let server = TestServer::start(engine).await;
    let terminal = Device::new(&server.url(""));
    let failure = terminal.fails(2, &["login", "--browser", "ada"]);
    assert_eq!(failure["code"], "usage");
    server.stop().await;
}
