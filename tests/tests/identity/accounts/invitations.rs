//! Registration by invitation.

use futures_util::future::join_all;
use serde_json::{Value, json};
use umbra_tests::{Engine, Person, TestServer, on_both_engines};

use super::{register, tamper, text};

on_both_engines! {
    where_it_is_closed_no_invitation_helps
    an_invitation_lets_in_as_many_as_it_says
    of_many_at_once_no_more_come_than_were_invited
    a_taken_name_uses_nothing_up
    a_revoked_or_expired_invitation_is_no_more_than_a_wrong_one
    an_administrator_may_invite_administrators
    a_bad_invitation_is_not_given
    the_list_has_pages_and_no_tokens
}

async fn set_registration(admin: &Person, registration: &str) {
    let body = json!({ "registration": registration });
    admin.caller.ask("PUT", "/api/admin/settings", Some(body)).await.ok();
}

async fn by_invitation(engine: Engine) -> (TestServer, Person) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    set_registration(&ada, "invite").await;
    (server, ada)
}

async fn invite(admin: &Person, body: Value) -> Value {
    let answer = admin.caller.post("/api/admin/invitations", body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body
}

/// What anybody can learn of an invitation.
async fn check(server: &TestServer, token: &str) -> Value {
    server.anonymous().with("x-invitation", token).get("/api/auth/invitation").await.ok()
}

async fn where_it_is_closed_no_invitation_helps(engine: Engine) {
    let (server, ada) = by_invitation(engine).await;
    let invitation = invite(&ada, json!({})).await;
    let token = text(&invitation, "token");
    assert_eq!(check(&server, token).await, json!({ "valid": true }));
    set_registration(&ada, "closed").await;
    register(&server, "bob", None).await.is_problem(403, "registration_closed");
    register(&server, "bob", Some(token)).await.is_problem(403, "registration_closed");
    assert_eq!(check(&server, token).await, json!({ "valid": false }));
    server.stop().await;
}

async fn an_invitation_lets_in_as_many_as_it_says(engine: Engine) {
    let (server, ada) = by_invitation(engine).await;
    let status = server.anonymous().get("/api/auth/status").await.ok();
    assert_eq!(status["registration"], "invite");
    register(&server, "bob", None).await.is_problem(403, "invitation_needed");
    let invitation = invite(&ada, json!({ "note": "the family", "uses": 2 })).await;
    let token = text(&invitation, "token");
    assert!(token.starts_with("umbra_inv_"));
    let bob = register(&server, "bob", Some(token)).await;
    assert_eq!((bob.status, &bob.body["user"]["admin"]), (201, &json!(false)));
    assert_eq!(check(&server, token).await, json!({ "valid": true }));
    register(&server, "eve", Some(token)).await.ok();
    register(&server, "dan", Some(token)).await.is_problem(403, "link_invalid");
    let (spent, none) = (check(&server, token).await, check(&server, "umbra_inv_none").await);
    assert_eq!(spent, none, "nothing tells one that is spent from one that never was");
    server.stop().await;
}

async fn of_many_at_once_no_more_come_than_were_invited(engine: Engine) {
    let (server, ada) = by_invitation(engine).await;
    let invitation = invite(&ada, json!({ "uses": 3 })).await;
    let (server, token) = (&server, text(&invitation, "token"));
    let tries =
        (0..16).map(|n| async move { register(server, &format!("guest{n}"), Some(token)).await });
    let answers = join_all(tries).await;
    let (came, late): (Vec<_>, Vec<_>) = answers.into_iter().partition(|it| it.status == 201);
    assert_eq!(came.len(), 3);
    late.iter().for_each(|answer| answer.is_problem(403, "link_invalid"));
    let listed = ada.caller.get("/api/admin/invitations").await.ok();
    assert_eq!(listed["invitations"][0]["uses"], 3);
    let users = ada.caller.get("/api/admin/users").await.ok();
    assert_eq!(users["users"].as_array().unwrap().len(), 4);
}

async fn a_taken_name_uses_nothing_up(engine: Engine) {
    let (server, ada) = by_invitation(engine).await;
    let invitation = invite(&ada, json!({})).await;
    let token = text(&invitation, "token");
    register(&server, "ada", Some(token)).await.is_problem(409, "name_taken");
    assert_eq!(check(&server, token).await, json!({ "valid": true }));
    register(&server, "bob", Some(token)).await.ok();
    server.stop().await;
}

async fn a_revoked_or_expired_invitation_is_no_more_than_a_wrong_one(engine: Engine) {
    let (server, ada) = by_invitation(engine).await;
    let revoked = invite(&ada, json!({})).await;
    let path = format!("/api/admin/invitations/{}", text(&revoked, "id"));
    assert_eq!(ada.caller.ask("DELETE", &path, None).await.status, 204);
    ada.caller.ask("DELETE", &path, None).await.is_problem(404, "not_found");
    let expired = invite(&ada, json!({ "hours": 1 })).await;
    let id = text(&expired, "id").replace('-', "");
    let past = format!("UPDATE invitations SET expires_at = 1 WHERE {}", hex_is("id", &id, engine));
    tamper(&server, &past).await;
    for token in [text(&revoked, "token"), text(&expired, "token"), "umbra_inv_x", ""] {
        let refused = register(&server, "bob", Some(token)).await;
        refused.is_problem(403, "link_invalid");
        assert!(refused.body["detail"].is_null(), "{}", refused.body);
        assert_eq!(check(&server, token).await, json!({ "valid": false }));
    }
    assert_eq!(server.anonymous().get("/api/auth/invitation").await.ok()["valid"], false);
    server.stop().await;
}

fn hex_is(column: &str, hex: &str, engine: Engine) -> String {
    match engine {
        Engine::Sqlite => format!("hex({column}) = upper('{hex}')"),
        Engine::Postgres => format!("{column} = '{hex}'"),
    }
}

async fn an_administrator_may_invite_administrators(engine: Engine) {
    let (server, ada) = by_invitation(engine).await;
    let invitation = invite(&ada, json!({ "admin": true })).await;
    let bob = register(&server, "bob", Some(text(&invitation, "token"))).await.ok();
    assert_eq!(bob["user"]["admin"], true);
    let bob = Person::of(&bob, server.addr());
    bob.caller.get("/api/admin/users").await.ok();
    server.stop().await;
}

async fn a_bad_invitation_is_not_given(engine: Engine) {
    let (server, ada) = by_invitation(engine).await;
    for body in [
        json!({ "hours": 0 }),
        json!({ "hours": 24 * 90 + 1 }),
        json!({ "uses": 0 }),
        json!({ "uses": 1_001 }),
        json!({ "uses": -1 }),
        json!({ "note": "x".repeat(201) }),
        json!({ "note": "a\u{7}" }),
        json!({ "token": "umbra_inv_mine" }),
    ] {
        let answer = ada.caller.post("/api/admin/invitations", body).await;
        answer.is_problem(422, "body_invalid");
    }
    super::grow_stale(&server).await;
    let answer = ada.caller.post("/api/admin/invitations", json!({})).await;
    answer.is_problem(403, "fresh_authentication_needed");
    server.stop().await;
}

async fn the_list_has_pages_and_no_tokens(engine: Engine) {
    let (server, ada) = by_invitation(engine).await;
    let mut given = Vec::new();
    for n in 0..5 {
        given.push(invite(&ada, json!({ "note": format!("guest {n}") })).await);
    }
    let (mut seen, mut path) = (Vec::new(), "/api/admin/invitations?limit=2".to_owned());
    loop {
        let page = ada.caller.get(&path).await.ok();
        for it in page["invitations"].as_array().unwrap() {
            assert!(it.get("token").is_none() && it.get("token_hash").is_none());
            seen.push(text(it, "id").to_owned());
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/admin/invitations?limit=2&before={next}");
    }
    let mut expected: Vec<_> = given.iter().map(|it| text(it, "id").to_owned()).collect();
    expected.reverse();
    assert_eq!(seen, expected, "each once, the newest first");
    for bad in ["limit=0", "limit=501", "limit=x", "before=1", "page=2", "limit=1&limit=2"] {
        let answer = ada.caller.get(&format!("/api/admin/invitations?{bad}")).await;
        answer.is_problem(400, "query_invalid");
    }
    server.stop().await;
}
