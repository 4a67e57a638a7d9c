//! Who may open a socket.

use std::net::SocketAddr;

use serde_json::json;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use umbra_tests::{Engine, PASSWORD, Socket, TestServer, login, on_both_engines};

on_both_engines! {
    nobody_gets_as_far_as_an_upgrade_without_a_credential
    a_browser_s_socket_comes_from_our_own_pages
    a_cookie_without_an_origin_opens_nothing
    the_subprotocol_must_be_offered
    the_number_of_sockets_is_bounded
}

async fn refused(addr: SocketAddr, headers: &[(&str, &str)]) -> u16 {
    match Socket::connect_with(addr, headers).await {
        Ok(_) => panic!("a socket opened with {headers:?}"),
        Err(status) => status,
    }
}

async fn nobody_gets_as_far_as_an_upgrade_without_a_credential(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let phone = ada.on_another_device().await;
    ada.caller.ask("DELETE", &format!("/api/devices/{}", phone.device), None).await.ok();
    let revoked = format!("Bearer {}", phone.token);
    let basic = "Basic YWRhOmFkYQ==";
    for headers in [
        vec![],
        vec![("authorization", "Bearer umbra_dev_nonsense")],
        vec![("authorization", basic)],
        vec![("authorization", revoked.as_str())],
        vec![("cookie", "umbra=nonsense")],
    ] {
        assert_eq!(refused(server.addr(), &headers).await, 401, "{headers:?}");
    }
    let plain = server.anonymous().get("/sync").await;
    plain.is_problem(401, "not_signed_in");
    ada.caller.get("/sync").await.is_problem(426, "upgrade_expected");
    server.stop().await;
}

async fn cookie(server: &TestServer) -> String {
    let mut body = login("ada", PASSWORD);
    body["credential"] = json!("cookie");
    let answer = server.anonymous().post("/api/auth/login", body).await;
    answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

async fn a_browser_s_socket_comes_from_our_own_pages(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let cookie = cookie(&server).await;
    let own = format!("http://{}", server.addr());
    let headers = [("cookie", cookie.as_str()), ("origin", own.as_str())];
    let mut socket = Socket::connect_with(server.addr(), &headers).await.unwrap();
    socket.greet().await;
    for origin in ["https://evil.example", "null", "http://localhost:1", &format!("{own}.evil")] {
        let headers = [("cookie", cookie.as_str()), ("origin", origin)];
        assert_eq!(refused(server.addr(), &headers).await, 403, "{origin}");
    }
    server.stop().await;
}

async fn a_cookie_without_an_origin_opens_nothing(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.set_up("ada").await;
    let cookie = cookie(&server).await;
    assert_eq!(refused(server.addr(), &[("cookie", &cookie)]).await, 403);
    server.stop().await;
}

async fn the_subprotocol_must_be_offered(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    for protocol in [None, Some("umbra.v0"), Some("graphql-ws")] {
        let mut request = format!("ws://{}/sync", server.addr()).into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("authorization", format!("Bearer {}", ada.token).parse().unwrap());
        if let Some(protocol) = protocol {
            headers.insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        assert_eq!(Socket::open(request).await.err(), Some(426), "{protocol:?}");
    }
    server.stop().await;
}

async fn the_number_of_sockets_is_bounded(engine: Engine) {
    let server = TestServer::start_with(engine, |config| config.abuse.sockets_per_user = 2).await;
    let (ada, bob) = server.two_people().await;
    let first = ada.live().await;
    let _second = ada.live().await;
    assert_eq!(Socket::connect(server.addr(), &ada.token).await.err(), Some(429));
    bob.live().await;
    first.vanish();
    // Its place is free when the server has noticed that it is gone.
    while Socket::connect(server.addr(), &ada.token).await.is_err() {
        tokio::task::yield_now().await;
    }
    server.stop().await;
}
