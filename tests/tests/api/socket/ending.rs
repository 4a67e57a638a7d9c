//! How connections end: revoked, left, or with the server.

use serde_json::json;
use umbra_model::{Role, SpaceKind};
use umbra_sync_protocol::wire::{ClientFrame, Purged, ServerFrame};
use umbra_tests::{Engine, Heard, Socket, TestServer, on_both_engines};

on_both_engines! {
    signing_out_ends_the_session_s_sockets_before_the_answer
    revoking_a_device_ends_its_sockets_before_the_answer
    removing_a_member_ends_their_sockets_with_an_order
    an_order_comes_again_until_it_is_confirmed
    deleting_a_space_ends_the_sockets_of_all_who_had_it
    a_stopping_server_tells_its_clients_to_come_back
}

fn revoked() -> Heard {
    Heard::Closed(4401, "session_revoked".to_owned())
}

fn access_changed() -> Heard {
    Heard::Closed(4403, "access_changed".to_owned())
}

async fn signing_out_ends_the_session_s_sockets_before_the_answer(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let phone = ada.on_another_device().await;
    let (mut first, mut second) = (phone.live().await, phone.socket().await);
    let mut other = ada.live().await;
    phone.caller.post("/api/auth/logout", json!({})).await.ok();
    assert_eq!(first.until_closed().await.1, revoked());
    assert_eq!(second.until_closed().await.1, revoked(), "one that hadn't said hello as well");
    assert_eq!(Socket::connect(server.addr(), &phone.token).await.err(), Some(401));
    other.push(umbra_tests::push_of(1, umbra_tests::Pen::new_doc(), None, &[])).await;
    server.stop().await;
}

async fn revoking_a_device_ends_its_sockets_before_the_answer(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let phone = ada.on_another_device().await;
    let mut socket = phone.live().await;
    ada.caller.ask("DELETE", &format!("/api/devices/{}", phone.device), None).await.ok();
    assert_eq!(socket.until_closed().await, (Vec::new(), revoked()));
    server.stop().await;
}

async fn removing_a_member_ends_their_sockets_with_an_order(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &bob, Role::Editor).await.ok();
    let mut own = ada.live().await;
    let (mut laptop, phone) = (bob.live().await, bob.on_another_device().await);
    let mut other = phone.live().await;
    ada.remove(space, &bob).await.ok();
    for socket in [&mut laptop, &mut other] {
        let (frames, end) = socket.until_closed().await;
        assert_eq!(end, access_changed());
        let Some(ServerFrame::Purge(order)) = frames.last() else { panic!("{frames:?}") };
        assert_eq!((order.space, order.doc, order.reason.as_str()), (space, None, "removed"));
    }
    // Those who stay hear of it, and stay.
    own.until(|it| matches!(it, ServerFrame::Entries(entries) if entries.space == space)).await;
    server.stop().await;
}

async fn an_order_comes_again_until_it_is_confirmed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &bob, Role::Editor).await.ok();
    ada.remove(space, &bob).await.ok();
    let mut orders = Vec::new();
    for _ in 0..2 {
        let mut socket = bob.socket().await;
        socket.say(&ClientFrame::Hello(umbra_tests::hello())).await;
        let welcome = socket.frame().await;
        let ServerFrame::Welcome(welcome) = welcome else { panic!("{welcome:?}") };
        assert!(welcome.spaces.iter().all(|it| it.space != space));
        let ServerFrame::Purge(order) = socket.frame().await else { panic!("an order") };
        orders.push(order);
    }
    assert_eq!(orders[0], orders[1]);
    let mut socket = bob.live().await;
    socket.say(&ClientFrame::Purged(Purged { order: orders[0].order })).await;
    let path = format!("/api/spaces/{space}/purges");
    while ada.caller.get(&path).await.ok()[0]["confirmed_at"].is_null() {
        tokio::task::yield_now().await;
    }
    let mut socket = bob.socket().await;
    socket.say(&ClientFrame::Hello(umbra_tests::hello())).await;
    socket.until(|it| matches!(it, ServerFrame::Welcome(_))).await;
    let next = socket.frame().await;
    assert!(!matches!(next, ServerFrame::Purge(_)), "{next:?}");
    server.stop().await;
}

async fn deleting_a_space_ends_the_sockets_of_all_who_had_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let space = ada.space(SpaceKind::List).await;
    ada.add(space, &bob, Role::Editor).await.ok();
    let (mut own, mut other) = (ada.live().await, bob.live().await);
    ada.caller.ask("DELETE", &format!("/api/spaces/{space}"), None).await.ok();
    for socket in [&mut own, &mut other] {
        let (frames, end) = socket.until_closed().await;
        assert_eq!(end, access_changed());
        let Some(ServerFrame::Purge(order)) = frames.last() else { panic!("{frames:?}") };
        assert_eq!((order.space, order.reason.as_str()), (space, "space_deleted"));
    }
    server.stop().await;
}

async fn a_stopping_server_tells_its_clients_to_come_back(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let (mut live, mut silent) = (ada.live().await, ada.socket().await);
    let stopping = tokio::spawn(server.stop());
    let going_away = Heard::Closed(1001, "going_away".to_owned());
    assert_eq!(live.until_closed().await.1, going_away);
    assert_eq!(silent.until_closed().await.1, going_away);
    stopping.await.unwrap();
}
