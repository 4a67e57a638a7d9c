//! Sessions, devices, tokens, and what guards them.

mod app_passwords;
mod codes;
mod command_line;
mod devices;
mod guarding;
mod list;
mod nodes;
mod page;
mod purging;
mod secrets;
mod tokens;

use serde_json::{Value, json};
use umbra_tests::{Answer, Caller, PASSWORD, TestServer, login};

/// The cookie that an answer sets.
fn cookie_of(answer: &Answer) -> String {
    let line = answer.headers["set-cookie"].to_str().unwrap();
    line.split(';').next().unwrap().to_owned()
}

/// Somebody who signs in with a browser.
async fn browser(server: &TestServer, name: &str) -> Caller {
    let mut body = login(name, PASSWORD);
    body["credential"] = json!("cookie");
    let answer = server.anonymous().post("/api/auth/login", body).await;
    let cookie = cookie_of(&answer);
    answer.ok();
    server.anonymous().with("cookie", &cookie).with("x-requested-with", "umbra")
}

/// Lets every proof of who somebody is grow old.
async fn grow_stale(server: &TestServer) {
    server.run("UPDATE sessions SET fresh_at = 1").await;
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
