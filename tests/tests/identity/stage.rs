//! What the tests of factors share.

use std::time::Duration;

use serde_json::{Value, json};
use umbra_tests::{
    Aged, Answer, Authenticator, PASSWORD, Person, TestServer, login, one_time_code,
};

/// Whoever has set one-time codes up.
pub struct Enrolled {
    pub secret: String,
    pub codes: Vec<String>,
}

/// Sets one-time codes up. The code that did so counts as one of some minutes ago, so
/// that those of this step and the next are left.
pub async fn enrol(server: &TestServer, person: &Person) -> Enrolled {
    let begun = person.caller.post("/api/auth/totp", json!({})).await.ok();
    let secret = begun["secret"].as_str().unwrap().to_owned();
    let body = json!({ "ceremony": begun["ceremony"], "code": one_time_code(&secret, 0) });
    let answer = person.caller.post("/api/auth/totp/finish", body).await.ok();
    server.age(Aged::OneTimeCodes, Duration::from_secs(120)).await;
    Enrolled { secret, codes: texts(&answer["recovery_codes"]) }
}

pub fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// Gives the right password, and gets the ceremony that a second factor finishes.
pub async fn second_step(server: &TestServer, name: &str) -> Value {
    let answer = server.anonymous().post("/api/auth/login", login(name, PASSWORD)).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert!(answer.headers.get("set-cookie").is_none() && answer.body.get("token").is_none());
    answer.body["second_factor_needed"]["ceremony"].clone()
}

/// Finishes a sign-in by a code of an app.
pub async fn give_code(server: &TestServer, ceremony: &Value, code: &str) -> Answer {
    let body = json!({ "ceremony": ceremony, "code": code });
    server.anonymous().post("/api/auth/login/totp", body).await
}

/// Finishes a sign-in by a recovery code.
pub async fn give_recovery_code(server: &TestServer, ceremony: &Value, code: &str) -> Answer {
    let body = json!({ "ceremony": ceremony, "code": code });
    server.anonymous().post("/api/auth/login/recovery", body).await
}

/// An authenticator in a browser at this server.
pub fn browser(server: &TestServer) -> Authenticator {
    Authenticator::at(&format!("http://localhost:{}", server.addr().port()))
}

/// Makes a passkey.
pub async fn add_passkey(person: &Person, authenticator: &mut Authenticator, name: &str) -> Value {
    let begun = person.caller.post("/api/auth/passkeys", json!({})).await.ok();
    let passkey = authenticator.create(&begun["options"]);
    let body = json!({ "ceremony": begun["ceremony"], "name": name, "passkey": passkey });
    let answer = person.caller.post("/api/auth/passkeys/finish", body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body
}

/// A challenge to sign in by a passkey.
pub async fn challenge(server: &TestServer) -> Value {
    server.anonymous().post("/api/auth/login/passkey", json!({})).await.ok()
}

/// Answers it.
pub async fn finish(server: &TestServer, challenge: &Value, passkey: &Value) -> Answer {
    let device = json!({ "name": "browser", "platform": "web" });
    let body = json!({ "ceremony": challenge["ceremony"], "passkey": passkey, "device": device });
    server.anonymous().post("/api/auth/login/passkey/finish", body).await
}

/// Signs in by a passkey.
pub async fn sign_in(server: &TestServer, authenticator: &mut Authenticator) -> Answer {
    let challenge = challenge(server).await;
    finish(server, &challenge, &authenticator.get(&challenge["options"])).await
}

/// Goes through a ceremony of somebody who is signed in, and gives what a passkey says
/// and more.
pub async fn go_through(
    person: &Person,
    path: &str,
    authenticator: &mut Authenticator,
    more: Value,
) -> Answer {
    let begun = person.caller.post(path, json!({})).await.ok();
    let passkey = authenticator.get(&begun["options"]);
    let mut body = json!({ "ceremony": begun["ceremony"], "passkey": passkey });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    person.caller.post(&format!("{path}/finish"), body).await
}
