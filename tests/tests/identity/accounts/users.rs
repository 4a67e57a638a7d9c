//! The list of accounts.

use serde_json::json;
use umbra_tests::{Answer, Engine, Person, TestServer, on_both_engines};

use super::text;

on_both_engines! {
    accounts_are_listed_by_page_and_found_by_their_names
    an_account_shows_how_it_stands_and_nothing_that_opens_it
    a_bad_query_is_named
}

async fn names(admin: &Person, query: &str) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/admin/users?limit=3&{query}{after}");
        let page = admin.caller.get(&path).await.ok();
        let users = page["users"].as_array().unwrap();
        assert!(users.len() <= 3);
        names.extend(users.iter().map(|user| text(user, "name").to_owned()));
        let Some(next) = page["next"].as_str() else { return names };
        after = format!("&after={}", next.replace('+', "%2B"));
    }
}

async fn accounts_are_listed_by_page_and_found_by_their_names(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let made = ["zoe", "b.x", "b-x", "b_x", "bx", "anna+1", "7of9", "carol"];
    for name in made {
        let body = json!({ "name": name, "display_name": format!("{name} Ökonom") });
        assert_eq!(ada.caller.post("/api/admin/users", body).await.status, 201);
    }
    let mut expected: Vec<_> = made.into_iter().chain(["ada"]).map(str::to_owned).collect();
    // By their bytes, whatever the database's language.
    expected.sort();
    assert_eq!(names(&ada, "").await, expected);
    assert_eq!(names(&ada, "search=B_X&").await, ["b_x"], "no character is special");
    assert_eq!(names(&ada, "search=%25&").await, [""; 0]);
    assert_eq!(names(&ada, "search=%C3%B6KONOM&").await.len(), 8, "whatever its case");
    assert_eq!(names(&ada, "search=arol&").await, ["carol"]);
    assert_eq!(names(&ada, "state=admin&").await, ["ada"]);
    let users = ada.caller.get("/api/admin/users?search=zoe").await.ok();
    let zoe = text(&users["users"][0], "id").to_owned();
    ada.caller.post(&format!("/api/admin/users/{zoe}/disable"), json!({})).await.ok();
    assert_eq!(names(&ada, "state=disabled&").await, ["zoe"]);
    assert_eq!(names(&ada, "state=active&").await.len(), 8);
    server.stop().await;
}

async fn an_account_shows_how_it_stands_and_nothing_that_opens_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let shown = ada.caller.get(&format!("/api/admin/users/{}", bob.user)).await.ok();
    assert_eq!(shown["user"]["name"], "bob");
    assert!(shown["user"]["seen_at"].is_i64() && shown["user"]["disabled_at"].is_null());
    assert_eq!(shown["usage"], json!({ "spaces": 0, "documents": 1, "bytes": 0 }));
    for secret in ["password_hash", "argon2", "token", "secret", "session", "prefix"] {
        assert!(!shown.to_string().contains(secret), "{secret} in {shown}");
    }
    let nobody = "0190a0a0-0000-7000-8000-00000000dead";
    for path in [nobody, "7", "%00"] {
        let answer = ada.caller.get(&format!("/api/admin/users/{path}")).await;
        answer.is_problem(404, "not_found");
    }
    server.stop().await;
}

async fn a_bad_query_is_named(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let long = format!("search={}", "x".repeat(101));
    for bad in ["limit=0", "limit=501", "state=any", "order=name", "search=a&search=b", &long] {
        let answer: Answer = ada.caller.get(&format!("/api/admin/users?{bad}")).await;
        answer.is_problem(400, "query_invalid");
    }
    let nul = ada.caller.get("/api/admin/users?search=%00").await;
    nul.is_problem(422, "nul_refused");
    server.stop().await;
}
