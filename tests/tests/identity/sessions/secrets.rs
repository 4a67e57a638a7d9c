//! No secret is ever written to a log.

use serde_json::json;
use umbra_tests::{Database, Engine, Node, PASSWORD, Person, login};

use super::{cookie_of, text};

/// A whole life with every secret there is, at a server that logs everything it can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_hold_no_secret() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = Database::fresh(engine).await;
        let mut node = Node::over(&database).logging("trace");
        node.start().await;
        let mut secrets = vec![PASSWORD.to_owned(), "a wrong password".to_owned()];
        let ann = node.set_up("ann").await;
        secrets.push(ann.token.clone());
        let mut browser = login("ann", PASSWORD);
        browser["credential"] = json!("cookie");
        let answer = node.anybody().post("/api/auth/login", browser).await;
        let cookie = cookie_of(&answer);
        secrets.push(cookie.split_once('=').unwrap().1.to_owned());
        node.anybody().with("cookie", &cookie).get("/api/spaces").await.ok();
        let wrong = node.anybody().post("/api/auth/login", login("ann", "a wrong password")).await;
        wrong.is_problem(401, "bad_credentials");

        let new = json!({ "name": "script", "access": "write", "days": 1 });
        let token = ann.caller.post("/api/auth/tokens", new).await.ok();
        secrets.push(text(&token["token"]).to_owned());
        node.anybody().bearing(text(&token["token"])).get("/api/spaces").await.ok();
        let dav = ann.caller.post("/api/auth/app-passwords", json!({ "name": "phone" })).await.ok();
        secrets.push(text(&dav["password"]).to_owned());

        let device = json!({ "device": { "name": "terminal", "platform": "linux" } });
        let codes = node.anybody().post("/api/auth/device/code", device).await.ok();
        let (user_code, device_code) = (text(&codes["user_code"]), text(&codes["device_code"]));
        secrets.extend([user_code.to_owned(), device_code.to_owned()]);
        let who = [("user_code", user_code), ("name", "ann"), ("password", PASSWORD)];
        let page = node.anybody().form("/device", &who).await.ok();
        let (_, ticket) = text(&page).split_once("name=\"ticket\" value=\"").unwrap();
        let ticket = ticket.split_once('"').unwrap().0;
        secrets.push(ticket.to_owned());
        let decision = [("ticket", ticket), ("decision", "approve")];
        node.anybody().form("/device/decision", &decision).await.ok();
        database.run("UPDATE device_codes SET created_at = 1").await;
        let poll = json!({ "device_code": device_code });
        let let_in = node.anybody().post("/api/auth/device/token", poll).await.ok();
        let let_in = Person::of(&let_in, node.addr());
        secrets.push(let_in.token.clone());
        let_in.live().await;
        ann.caller.post("/api/auth/logout", json!({})).await.ok();
        node.stop().await;

        let told = node.told();
        assert!(told.contains("a connection") || told.contains("request"), "it logs");
        assert!(told.contains("/api/auth/login"), "requests are in it");
        for secret in &secrets {
            assert!(!told.contains(secret.as_str()), "{engine:?}: the log holds `{secret}`");
            // A prefix is no secret; what follows it is.
            let core = secret.rsplit('_').next().unwrap_or(secret);
            assert!(core.len() < 8 || !told.contains(core), "{engine:?}: a part of `{secret}`");
        }
    }
}
