//! One's own profile.

use serde_json::json;
use umbra_tests::{Engine, PASSWORD, TestServer, on_both_engines};

use super::{grow_stale, sign_in};

on_both_engines! {
    the_profile_says_who_one_is_and_what_one_has
    what_one_is_called_can_be_changed
    the_sign_in_name_can_be_changed_after_a_fresh_proof
}

async fn the_profile_says_who_one_is_and_what_one_has(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_, bob) = server.two_people().await;
    bob.space(umbra_model::SpaceKind::List).await;
    let profile = bob.caller.get("/api/account").await.ok();
    assert_eq!(profile["id"], json!(bob.user));
    assert_eq!((&profile["name"], &profile["admin"]), (&json!("bob"), &json!(false)));
    assert_eq!(profile["has_password"], true);
    let none = json!({ "spaces": null, "documents": null, "bytes": null });
    assert_eq!(profile["quotas"], none);
    assert_eq!(
        (&profile["usage"]["spaces"], &profile["usage"]["documents"]),
        (&json!(1), &json!(2))
    );
    assert!(!profile.to_string().contains("argon2"));
    server.stop().await;
}

async fn what_one_is_called_can_be_changed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_, bob) = server.two_people().await;
    let change = async |body| bob.caller.ask("PATCH", "/api/account", Some(body)).await;
    let changed = change(json!({ "display_name": "Bob Öttinger" })).await.ok();
    assert_eq!(changed["display_name"], "Bob Öttinger");
    let status = bob.caller.get("/api/auth/status").await.ok();
    assert_eq!(status["signed_in"]["user"]["display_name"], "Bob Öttinger");
    for bad in [
        json!({ "display_name": "" }),
        json!({ "display_name": "x".repeat(65) }),
        json!({ "display_name": "a\nb" }),
        json!({ "display_name": "Bob", "admin": true }),
        json!({ "display_name": "Bob", "name": "root" }),
        json!({}),
    ] {
        change(bad).await.is_problem(422, "body_invalid");
    }
    server.stop().await;
}

async fn the_sign_in_name_can_be_changed_after_a_fresh_proof(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_, bob) = server.two_people().await;
    let change = async |name: &str| {
        bob.caller.ask("PUT", "/api/account/name", Some(json!({ "name": name }))).await
    };
    change("ADA").await.is_problem(409, "name_taken");
    change("not a name").await.is_problem(422, "name_invalid");
    assert_eq!(change("Robert").await.ok()["name"], "robert");
    sign_in(&server, "bob", PASSWORD).await.is_problem(401, "bad_credentials");
    sign_in(&server, "robert", PASSWORD).await.ok();
    assert_eq!(server.register("bob").await.name, "bob", "the name is free");
    grow_stale(&server).await;
    change("bobby").await.is_problem(403, "fresh_authentication_needed");
    server.stop().await;
}
