//! Frames that are not as they should be: each has its named answer, and the
//! server goes on serving others.

use umbra_model::{DocId, SpaceKind};
use umbra_sync_protocol::limits::{CREDIT_BYTES_MAX, FRAME_BYTES_MAX, PUSH_CHUNKS_MAX};
use umbra_sync_protocol::wire::{
    self, ClientFrame, Command, Cursor, Hello, Presence, Purged, ServerFrame,
};
use umbra_tests::{
    Engine, Heard, Pen, Person, Socket, TestServer, hello, on_both_engines, push_of,
};

on_both_engines! {
    what_is_no_frame_is_told_so
    a_frame_that_is_too_large_is_told_so
    a_message_beyond_all_bounds_ends_that_connection_only
    frames_out_of_order_are_told_so
    a_hello_beyond_its_bounds_is_told_so
    a_push_beyond_its_bounds_is_told_so
    a_flood_is_told_so
    presence_that_is_not_taken_is_told_so_and_the_connection_goes_on
}

/// The end comes behind a fault of this code.
#[track_caller]
fn assert_faulted((frames, end): (Vec<ServerFrame>, Heard), code: &str, close: u16) {
    let Some(ServerFrame::Fault(fault)) = frames.last() else {
        panic!("expected a fault, heard {frames:?} and {end:?}")
    };
    assert_eq!((fault.code.as_str(), fault.fatal), (code, true));
    assert_eq!(end, Heard::Closed(close, code.to_owned()));
}

async fn greeted(person: &Person) -> Socket {
    person.live().await
}

async fn goes_on(person: &Person) {
    greeted(person).await;
}

async fn what_is_no_frame_is_told_so(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let mut trailing = wire::encode(&ClientFrame::Credit(1));
    trailing.push(0);
    for bytes in [vec![], vec![0xff], vec![0x82, 0x18, 0x63, 0x80], b"hello".to_vec(), trailing] {
        for greet in [false, true] {
            let mut socket = ada.socket().await;
            if greet {
                socket.greet().await;
            }
            socket.say_raw(bytes.clone()).await;
            assert_faulted(socket.until_closed().await, "frame_malformed", 4400);
        }
    }
    let mut socket = ada.socket().await;
    socket.say_text("hello").await;
    assert_faulted(socket.until_closed().await, "frame_not_binary", 4400);
    goes_on(&ada).await;
    server.stop().await;
}

async fn a_frame_that_is_too_large_is_told_so(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    for bytes in [FRAME_BYTES_MAX + 1, 2 * FRAME_BYTES_MAX] {
        let mut socket = greeted(&ada).await;
        socket.say_raw(vec![0; bytes]).await;
        assert_faulted(socket.until_closed().await, "frame_too_large", 4400);
    }
    goes_on(&ada).await;
    server.stop().await;
}

async fn a_message_beyond_all_bounds_ends_that_connection_only(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let mut other = greeted(&ada).await;
    let mut socket = greeted(&ada).await;
    socket.say_raw(vec![0; 8 * FRAME_BYTES_MAX]).await;
    let (_, end) = socket.until_closed().await;
    assert!(matches!(end, Heard::Closed(4400, _) | Heard::Gone), "{end:?}");
    other
        .say(&ClientFrame::Command(
            1,
            Command::CreateSpace(
                umbra_model::SpaceId(uuid::Uuid::from_u128(
                    0x0190_a0a0_0000_7000_8000_0000_0000_0001,
                )),
                SpaceKind::List,
            ),
        ))
        .await;
    let answered = other.until(|it| matches!(it, ServerFrame::Answer(_))).await;
    let Some(ServerFrame::Answer(answer)) = answered.last() else { panic!("{answered:?}") };
    assert_eq!(answer.error, None);
    server.stop().await;
}

async fn frames_out_of_order_are_told_so(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let space = ada.personal_space().await;
    for frame in [
        ClientFrame::Push(push_of(1, Pen::new_doc(), None, &[])),
        ClientFrame::Command(1, Command::Recovered(space)),
        ClientFrame::Credit(1),
        ClientFrame::Purged(Purged { order: 1 }),
        ClientFrame::Presence(Presence { space, doc: None, state: None }),
    ] {
        let mut socket = ada.socket().await;
        socket.say(&frame).await;
        assert_faulted(socket.until_closed().await, "hello_expected", 4400);
    }
    let mut socket = greeted(&ada).await;
    socket.say(&ClientFrame::Hello(hello())).await;
    assert_faulted(socket.until_closed().await, "hello_repeated", 4400);
    goes_on(&ada).await;
    server.stop().await;
}

async fn a_hello_beyond_its_bounds_is_told_so(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let space = ada.personal_space().await;
    let twice = vec![Cursor { space, seq: 1, packed_to: None }; 2];
    for (hello, code, close) in [
        (Hello { version: 0, ..hello() }, "version_unsupported", 4406),
        (Hello { cursors: twice, ..hello() }, "hello_invalid", 4400),
        (Hello { agent: "x".repeat(200), ..hello() }, "hello_invalid", 4400),
        (Hello { credit: CREDIT_BYTES_MAX + 1, ..hello() }, "hello_invalid", 4400),
    ] {
        let mut socket = ada.socket().await;
        socket.say(&ClientFrame::Hello(hello)).await;
        assert_faulted(socket.until_closed().await, code, close);
    }
    let mut socket = greeted(&ada).await;
    socket.say(&ClientFrame::Credit(CREDIT_BYTES_MAX)).await;
    assert_faulted(socket.until_closed().await, "credit_too_large", 4400);
    goes_on(&ada).await;
    server.stop().await;
}

async fn a_push_beyond_its_bounds_is_told_so(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let chunk = vec![0; 4].into();
    let chunks = vec![&chunk; PUSH_CHUNKS_MAX + 1];
    let mut socket = greeted(&ada).await;
    socket.say(&ClientFrame::Push(push_of(1, Pen::new_doc(), None, &chunks))).await;
    assert_faulted(socket.until_closed().await, "push_too_large", 4400);

    let mut sealed = push_of(1, DocId::from_bytes([7; 16]), None, &[&chunk]);
    sealed.items[0].receipts = Some(Vec::new());
    let mut socket = greeted(&ada).await;
    socket.say(&ClientFrame::Push(sealed)).await;
    assert_faulted(socket.until_closed().await, "push_invalid", 4400);

    let mut socket = greeted(&ada).await;
    let verdicts = socket.push(push_of(1, Pen::new_doc(), None, &[])).await;
    assert!(verdicts.verdicts.is_empty(), "nothing is pushed, nothing is judged");
    server.stop().await;
}

async fn a_flood_is_told_so(engine: Engine) {
    let server = TestServer::start_with(engine, |config| config.abuse.frames_per_second = 50).await;
    let ada = server.set_up("ada").await;
    let mut other = greeted(&ada).await;
    let mut socket = greeted(&ada).await;
    for _ in 0..400 {
        socket.say(&ClientFrame::Credit(0)).await;
    }
    assert_faulted(socket.until_closed().await, "rate_limited", 4429);
    let verdicts = other.push(push_of(1, Pen::new_doc(), None, &[])).await;
    assert_eq!(verdicts.id, 1);
    server.stop().await;
}

async fn presence_that_is_not_taken_is_told_so_and_the_connection_goes_on(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let (own, foreign) = (ada.personal_space().await, bob.personal_space().await);
    let mut socket = greeted(&ada).await;
    let here = |space, bytes: usize| {
        ClientFrame::Presence(Presence { space, doc: None, state: Some(vec![0; bytes].into()) })
    };
    for (frame, code) in [(here(foreign, 1), "not_found"), (here(own, 257), "presence_too_large")] {
        socket.say(&frame).await;
        let ServerFrame::Fault(fault) = socket.frame().await else { panic!("a fault") };
        assert_eq!((fault.code.as_str(), fault.fatal), (code, false));
    }
    for _ in 0..20 {
        socket.say(&here(own, 1)).await;
    }
    let ServerFrame::Fault(fault) = socket.frame().await else { panic!("a fault") };
    assert_eq!((fault.code.as_str(), fault.fatal), ("presence_too_fast", false));
    socket.push(push_of(1, Pen::new_doc(), None, &[])).await;
    server.stop().await;
}
