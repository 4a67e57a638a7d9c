//! The end of an account.

use serde_json::{Value, json};
use umbra_model::{Role, SpaceKind};
use umbra_sync_protocol::wire::ServerFrame;
use umbra_tests::{Answer, Engine, PASSWORD, Person, TestServer, on_both_engines};

use super::{add_todo, grow_stale, sign_in};

on_both_engines! {
    an_account_ends_with_all_that_is_its_own
    shared_spaces_go_to_an_heir_or_with_an_order_to_remove_them
    nothing_ends_by_mistake
}

async fn delete(by: &Person, body: Value) -> Answer {
    by.caller.ask("DELETE", "/api/account", Some(body)).await
}

async fn audited(server: TestServer) {
    let config = server.config.clone();
    let _database = server.stop().await;
    let store = umbra_server::open_store(&config).await.unwrap();
    let report = umbra_server::audit::audit(&store).await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    store.close().await;
}

async fn an_account_ends_with_all_that_is_its_own(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let others = ada.space(SpaceKind::List).await;
    ada.add(others, &bob, Role::Editor).await.ok();
    add_todo(&bob, others, "by bob").await.unwrap();
    let alone = bob.space(SpaceKind::Calendar).await;
    let personal = bob.personal_space().await;
    let phone = bob.on_another_device().await;
    let mut socket = phone.live().await;
    assert_eq!(delete(&bob, json!({ "confirm": " Bob " })).await.status, 204);
    let (frames, _) = socket.until_closed().await;
    let purged: Vec<_> = frames
        .iter()
        .filter_map(|frame| match frame {
            ServerFrame::Purge(order) => Some(order.space),
            _ => None,
        })
        .collect();
    assert!(!purged.is_empty(), "a device that is there is told: {frames:?}");
    for caller in [&bob.caller, &phone.caller] {
        caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    }
    sign_in(&server, "bob", PASSWORD).await.is_problem(401, "bad_credentials");
    let members = ada.caller.get(&format!("/api/spaces/{others}/members")).await.ok();
    assert_eq!(members.as_array().unwrap().len(), 1);
    let users = ada.caller.get("/api/admin/users").await.ok();
    assert_eq!(users["users"].as_array().unwrap().len(), 1);
    ada.caller.get(&format!("/api/admin/users/{}", bob.user)).await.is_problem(404, "not_found");
    let trail = ada.caller.get(&format!("/api/admin/audit?actor={}", bob.user)).await.ok();
    assert_eq!(trail["entries"][0]["action"], "account_delete");
    assert_eq!(trail["entries"][0]["actor_name"], Value::Null);
    let again = server.register("bob").await;
    assert_ne!(again.user, bob.user, "the name is free, and nothing comes with it");
    for gone in [alone, personal, others] {
        again.caller.get(&format!("/api/spaces/{gone}")).await.is_problem(404, "not_found");
    }
    add_todo(&ada, others, "still here").await.unwrap();
    audited(server).await;
}

async fn shared_spaces_go_to_an_heir_or_with_an_order_to_remove_them(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let eve = server.register("eve").await;
    let kept = bob.space(SpaceKind::List).await;
    let gone = bob.space(SpaceKind::List).await;
    for space in [kept, gone] {
        bob.add(space, &ada, Role::Viewer).await.ok();
        add_todo(&bob, space, "shared").await.unwrap();
    }
    let unsaid = delete(
        &bob,
        json!({ "confirm": "bob", "spaces": { (kept.to_string()): { "heir": ada.user } } }),
    )
    .await;
    unsaid.is_problem(409, "heir_needed");
    assert_eq!(unsaid.body["detail"], json!(gone));
    let stranger =
        json!({ (kept.to_string()): { "heir": eve.user }, (gone.to_string()): "delete" });
    delete(&bob, json!({ "confirm": "bob", "spaces": stranger }))
        .await
        .is_problem(404, "not_member");
    bob.caller.get("/api/account").await.ok();
    let mut socket = ada.live().await;
    let said = json!({ (kept.to_string()): { "heir": ada.user }, (gone.to_string()): "delete" });
    assert_eq!(delete(&bob, json!({ "confirm": "bob", "spaces": said })).await.status, 204);
    let (frames, _) = socket.until_closed().await;
    let ordered =
        |frame: &ServerFrame| matches!(frame, ServerFrame::Purge(order) if order.space == gone);
    assert!(frames.iter().any(ordered), "{frames:?}");
    let space = ada.caller.get(&format!("/api/spaces/{kept}")).await.ok();
    assert_eq!(space["role"], "owner");
    ada.caller.get(&format!("/api/spaces/{gone}")).await.is_problem(404, "not_found");
    let members = ada.caller.get(&format!("/api/spaces/{kept}/members")).await.ok();
    assert_eq!(members.as_array().unwrap().len(), 1, "who owned it has left");
    add_todo(&ada, kept, "the heir's").await.unwrap();
    audited(server).await;
}

async fn nothing_ends_by_mistake(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let own = ada.space(SpaceKind::List).await;
    let personal = bob.personal_space().await;
    for confirm in ["", "ada", "bo", "bob bob", "DELETE"] {
        delete(&bob, json!({ "confirm": confirm })).await.is_problem(422, "confirmation_wrong");
    }
    for bad in [
        json!({}),
        json!({ "confirm": "bob", "force": true }),
        json!({ "confirm": "bob", "spaces": { "7": "delete" } }),
        json!({ "confirm": "bob", "spaces": { (own.to_string()): "keep" } }),
        json!({ "confirm": "bob", "spaces": { (own.to_string()): "delete" } }),
        json!({ "confirm": "bob", "spaces": { (personal.to_string()): { "heir": ada.user } } }),
    ] {
        delete(&bob, bad).await.is_problem(422, "body_invalid");
    }
    grow_stale(&server).await;
    let late = delete(&bob, json!({ "confirm": "bob" })).await;
    late.is_problem(403, "fresh_authentication_needed");
    bob.caller.get("/api/account").await.ok();
    ada.caller.get(&format!("/api/spaces/{own}")).await.ok();
    server.stop().await;
}
