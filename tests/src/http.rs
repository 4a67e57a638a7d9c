//! Requests, and what they come to.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::contract;

/// What a request came to.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body, where it is JSON; a string of it where it isn't.
    pub body: Value,
}

/// Somebody who asks, with the same headers each time.
#[derive(Clone, Debug)]
pub struct Caller {
    client: Client,
    base: String,
    headers: Vec<(String, String)>,
}

impl Caller {
    /// Nobody in particular.
    pub fn new(base: String) -> Self {
        // Whoever was first in this process has set it, and it's the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { client: Client::new(), base, headers: Vec::new() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut it = self.clone();
        it.headers.push((name.to_owned(), value.to_owned()));
        it
    }

    /// The same with this token.
    #[must_use]
    pub fn bearing(&self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// A `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None).await
    }

    /// Whether this is answered well, if it is answered at all.
    pub async fn is_up(&self, path: &str) -> bool {
        let answer = self.request("GET", path).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// A `POST` of this body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, Some(body)).await
    }

    /// Any request.
    pub async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        answer(method, path, request).await
    }

    /// A request whose body is this text, of this type.
    pub async fn ask_raw(&self, method: &str, path: &str, kind: &str, body: String) -> Answer {
        let request = self.request(method, path).header("content-type", kind).body(body);
        answer(method, path, request).await
    }

    /// A `POST` of a plain form, as a page of ours sends it.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encoded = fields.iter().map(|(name, value)| format!("{name}={}", percent(value)));
        let body = encoded.collect::<Vec<_>>().join("&");
        let kind = "application/x-www-form-urlencoded";
        self.with("origin", &self.base).ask_raw("POST", path, kind, body).await
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.client.request(method, format!("{}{path}", self.base));
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }
}

/// Every byte as a form may carry it.
fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn answer(method: &str, path: &str, request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok());
    contract::check(method, path, status, kind.unwrap_or_default(), &body);
    Answer { status, headers, body }
}

impl Answer {
    /// The body, where the request was carried out.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        self.body
    }

    /// The problem's code; empty where it is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Checks that it is this problem, in the form of one.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert!(self.body["title"].is_string());
    }
}
