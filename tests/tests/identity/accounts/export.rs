//! Everything of one's own, to take along.

use automerge::{AutoCommit, ROOT, ReadDoc};
use base64ct::{Base64, Encoding};
use serde_json::json;
use umbra_model::{Role, SpaceKind};
use umbra_tests::{Engine, TestServer, on_both_engines};

use super::{add_todo, grow_stale};

on_both_engines! {
    everything_of_one_s_own_is_there_and_nothing_of_others
    an_export_needs_a_fresh_proof
}

async fn everything_of_one_s_own_is_there_and_nothing_of_others(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let own = bob.space(SpaceKind::List).await;
    bob.add(own, &ada, Role::Editor).await.ok();
    let titles: Vec<_> = (0..40).map(|n| format!("todo {n}")).collect();
    for title in &titles {
        add_todo(&bob, own, title).await.unwrap();
    }
    let others = ada.space(SpaceKind::List).await;
    ada.add(others, &bob, Role::Viewer).await.ok();
    add_todo(&ada, others, "of somebody else").await.unwrap();
    let answer = bob.caller.get("/api/account/export").await;
    assert_eq!(answer.headers["content-type"], "application/json");
    let export = answer.ok();
    assert_eq!(
        (&export["format"], &export["account"]["name"]),
        (&json!("umbra-account-1"), &json!("bob"))
    );
    assert_eq!(export["devices"].as_array().unwrap().len(), 1);
    assert!(export["events"].as_array().unwrap().iter().any(|it| it["action"] == "register"));
    let spaces = export["spaces"].as_array().unwrap();
    assert_eq!(spaces.len(), 2, "the personal one and the list");
    let list = spaces.iter().find(|it| it["id"] == json!(own)).unwrap();
    assert_eq!(list["members"].as_array().unwrap().len(), 2);
    let documents = list["documents"].as_array().unwrap();
    assert_eq!(documents.len(), 41);
    let mut found = Vec::new();
    for document in documents.iter().filter(|it| it["kind"] == "todo") {
        let bytes = Base64::decode_vec(document["automerge"].as_str().unwrap()).unwrap();
        let loaded = AutoCommit::load(&bytes).unwrap();
        let (title, _) = loaded.get(ROOT, "title").unwrap().unwrap();
        assert_eq!(document["view"]["title"], title.as_str().unwrap());
        found.push(title.as_str().unwrap().to_owned());
    }
    found.sort();
    let mut expected = titles;
    expected.sort();
    assert_eq!(found, expected);
    let text = export.to_string();
    assert!(!text.contains("of somebody else") && !text.contains("argon2"));
    assert!(!text.contains("umbra_dev_"));
    server.stop().await;
}

async fn an_export_needs_a_fresh_proof(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    grow_stale(&server).await;
    let answer = ada.caller.get("/api/account/export").await;
    answer.is_problem(403, "fresh_authentication_needed");
    server.stop().await;
}
