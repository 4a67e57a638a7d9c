//! Every deed of an administrator is noted, and none of them reads content.

use serde_json::{Value, json};
use umbra_model::SpaceKind;
use umbra_server::http::{Access, ROUTES, Route};
use umbra_tests::{Answer, Engine, Person, TestServer, on_both_engines};

use super::{add_todo, text};

on_both_engines! {
    every_deed_is_noted_and_no_answer_holds_content
    what_others_try_is_noted_as_well
}

/// What nobody but its author may ever read.
const PLANTED: &str = "planted-4d1b";

/// A good body for each route that takes one.
fn body_for(route: &Route) -> Option<Value> {
    match (route.method, route.path) {
        ("get" | "delete", _) => None,
        ("post", "/api/admin/users") => Some(json!({ "name": "newcomer" })),
        ("put", "/api/admin/users/{user}/quotas") => {
            Some(json!({ "spaces": 9, "documents": null, "bytes": null }))
        }
        _ => Some(json!({})),
    }
}

async fn ask(by: &Person, route: &Route, user: &str, invitation: &str) -> Answer {
    let path = route.path.replace("{user}", user).replace("{invitation}", invitation);
    assert!(!path.contains('{'), "{path} has a part that this test doesn't know");
    let query = if route.path.ends_with("/export") { "?format=jsonl" } else { "" };
    let method = route.method.to_uppercase();
    by.caller.ask(&method, &format!("{path}{query}"), body_for(route)).await
}

fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.access == Access::Admin)
}

async fn latest(by: &Person) -> Value {
    by.caller.get("/api/admin/audit?limit=1").await.ok()["entries"][0].clone()
}

async fn every_deed_is_noted_and_no_answer_holds_content(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = bob.space(SpaceKind::List).await;
    add_todo(&bob, space, PLANTED).await.unwrap();
    let invitation = ada.caller.post("/api/admin/invitations", json!({})).await.ok();
    let mut noted = 0;
    for route in routes() {
        let answer = ask(&ada, route, &bob.user.to_string(), text(&invitation, "id")).await;
        assert!((200..300).contains(&answer.status), "{route:?} {}", answer.body);
        assert!(!answer.body.to_string().contains(PLANTED), "{route:?}");
        let entry = latest(&ada).await;
        assert!(!entry.to_string().contains(PLANTED), "{route:?}");
        let silent = route.method == "get"
            && ["/api/admin/settings", "/api/admin/statistics", "/api/admin/invitations"]
                .contains(&route.path);
        if silent || route.path == "/api/admin/audit" {
            assert_eq!(entry["action"], "audit_read", "{route:?}");
            continue;
        }
        noted += 1;
        assert_ne!(entry["action"], "audit_read", "{route:?}");
        assert_eq!((&entry["outcome"], &entry["actor"]), (&json!("ok"), &json!(ada.user)));
        assert!(entry["address"].is_string() && entry["device"] == json!(ada.device));
        if route.path.contains("{user}") {
            assert_eq!(entry["subject"], json!(bob.user), "{route:?}");
        }
    }
    assert!(noted >= 13);
    // The space and what is in it aren't an administrator's to see by other ways either.
    ada.caller.get(&format!("/api/spaces/{space}")).await.is_problem(404, "not_found");
    ada.caller.get(&format!("/api/spaces/{space}/members")).await.is_problem(404, "not_found");
    let export = ada.caller.get("/api/account/export").await.ok();
    assert!(!export.to_string().contains(PLANTED));
    server.stop().await;
}

async fn what_others_try_is_noted_as_well(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let nobody = "0190a0a0-0000-7000-8000-00000000dead";
    ada.caller.post(&format!("/api/admin/users/{nobody}/disable"), json!({})).await;
    let entry = latest(&ada).await;
    assert_eq!(
        (&entry["action"], &entry["outcome"]),
        (&json!("user_disable"), &json!("not_found"))
    );
    let path = format!("/api/admin/users/{}/promote", bob.user);
    bob.caller.post(&path, json!({})).await.is_problem(403, "admin_only");
    let entry = latest(&ada).await;
    assert_eq!(
        (&entry["action"], &entry["outcome"]),
        (&json!("user_promote"), &json!("admin_only"))
    );
    assert_eq!((&entry["actor"], &entry["subject"]), (&json!(bob.user), &json!(bob.user)));
    server.stop().await;
}
