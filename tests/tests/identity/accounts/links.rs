//! One-time links by which passwords are set.

use futures_util::future::join_all;
use serde_json::{Value, json};
use umbra_tests::{Answer, Engine, Heard, PASSWORD, Person, TestServer, on_both_engines};

use super::{sign_in, tamper, text};

on_both_engines! {
    a_link_sets_a_password_once_and_signs_out_everywhere
    of_many_at_once_one_uses_the_link
    a_link_ends_with_time_with_another_and_with_the_account
    somebody_whose_account_was_made_gets_in_by_a_link
}

const NEW: &str = "a wholly new passphrase";

async fn link(admin: &Person, of: &Person) -> String {
    let path = format!("/api/admin/users/{}/password-reset", of.user);
    let answer = admin.caller.post(&path, json!({})).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    text(&answer.body, "token").to_owned()
}

async fn follow(server: &TestServer, token: &str, password: &str) -> Answer {
    let body: Value = json!({ "token": token, "password": password });
    server.anonymous().post("/api/auth/password-reset", body).await
}

async fn a_link_sets_a_password_once_and_signs_out_everywhere(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let mut socket = bob.live().await;
    let token = link(&ada, &bob).await;
    sign_in(&server, "bob", PASSWORD).await.ok();
    follow(&server, &token, "password1").await.is_problem(422, "password_weak");
    assert_eq!(follow(&server, &token, NEW).await.status, 204);
    let (_, end) = socket.until_closed().await;
    assert_eq!(end, Heard::Closed(4401, "session_revoked".to_owned()));
    bob.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
    sign_in(&server, "bob", PASSWORD).await.is_problem(401, "bad_credentials");
    sign_in(&server, "bob", NEW).await.ok();
    follow(&server, &token, NEW).await.is_problem(403, "link_invalid");
    ada.caller.get("/api/spaces").await.ok();
    server.stop().await;
}

async fn of_many_at_once_one_uses_the_link(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let token = link(&ada, &bob).await;
    let (server, token) = (&server, token.as_str());
    let words: Vec<_> = (0..12).map(|n| format!("{NEW} number {n}")).collect();
    let answers = join_all(words.iter().map(|password| follow(server, token, password))).await;
    let used: Vec<_> = (0..12).filter(|n| answers[*n].status == 204).collect();
    assert_eq!(used.len(), 1);
    let refused = answers.iter().filter(|it| it.status != 204);
    refused.for_each(|answer| answer.is_problem(403, "link_invalid"));
    sign_in(server, "bob", &words[used[0]]).await.ok();
}

async fn a_link_ends_with_time_with_another_and_with_the_account(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let first = link(&ada, &bob).await;
    let second = link(&ada, &bob).await;
    follow(&server, &first, NEW).await.is_problem(403, "link_invalid");
    tamper(&server, "UPDATE password_resets SET expires_at = 1").await;
    follow(&server, &second, NEW).await.is_problem(403, "link_invalid");
    let third = link(&ada, &bob).await;
    let disable = format!("/api/admin/users/{}/disable", bob.user);
    ada.caller.post(&disable, json!({})).await.ok();
    follow(&server, &third, NEW).await.is_problem(403, "link_invalid");
    for nonsense in ["", "umbra_pwr_x", &third[..third.len() - 1], "umbra_inv_x"] {
        follow(&server, nonsense, NEW).await.is_problem(403, "link_invalid");
    }
    let enable = format!("/api/admin/users/{}/enable", bob.user);
    ada.caller.post(&enable, json!({})).await.ok();
    let change = json!({ "new": PASSWORD });
    let fourth = link(&ada, &bob).await;
    let bob = Person::of(&sign_in(&server, "bob", PASSWORD).await.ok(), server.addr());
    bob.caller.post("/api/account/password", change).await.ok();
    follow(&server, &fourth, NEW).await.is_problem(403, "link_invalid");
    server.stop().await;
}

async fn somebody_whose_account_was_made_gets_in_by_a_link(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let body = json!({ "name": "Carol", "display_name": "Carol C." });
    let made = ada.caller.post("/api/admin/users", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["user"]["name"], "carol");
    assert_eq!(made.body["user"]["has_password"], false);
    ada.caller.post("/api/admin/users", body).await.is_problem(409, "name_taken");
    let bad = json!({ "name": "no name" });
    ada.caller.post("/api/admin/users", bad).await.is_problem(422, "name_invalid");
    let with_password = json!({ "name": "dan", "password": PASSWORD });
    let refused = ada.caller.post("/api/admin/users", with_password).await;
    refused.is_problem(422, "body_invalid");
    sign_in(&server, "carol", PASSWORD).await.is_problem(401, "bad_credentials");
    sign_in(&server, "carol", "").await.is_problem(401, "bad_credentials");
    let token = text(&made.body["password_link"], "token");
    follow(&server, token, NEW).await.ok();
    let carol = sign_in(&server, "carol", NEW).await.ok();
    assert_eq!(carol["user"]["display_name"], "Carol C.");
    server.stop().await;
}
