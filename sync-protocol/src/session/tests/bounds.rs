//! Every bound has its named answer.

use umbra_model::{Role, SpaceKind};

use super::super::*;
use super::conversation::*;
use crate::limits::*;
use crate::wire::{
    Accepted, Answer, ClientFrame, Command, Hello, PushItem, Receipt, ServerFrame, Verdict,
};

#[track_caller]
fn hello_is(change: impl FnOnce(&mut Hello), expected: Result<(), FaultCode>) {
    let mut hello = hello(Vec::new());
    change(&mut hello);
    let did = Conversation::new().say(ClientFrame::Hello(hello));
    match expected {
        Ok(()) => assert_eq!(did, [Did::Opens]),
        Err(code) => assert_faulted(&did, code),
    }
}

#[test]
fn a_hello_keeps_to_its_bounds() {
    let cursors = |n: usize| (0..n as u128).map(|n| at(n, 1)).collect::<Vec<_>>();
    hello_is(|it| it.cursors = cursors(CURSORS_MAX), Ok(()));
    hello_is(|it| it.cursors = cursors(CURSORS_MAX + 1), Err(FaultCode::HelloInvalid));
    hello_is(|it| it.cursors = vec![at(1, 1), at(1, 2)], Err(FaultCode::HelloInvalid));
    hello_is(|it| it.agent = "a".repeat(NAME_BYTES_MAX), Ok(()));
    hello_is(|it| it.agent = "a".repeat(NAME_BYTES_MAX + 1), Err(FaultCode::HelloInvalid));
    hello_is(|it| it.credit = CREDIT_BYTES_MAX, Ok(()));
    hello_is(|it| it.credit = CREDIT_BYTES_MAX + 1, Err(FaultCode::HelloInvalid));
    hello_is(|it| it.version = 0, Err(FaultCode::VersionUnsupported));
    hello_is(|it| it.version = u16::MAX, Ok(()));
}

#[test]
fn a_push_keeps_to_its_bounds() {
    let mut it = Conversation::live(Role::Editor, 1);
    let full = push(1, PUSH_CHUNKS_MAX);
    assert_eq!(it.say(ClientFrame::Push(full.clone())), [Did::Judges(full)]);
    assert_faulted(
        &it.say(ClientFrame::Push(push(2, PUSH_CHUNKS_MAX + 1))),
        FaultCode::PushTooLarge,
    );

    let mut it = Conversation::live(Role::Editor, 1);
    let mut wide = push(1, 0);
    wide.items = (0..=PUSH_ITEMS_MAX as u128)
        .map(|n| PushItem { doc: doc(n), create: None, chunks: Vec::new(), receipts: None })
        .collect();
    assert_faulted(&it.say(ClientFrame::Push(wide)), FaultCode::PushTooLarge);
}

#[test]
fn receipts_come_one_a_change() {
    let receipt = Accepted { space: space(1), seq: 1, receipt: Receipt([0; 16]) };
    for (receipts, fits) in [(1, true), (0, false), (2, false)] {
        let mut it = Conversation::live(Role::Editor, 1);
        let mut sealed = push(1, 1);
        sealed.items[0].receipts = Some(vec![receipt.clone(); receipts]);
        let did = it.say(ClientFrame::Push(sealed.clone()));
        if fits {
            assert_eq!(did, [Did::Judges(sealed)]);
        } else {
            assert_faulted(&did, FaultCode::PushInvalid);
        }
    }
}

#[test]
fn a_push_number_is_used_again_only_when_it_was_answered() {
    let mut it = Conversation::live(Role::Editor, 1);
    it.say(ClientFrame::Push(push(1, 1)));
    it.hear(Input::Judged(Judged { id: 1, verdicts: Vec::new(), stretches: Vec::new() }));
    assert_eq!(it.say(ClientFrame::Push(push(1, 1))), [Did::Judges(push(1, 1))]);
    assert_faulted(&it.say(ClientFrame::Push(push(1, 1))), FaultCode::PushInvalid);
}

#[test]
fn unanswered_pushes_and_commands_are_bounded() {
    let mut it = Conversation::live(Role::Editor, 1);
    for id in 0..PUSHES_IN_FLIGHT_MAX as u32 {
        assert_eq!(it.say(ClientFrame::Push(push(id, 1))), [Did::Judges(push(id, 1))]);
    }
    let one_more = it.say(ClientFrame::Push(push(9_999, 1)));
    assert_faulted(&one_more, FaultCode::TooManyInFlight);

    let mut it = Conversation::live(Role::Editor, 1);
    let command = Command::CreateSpace(space(2), SpaceKind::List);
    for id in 0..COMMANDS_IN_FLIGHT_MAX as u32 {
        let did = it.say(ClientFrame::Command(id, command.clone()));
        assert_eq!(did, [Did::Carries(id, command.clone())]);
    }
    it.hear(Input::Answered(Answer { id: 0, error: None }));
    assert!(!it.say(ClientFrame::Command(64, command.clone())).is_empty());
    assert_faulted(&it.say(ClientFrame::Command(65, command)), FaultCode::TooManyInFlight);
}

#[test]
fn a_client_with_much_unanswered_is_slowed_down() {
    let mut it = Conversation::live(Role::Editor, 1);
    for id in 0..4 {
        assert!(it.session.takes_frames());
        it.now.0 += 60_000;
        it.hear(Input::Frame(ClientFrame::Push(push(id, 1)), FRAME_BYTES_MAX));
    }
    assert!(!it.session.takes_frames());
    it.hear(Input::Judged(Judged { id: 2, verdicts: Vec::new(), stretches: Vec::new() }));
    assert!(it.session.takes_frames());
}

#[test]
fn frames_and_bytes_a_second_are_bounded() {
    let mut it = Conversation::live(Role::Editor, 1);
    let burst = 2 * RATES.frames - 1;
    assert!((0..burst).all(|_| it.say(ClientFrame::Credit(0)).is_empty()));
    assert_faulted(&it.say(ClientFrame::Credit(0)), FaultCode::RateLimited);
    assert_eq!(FaultCode::RateLimited.close(), Some(CloseCode::TooMany));

    let mut it = Conversation::live(Role::Editor, 1);
    for _ in 0..1 {
        assert_eq!(it.hear(Input::Frame(ClientFrame::Credit(0), 1 << 20)), []);
    }
    let faulted = it.hear(Input::Frame(ClientFrame::Credit(0), 1 << 20));
    assert_faulted(&faulted, FaultCode::RateLimited);
}

#[test]
fn credit_is_bounded() {
    let mut it = Conversation::live(Role::Editor, 1);
    assert_eq!(it.say(ClientFrame::Credit(CREDIT_BYTES_MAX - (1 << 20))), []);
    assert_faulted(&it.say(ClientFrame::Credit(1)), FaultCode::CreditTooLarge);
}

#[test]
fn frames_held_before_the_welcome_are_bounded() {
    let mut it = Conversation::new();
    it.say(ClientFrame::Hello(hello(Vec::new())));
    for id in 0..PUSHES_IN_FLIGHT_MAX as u32 {
        assert_eq!(it.say(ClientFrame::Push(push(id, 1))), []);
    }
    assert_faulted(&it.say(ClientFrame::Push(push(64, 1))), FaultCode::TooManyInFlight);
}

#[test]
fn equivocation_is_told_and_ends_it() {
    let mut it = Conversation::live(Role::Editor, 1);
    it.say(ClientFrame::Push(push(1, 1)));
    let refused = Verdict::Refused {
        hash: None,
        code: "equivocation".into(),
        path: None,
        rule: None,
        permanent: true,
    };
    let judged = Judged { id: 1, verdicts: vec![refused], stretches: Vec::new() };
    let did = it.hear(Input::Judged(judged));
    assert!(matches!(did[0], Did::Sent(ServerFrame::Verdicts(_))));
    assert_faulted(&did[1..], FaultCode::Equivocation);
    assert_eq!(FaultCode::Equivocation.close(), Some(CloseCode::Equivocation));
}
