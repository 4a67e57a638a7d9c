//! Every route, asked by everybody.

use serde_json::json;
use umbra_server::http::{Access, ROUTES, Route};
use umbra_tests::{Answer, Caller, Engine, TestServer, on_both_engines};

on_both_engines! { every_route_keeps_out_whom_it_should }

async fn ask(caller: &Caller, route: &Route) -> Answer {
    let nowhere = "0190a0a0-0000-7000-8000-00000000dead";
    let parts = [
        "{space}",
        "{device}",
        "{user}",
        "{invitation}",
        "{passkey}",
        "{session}",
        "{token}",
        "{password}",
    ];
    let path = parts.iter().fold(route.path.to_owned(), |path, part| path.replace(part, nowhere));
    assert!(!path.contains('{'), "{path} has a part that this test doesn't know");
    let body = (route.method != "get").then(|| json!({}));
    caller.ask(&route.method.to_uppercase(), &path, body).await
}

async fn every_route_keeps_out_whom_it_should(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let revoked = bob.on_another_device().await;
    bob.caller.ask("DELETE", &format!("/api/devices/{}", revoked.device), None).await.ok();
    let ended = bob.on_another_device().await;
    ended.caller.post("/api/auth/logout", json!({})).await.ok();
    let outsiders = [
        server.anonymous(),
        server.anonymous().bearing("umbra_dev_nonsense"),
        server.anonymous().with("authorization", "Basic YWRhOmFkYQ=="),
        server.anonymous().with("cookie", "umbra=nonsense"),
        revoked.caller,
        ended.caller,
    ];
    let mut tokens = Vec::new();
    for access in ["read", "write"] {
        let new = json!({ "name": access, "access": access, "days": 1 });
        let made = ada.caller.post("/api/auth/tokens", new).await.ok();
        let token = server.anonymous().bearing(made["token"].as_str().unwrap());
        tokens.push((access, token));
    }
    for route in ROUTES.iter().filter(|route| route.path != "/api/auth/logout") {
        for outsider in &outsiders {
            let answer = ask(outsider, route).await;
            match route.access {
                Access::Anyone => assert_ne!(answer.status, 401, "{route:?}"),
                _ => answer.is_problem(401, "not_signed_in"),
            }
        }
        let standard = ask(&bob.caller, route).await;
        match route.access {
            Access::Admin => standard.is_problem(403, "admin_only"),
            _ => assert_ne!(standard.code(), "admin_only"),
        }
        for (access, token) in &tokens {
            let answer = ask(token, route).await;
            match (route.access, *access) {
                (Access::SignedIn | Access::Admin, _) | (Access::Writes, "read") => {
                    answer.is_problem(403, "scope_too_narrow");
                }
                (Access::Reads | Access::Writes, _) => {
                    assert!(answer.status != 401 && answer.status != 403, "{route:?}");
                }
                (Access::Anyone, _) => assert_ne!(answer.status, 401, "{route:?}"),
            }
        }
        let admin = ask(&ada.caller, route).await;
        assert!(admin.status < 500 && admin.status != 401 && admin.code() != "admin_only");
    }
    server.stop().await;
}
