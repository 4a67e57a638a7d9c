//! The audit log.

use serde_json::{Value, json};
use umbra_tests::{Engine, PASSWORD, Person, TestServer, on_both_engines};

use super::sign_in;

on_both_engines! {
    the_log_is_filtered_and_has_pages
    people_see_what_concerns_them_and_nothing_else
    the_log_is_exported_whole_in_both_forms
    a_bad_query_is_named
}

async fn entries(by: &Person, path: &str) -> Vec<Value> {
    by.caller.get(path).await.ok()["entries"].as_array().unwrap().clone()
}

async fn the_log_is_filtered_and_has_pages(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    sign_in(&server, "bob", "a wrong password").await.is_problem(401, "bad_credentials");
    sign_in(&server, "bob", PASSWORD).await.ok();
    let setup = entries(&ada, "/api/admin/audit?action=setup").await;
    assert_eq!((setup.len(), &setup[0]["actor_name"]), (1, &json!("ada")));
    let by_bob = entries(&ada, &format!("/api/admin/audit?actor={}", bob.user)).await;
    let actions: Vec<_> = by_bob.iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["sign_in", "register"], "the latest first");
    let failed = entries(&ada, "/api/admin/audit?action=sign_in&outcome=bad_credentials").await;
    assert_eq!(failed.len(), 1);
    assert!(failed[0]["address"].is_string() && failed[0]["at"].is_i64());
    let path = format!("/api/admin/audit?subject={}&action=sign_in", bob.user);
    assert!(!entries(&ada, &path).await.is_empty());
    let at = by_bob[1]["at"].as_i64().unwrap();
    let bounds = format!("/api/admin/audit?action=register&from={at}&to={}", at + 1);
    assert_eq!(entries(&ada, &bounds).await.len(), 1);
    let before = format!("/api/admin/audit?action=register&to={at}");
    assert_eq!(entries(&ada, &before).await.len(), 0);

    let all = ada.caller.get("/api/admin/audit?limit=500").await.ok();
    let ids = |page: &Value| -> Vec<i64> {
        page["entries"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect()
    };
    let expected = ids(&all);
    let (mut seen, mut next) = (Vec::new(), expected[0] + 1);
    loop {
        let page = ada.caller.get(&format!("/api/admin/audit?limit=2&before={next}")).await.ok();
        seen.extend(ids(&page));
        let Some(more) = page["next"].as_i64() else { break };
        next = more;
    }
    assert_eq!(seen, expected, "each once, though the log grows by looking at it");
    server.stop().await;
}

async fn people_see_what_concerns_them_and_nothing_else(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let quotas = json!({ "spaces": 3, "documents": null, "bytes": null });
    let path = format!("/api/admin/users/{}/quotas", bob.user);
    ada.caller.ask("PUT", &path, Some(quotas)).await.ok();
    bob.caller.get("/api/admin/users").await.is_problem(403, "admin_only");
    let own = entries(&bob, "/api/account/audit").await;
    let actions: Vec<_> = own.iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["users_read", "quotas_change", "register"]);
    assert_eq!(own[0]["outcome"], "admin_only");
    assert_eq!((&own[1]["actor_name"], &own[1]["address"]), (&json!("ada"), &Value::Null));
    assert!(own[2]["address"].is_string());
    let page = bob.caller.get("/api/account/audit?limit=1").await.ok();
    let next = page["next"].as_i64().unwrap();
    let page = bob.caller.get(&format!("/api/account/audit?limit=1&before={next}")).await.ok();
    assert_eq!(page["entries"][0]["action"], "quotas_change");
    let spying = bob.caller.get(&format!("/api/account/audit?actor={}", ada.user)).await;
    spying.is_problem(400, "query_invalid");
    server.stop().await;
}

async fn the_log_is_exported_whole_in_both_forms(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, _) = server.two_people().await;
    for n in 0..20 {
        let body = json!({ "note": format!("=SUM({n}), \"quoted\"") });
        ada.caller.post("/api/admin/invitations", body).await.ok();
    }
    let csv = ada.caller.get("/api/admin/audit/export?format=csv").await;
    assert!(csv.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert_eq!(csv.headers["content-disposition"], "attachment; filename=\"audit.csv\"");
    let text = csv.body.as_str().unwrap();
    let lines: Vec<_> = text.split("\r\n").collect();
    assert!(lines[0].starts_with("id,at,actor,") && lines.last() == Some(&""));
    let jsonl = ada.caller.get("/api/admin/audit/export?format=jsonl").await;
    let objects: Vec<Value> = jsonl
        .body
        .as_str()
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // Each is noted when it was answered: the second has one more, or two where the
    // first was still being written.
    let rows = lines.len() - 2;
    assert!(rows >= 22 && (rows..=rows + 2).contains(&objects.len()), "{rows} {}", objects.len());
    assert_eq!(objects.last().unwrap()["action"], "setup");
    let actions = "/api/admin/audit/export?format=jsonl&action=invitation_create";
    let filtered = ada.caller.get(actions).await.body;
    assert_eq!(filtered.as_str().unwrap().lines().count(), 20);
    server.stop().await;
}

async fn a_bad_query_is_named(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    for bad in [
        "audit?actor=7",
        "audit?from=yesterday",
        "audit?limit=0",
        "audit?sort=at",
        "audit/export",
        "audit/export?format=xml",
        "audit/export?format=csv&limit=5",
    ] {
        ada.caller.get(&format!("/api/admin/{bad}")).await.is_problem(400, "query_invalid");
    }
    let long = format!("/api/admin/audit?action={}", "x".repeat(65));
    ada.caller.get(&long).await.is_problem(400, "query_invalid");
    ada.caller.get("/api/admin/audit?action=a%00").await.is_problem(422, "nul_refused");
    server.stop().await;
}
