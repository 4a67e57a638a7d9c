//! Which frame may come when.

use umbra_model::{Role, SpaceId, SpaceKind};

use super::super::*;
use super::conversation::*;
use crate::wire::{BadFrame, ClientFrame, Command, Presence, Purged, ServerFrame};

fn every_frame_but_hello() -> Vec<ClientFrame> {
    vec![
        ClientFrame::Push(push(1, 1)),
        ClientFrame::Command(1, Command::CreateSpace(space(9), SpaceKind::List)),
        ClientFrame::Credit(10),
        ClientFrame::Purged(Purged { order: 1 }),
        ClientFrame::Presence(Presence { space: space(1), doc: None, state: None }),
    ]
}

#[test]
fn hello_comes_first() {
    for frame in every_frame_but_hello() {
        let mut it = Conversation::new();
        assert_faulted(&it.say(frame), FaultCode::HelloExpected);
        assert!(it.session.is_ended());
        assert_eq!(it.say(ClientFrame::Hello(hello(Vec::new()))), []);
    }
}

#[test]
fn hello_comes_once() {
    let mut it = Conversation::live(Role::Viewer, 4);
    assert_faulted(&it.say(ClientFrame::Hello(hello(Vec::new()))), FaultCode::HelloRepeated);

    let mut it = Conversation::new();
    assert_eq!(it.say(ClientFrame::Hello(hello(Vec::new()))), [Did::Opens]);
    assert_faulted(&it.say(ClientFrame::Hello(hello(Vec::new()))), FaultCode::HelloRepeated);
}

#[test]
fn hello_comes_in_time() {
    let mut it = Conversation::new();
    let deadline = it.session.deadline().unwrap();
    it.now.0 = deadline.0 - 1;
    assert_eq!(it.hear(Input::Tick), []);
    it.now = deadline;
    assert_faulted(&it.hear(Input::Tick), FaultCode::HelloTimeout);
    assert_eq!(FaultCode::HelloTimeout.close(), Some(CloseCode::Timeout));
    assert_eq!(it.session.deadline(), None);
}

#[test]
fn a_message_that_is_no_frame_ends_it_in_every_state() {
    let bad = || Input::BadFrame(BadFrame::Trailing(1));
    let opening = || {
        let mut it = Conversation::new();
        it.say(ClientFrame::Hello(hello(Vec::new())));
        it
    };
    for mut it in [Conversation::new(), opening(), Conversation::live(Role::Owner, 1)] {
        assert_faulted(&it.hear(bad()), FaultCode::FrameMalformed);
        assert_eq!(it.hear(bad()), [], "what has ended ends only once");
    }
    let mut it = Conversation::new();
    assert_faulted(&it.hear(Input::BadFrame(BadFrame::TooLarge(9))), FaultCode::FrameTooLarge);
    let mut it = Conversation::new();
    assert_faulted(&it.hear(Input::Text), FaultCode::FrameNotBinary);
}

#[test]
fn frames_sent_along_with_hello_wait_for_the_welcome() {
    let mut it = Conversation::new();
    it.say(ClientFrame::Hello(hello(vec![at(1, 4)])));
    assert!(!it.session.takes_frames());
    assert_eq!(it.say(ClientFrame::Push(push(7, 1))), []);
    let did = it.hear(Input::Opened(opened(vec![calendar(1, Role::Editor, 4)])));
    assert!(matches!(did[0], Did::Sent(ServerFrame::Welcome(_))));
    assert_eq!(did[1], Did::Sent(ServerFrame::Current(space(1), 4)));
    assert_eq!(did[2], Did::Judges(push(7, 1)));
    assert!(it.session.takes_frames());
}

#[test]
fn news_that_comes_before_the_welcome_is_not_lost() {
    let mut it = Conversation::new();
    it.say(ClientFrame::Hello(hello(vec![at(1, 4)])));
    assert_eq!(it.publish(public(5, 5)), []);
    let did = it.hear(Input::Opened(opened(vec![calendar(1, Role::Editor, 4)])));
    assert_eq!(load_of(&did).want, Want::Entries(4));
}

#[test]
fn the_welcome_is_followed_by_open_purge_orders() {
    let mut it = Conversation::new();
    it.say(ClientFrame::Hello(hello(Vec::new())));
    let gone = SpaceId(uuid::Uuid::from_u128(1));
    let order =
        crate::wire::PurgeOrder { order: 3, space: gone, doc: None, reason: "removed".into() };
    let opened = Opened { orders: vec![order.clone()], ..opened(Vec::new()) };
    let did = it.hear(Input::Opened(opened));
    assert_eq!(did[1..], [Did::Sent(ServerFrame::Purge(order))]);
    assert_eq!(it.say(ClientFrame::Purged(Purged { order: 3 })), [Did::Confirms(3)]);
}

#[test]
fn an_ended_session_answers_nothing() {
    let mut it = Conversation::live(Role::Owner, 4);
    let closed = it.hear(Input::End(Ending::Revoked));
    assert_eq!(closed, [Did::Closes(CloseCode::Revoked, "session_revoked")]);
    for frame in every_frame_but_hello() {
        assert_eq!(it.say(frame), []);
    }
    assert_eq!(it.publish(public(5, 5)), []);
    assert_eq!(it.hear(Input::Tick), []);
    assert_eq!(it.hear(Input::End(Ending::GoingAway)), []);
}

#[test]
fn every_ending_has_its_code() {
    for (ending, did) in [
        (Ending::GoingAway, Did::Closes(CloseCode::GoingAway, "going_away")),
        (Ending::Revoked, Did::Closes(CloseCode::Revoked, "session_revoked")),
        (Ending::Failed, Did::Closes(CloseCode::Internal, "internal")),
        (Ending::Silent, Did::Closes(CloseCode::Timeout, "silent")),
        (Ending::Gone, Did::Drops),
    ] {
        assert_eq!(Conversation::live(Role::Owner, 1).hear(Input::End(ending)), [did]);
    }
}

#[test]
fn close_codes_are_the_documented_ones() {
    let numbers: Vec<u16> = CloseCode::ALL.iter().map(|code| code.number()).collect();
    assert_eq!(numbers, [1001, 1011, 1013, 4400, 4401, 4403, 4406, 4408, 4409, 4429]);
}
