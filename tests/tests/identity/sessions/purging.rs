//! A device that is ordered, from afar, to remove everything.

use serde_json::{Value, json};
use umbra_model::{Kind, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{ClientFrame, Command, PurgeOrder, Purged, ServerFrame, Verdict};
use umbra_tests::{
    Engine, Heard, PASSWORD, Pen, Person, Socket, TestServer, hello, login, on_both_engines,
    push_of,
};

on_both_engines! {
    a_device_removes_everything_and_is_signed_out
    the_token_of_such_a_device_opens_nothing_else
    what_such_a_device_still_sends_is_refused
    an_order_outlives_being_let_into_a_space_again
    nobody_orders_another_account_s_device
    a_lost_device_stays_ordered
}

/// Says hello, and hears the welcome and the orders that follow at once.
async fn orders(person: &Person, count: usize) -> (Socket, Vec<PurgeOrder>) {
    let mut socket = person.socket().await;
    socket.say(&ClientFrame::Hello(hello())).await;
    let ServerFrame::Welcome(welcome) = socket.frame().await else { panic!("a welcome") };
    assert!(welcome.spaces.is_empty(), "there is nothing here for it any more");
    let mut orders = Vec::new();
    for _ in 0..count {
        let ServerFrame::Purge(order) = socket.frame().await else { panic!("an order") };
        orders.push(order);
    }
    (socket, orders)
}

async fn purge(by: &Person, of: &Person) {
    let path = format!("/api/devices/{}/purge", of.device);
    assert_eq!(by.caller.post(&path, json!({})).await.status, 202);
}

async fn state(person: &Person, of: &Person) -> Value {
    let list = person.caller.get("/api/devices").await.ok();
    list.as_array().unwrap().iter().find(|it| it["id"] == json!(of.device)).unwrap().clone()
}

async fn a_device_removes_everything_and_is_signed_out(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let phone = ada.on_another_device().await;
    let list = ada.space(SpaceKind::List).await;
    let personal = ada.personal_space().await;
    let (mut live, mut own) = (phone.live().await, ada.live().await);
    purge(&ada, &phone).await;
    let (frames, end) = live.until_closed().await;
    assert_eq!(end, Heard::Closed(4403, "access_changed".to_owned()), "it comes back for more");
    assert_eq!(frames.iter().filter(|it| matches!(it, ServerFrame::Purge(_))).count(), 2);

    let (mut socket, given) = orders(&phone, 2).await;
    let mut spaces: Vec<_> = given.iter().map(|it| it.space).collect();
    spaces.sort_unstable();
    let mut expected = vec![list, personal];
    expected.sort_unstable();
    assert_eq!(spaces, expected);
    assert!(given.iter().all(|it| it.doc.is_none() && it.reason == "device_revoked"));
    socket.say(&ClientFrame::Purged(Purged { order: given[0].order })).await;
    while state(&ada, &phone).await["purge"]["confirmed"] != 1 {
        tokio::task::yield_now().await;
    }
    let half = state(&ada, &phone).await;
    assert_eq!((&half["purge"]["orders"], &half["revoked_at"]), (&json!(2), &Value::Null));
    assert!(half["purge"]["ordered_at"].is_i64() && half["purge"]["done_at"].is_null());
    socket.say(&ClientFrame::Purged(Purged { order: given[1].order })).await;
    let end = socket.until_closed().await.1;
    assert_eq!(end, Heard::Closed(4401, "session_revoked".to_owned()));
    let done = state(&ada, &phone).await;
    assert_eq!(done["purge"]["confirmed"], 2);
    assert!(done["purge"]["done_at"].is_i64() && done["revoked_at"].is_i64());
    assert_eq!(Socket::connect(server.addr(), &phone.token).await.err(), Some(401));
    // Who ordered it goes on.
    own.push(push_of(1, Pen::new_doc(), None, &[])).await;
    server.stop().await;
}

async fn the_token_of_such_a_device_opens_nothing_else(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let phone = ada.on_another_device().await;
    purge(&ada, &phone).await;
    for path in ["/api/spaces", "/api/devices", "/api/auth/sessions"] {
        phone.caller.get(path).await.is_problem(401, "not_signed_in");
    }
    let mut again = login("ada", PASSWORD);
    again["device"]["id"] = json!(phone.device);
    server.anonymous().post("/api/auth/login", again).await.is_problem(409, "device_revoked");
    // Ending all others leaves it the one thing it is to hear.
    ada.caller.ask("DELETE", "/api/auth/sessions", None).await.ok();
    let list = ada.caller.get("/api/auth/sessions").await.ok();
    assert_eq!(list.as_array().unwrap().len(), 1);
    orders(&phone, 1).await;
    // Revoking it ends even that.
    ada.caller.ask("DELETE", &format!("/api/devices/{}", phone.device), None).await.ok();
    assert_eq!(Socket::connect(server.addr(), &phone.token).await.err(), Some(401));
    server.stop().await;
}

async fn what_such_a_device_still_sends_is_refused(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let phone = ada.on_another_device().await;
    let list = ada.space(SpaceKind::List).await;
    let mut own = ada.live().await;
    purge(&ada, &phone).await;
    let (mut socket, _) = orders(&phone, 2).await;
    let (mut pen, doc) = (Pen::new(phone.prefix), Pen::new_doc());
    let chunk = pen.begin(doc, Kind::Todo, "title", "late");
    let verdicts = socket.push(push_of(1, doc, Some((list, Kind::Todo)), &[&chunk])).await;
    let [Verdict::Refused { code, .. }] = &verdicts.verdicts[..] else { panic!("{verdicts:?}") };
    assert_eq!(code, "not_found");
    let space = SpaceId(Pen::new_doc().0);
    socket.say(&ClientFrame::Command(7, Command::CreateSpace(space, SpaceKind::List))).await;
    let ServerFrame::Answer(answer) = socket.frame().await else { panic!("an answer") };
    assert_eq!((answer.id, answer.error.unwrap().code.as_str()), (7, "not_found"));
    // What happens in its spaces isn't its business any more.
    let mut mine = Pen::new(ada.prefix);
    let chunk = mine.begin(doc, Kind::Todo, "title", "mine");
    own.push(push_of(2, doc, Some((list, Kind::Todo)), &[&chunk])).await;
    let space = SpaceId(Pen::new_doc().0);
    socket.say(&ClientFrame::Command(8, Command::CreateSpace(space, SpaceKind::List))).await;
    let next = socket.frame().await;
    assert!(matches!(&next, ServerFrame::Answer(it) if it.id == 8), "{next:?}");
    server.stop().await;
}

async fn an_order_outlives_being_let_into_a_space_again(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let phone = bob.on_another_device().await;
    let list = ada.space(SpaceKind::List).await;
    ada.add(list, &bob, Role::Editor).await.ok();
    purge(&bob, &phone).await;
    ada.remove(list, &bob).await.ok();
    ada.add(list, &bob, Role::Editor).await.ok();
    let (_, given) = orders(&phone, 2).await;
    assert!(given.iter().any(|it| it.space == list), "{given:?}");
    // What its owner does with his devices is no business of those he shares with.
    let told = ada.caller.get(&format!("/api/spaces/{list}/purges")).await.ok();
    let reasons: Vec<_> = told.as_array().unwrap().iter().map(|it| it["reason"].clone()).collect();
    assert!(reasons.iter().all(|reason| reason == "removed"), "{reasons:?}");
    server.stop().await;
}

async fn nobody_orders_another_account_s_device(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let path = format!("/api/devices/{}/purge", ada.device);
    bob.caller.post(&path, json!({})).await.is_problem(404, "not_found");
    ada.caller.get("/api/spaces").await.ok();
    let phone = ada.on_another_device().await;
    purge(&ada, &phone).await;
    let path = format!("/api/devices/{}/purge", phone.device);
    ada.caller.post(&path, json!({})).await.is_problem(404, "not_found");
    server.stop().await;
}

async fn a_lost_device_stays_ordered(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let phone = ada.on_another_device().await;
    purge(&ada, &phone).await;
    let server = server.restart().await;
    let phone = phone.at(server.addr());
    let (_, first) = orders(&phone, 1).await;
    let (_, second) = orders(&phone, 1).await;
    assert_eq!(first, second, "it is told until it confirms");
    server.stop().await;
}
