//! Somebody always governs.

use futures_util::future::join_all;
use serde_json::json;
use umbra_tests::{Engine, PASSWORD, Person, TestServer, on_both_engines};

use super::sign_in;

on_both_engines! {
    the_last_administrator_stays
    administrators_who_remove_each_other_at_once_leave_one
    two_who_leave_at_once_leave_one
}

async fn act(by: &Person, on: &Person, what: &str) -> umbra_tests::Answer {
    by.caller.post(&format!("/api/admin/users/{}/{what}", on.user), json!({})).await
}

async fn the_last_administrator_stays(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    act(&ada, &ada, "disable").await.is_problem(409, "last_admin");
    act(&ada, &ada, "demote").await.is_problem(409, "last_admin");
    // One who can't sign in doesn't count.
    act(&ada, &bob, "promote").await.ok();
    act(&ada, &bob, "disable").await.ok();
    act(&ada, &ada, "disable").await.is_problem(409, "last_admin");
    act(&ada, &ada, "demote").await.is_problem(409, "last_admin");
    let delete = ada.caller.ask("DELETE", "/api/account", Some(json!({ "confirm": "ada" }))).await;
    delete.is_problem(409, "last_admin");
    ada.caller.get("/api/admin/users").await.ok();
    act(&ada, &bob, "enable").await.ok();
    act(&ada, &ada, "demote").await.ok();
    server.stop().await;
}

/// As many administrators.
async fn admins(server: &TestServer, many: usize) -> Vec<Person> {
    let ada = server.set_up("ada").await;
    let mut admins = vec![ada];
    for n in 1..many {
        let other = server.register(&format!("admin{n}")).await;
        act(&admins[0], &other, "promote").await.ok();
        let again = sign_in(server, &other.name, PASSWORD).await.ok();
        admins.push(Person::of(&again, server.addr()));
    }
    admins
}

async fn administrators_who_remove_each_other_at_once_leave_one(engine: Engine) {
    let server = TestServer::start(engine).await;
    let admins = admins(&server, 6).await;
    // Everybody against everybody, in both ways, all at once.
    let deeds = admins
        .iter()
        .flat_map(|by| admins.iter().flat_map(move |on| [(by, on, "disable"), (by, on, "demote")]));
    let answers = join_all(deeds.map(|(by, on, what)| act(by, on, what))).await;
    let known = [204, 401, 403, 409];
    assert!(answers.iter().all(|it| known.contains(&it.status)), "{answers:?}");
    assert!(answers.iter().filter(|it| it.status == 204).count() >= 5);
    let mut left = 0;
    for admin in &admins {
        left += usize::from(admin.caller.get("/api/admin/settings").await.status == 200);
    }
    assert_eq!(left, 1, "whoever is left can't have been removed, and all others could");
    server.stop().await;
}

async fn two_who_leave_at_once_leave_one(engine: Engine) {
    for _ in 0..5 {
        let server = TestServer::start(engine).await;
        let admins = admins(&server, 2).await;
        let leave = admins.iter().map(|admin| {
            let body = json!({ "confirm": admin.name });
            admin.caller.ask("DELETE", "/api/account", Some(body))
        });
        let answers = join_all(leave).await;
        let gone = answers.iter().filter(|it| it.status == 204).count();
        assert_eq!(gone, 1, "{answers:?}");
        let stayed = answers.iter().position(|it| it.status != 204).unwrap();
        answers[stayed].is_problem(409, "last_admin");
        admins[stayed].caller.get("/api/admin/users").await.ok();
        server.stop().await;
    }
}
