//! Members, and who may decide about them.

use serde_json::json;
use umbra_model::{Role, SpaceKind};
use umbra_tests::{Engine, TestServer, on_both_engines};

on_both_engines! {
    members_are_added_changed_and_removed
    who_may_not_decide_is_told_so_and_learns_nothing_else
    a_manager_governs_below_their_own_role
    a_personal_space_is_never_shared
    members_leave_but_the_owner_does_not
    only_the_owner_sees_what_became_of_purge_orders
}

async fn members_are_added_changed_and_removed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::List).await;
    let added = ada.add(space, &bob, Role::Viewer).await;
    assert_eq!(added.status, 201);
    assert_eq!(added.ok(), json!({ "id": bob.user, "name": "bob", "role": "viewer" }));
    ada.add(space, &bob, Role::Editor).await.is_problem(409, "already_member");
    let path = format!("/api/spaces/{space}/members");
    let members = bob.caller.get(&path).await.ok();
    assert_eq!(
        members,
        json!([
            { "id": ada.user, "name": "ada", "role": "owner" },
            { "id": bob.user, "name": "bob", "role": "viewer" },
        ])
    );
    assert_eq!(ada.change(space, &bob, Role::Editor).await.status, 204);
    let shown = bob.caller.get(&format!("/api/spaces/{space}")).await.ok();
    assert_eq!(shown["role"], "editor");
    assert_eq!(ada.remove(space, &bob).await.status, 204);
    ada.remove(space, &bob).await.is_problem(404, "not_member");
    bob.caller.get(&path).await.is_problem(404, "not_found");
    let unknown = json!({ "name": "nobody", "role": "viewer" });
    ada.caller.post(&path, unknown).await.is_problem(404, "no_such_user");
    let invalid = json!({ "name": "no name", "role": "viewer" });
    ada.caller.post(&path, invalid).await.is_problem(404, "no_such_user");
    let role = json!({ "name": "bob", "role": "king" });
    ada.caller.post(&path, role).await.is_problem(422, "body_invalid");
    server.stop().await;
}

async fn who_may_not_decide_is_told_so_and_learns_nothing_else(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let carol = server.register("carol").await;
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &carol, Role::Viewer).await.ok();
    for role in [Role::Viewer, Role::Commenter, Role::Editor] {
        ada.add(space, &bob, role).await.ok();
        let path = format!("/api/spaces/{space}/members");
        let known = bob.caller.post(&path, json!({ "name": "ada", "role": "viewer" })).await;
        let unknown = bob.caller.post(&path, json!({ "name": "nobody", "role": "viewer" })).await;
        known.is_problem(403, "role_too_weak");
        assert_eq!(known.body, unknown.body, "{role}");
        bob.change(space, &carol, Role::Editor).await.is_problem(403, "role_too_weak");
        bob.change(space, &bob, Role::Manager).await.is_problem(403, "role_too_weak");
        bob.remove(space, &carol).await.is_problem(403, "role_too_weak");
        let delete = bob.caller.ask("DELETE", &format!("/api/spaces/{space}"), None).await;
        delete.is_problem(403, "role_too_weak");
        ada.remove(space, &bob).await.ok();
    }
    server.stop().await;
}

async fn a_manager_governs_below_their_own_role(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let carol = server.register("carol").await;
    let space = ada.space(SpaceKind::Project).await;
    ada.add(space, &bob, Role::Manager).await.ok();
    bob.add(space, &carol, Role::Manager).await.is_problem(403, "role_too_weak");
    bob.add(space, &carol, Role::Owner).await.is_problem(403, "role_too_weak");
    bob.add(space, &carol, Role::Editor).await.ok();
    bob.change(space, &carol, Role::Manager).await.is_problem(403, "role_too_weak");
    bob.change(space, &ada, Role::Viewer).await.is_problem(403, "role_too_weak");
    bob.remove(space, &ada).await.is_problem(403, "role_too_weak");
    bob.change(space, &carol, Role::Viewer).await.ok();
    bob.remove(space, &carol).await.ok();
    server.stop().await;
}

async fn a_personal_space_is_never_shared(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let personal = ada.personal_space().await;
    ada.add(personal, &bob, Role::Viewer).await.is_problem(403, "role_too_weak");
    let delete = ada.caller.ask("DELETE", &format!("/api/spaces/{personal}"), None).await;
    delete.is_problem(403, "role_too_weak");
    server.stop().await;
}

async fn members_leave_but_the_owner_does_not(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &bob, Role::Viewer).await.ok();
    let path = format!("/api/spaces/{space}/leave");
    assert_eq!(bob.caller.post(&path, json!({})).await.status, 204);
    bob.caller.post(&path, json!({})).await.is_problem(404, "not_found");
    ada.caller.post(&path, json!({})).await.is_problem(403, "role_too_weak");
    server.stop().await;
}

async fn only_the_owner_sees_what_became_of_purge_orders(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let carol = server.register("carol").await;
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &bob, Role::Viewer).await.ok();
    ada.add(space, &carol, Role::Manager).await.ok();
    ada.remove(space, &bob).await.ok();
    let path = format!("/api/spaces/{space}/purges");
    let orders = ada.caller.get(&path).await.ok();
    let orders = orders.as_array().unwrap();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["user_name"], "bob");
    assert_eq!(orders[0]["device"], json!(bob.device));
    assert_eq!(orders[0]["reason"], "removed");
    assert!(orders[0]["confirmed_at"].is_null());
    carol.caller.get(&path).await.is_problem(404, "not_found");
    server.stop().await;
}
