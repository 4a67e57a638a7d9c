//! As much of HTTP as signing in takes.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends JSON to the server's API, and yields the JSON of its answer.
///
/// # Panics
/// Where the server refuses.
pub(super) async fn call(
    server: SocketAddr,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &Value,
) -> Value {
    let body = body.to_string();
    let bearer = token.map_or(String::new(), |token| format!("Authorization: Bearer {token}\r\n"));
    let head = format!("{bearer}Content-Type: application/json\r\n");
    let body = exchange(server, method, path, &head, &body).await;
    if body.is_empty() { Value::Null } else { serde_json::from_str(&body).expect("a body of JSON") }
}

/// What one of the server's counters says; nothing that was never counted is there.
pub async fn counter(server: SocketAddr, name: &str) -> u64 {
    let all = exchange(server, "GET", "/metrics", "", "").await;
    let value = all.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or(0)
}

/// Yields the body of the answer.
async fn exchange(server: SocketAddr, method: &str, path: &str, head: &str, body: &str) -> String {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n{head}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(server).await.expect("the server listens");
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("the server answers");
    let answer = String::from_utf8(answer).expect("the answer is text");
    let (status, body) = answer.split_once("\r\n\r\n").expect("a head, then a body");
    let ok = status.starts_with("HTTP/1.1 2");
    assert!(ok, "{method} {path} was answered:\n{answer}");
    body.to_owned()
}
