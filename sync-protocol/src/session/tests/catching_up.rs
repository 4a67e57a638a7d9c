//! From a cursor to live.

use umbra_model::{DocId, Role};

use super::super::*;
use super::conversation::*;
use crate::wire::{Body, ClientFrame, Cursor, Epoch, Hello, Pack, ServerFrame, SpaceState};

#[track_caller]
fn welcomed(did: &[Did]) -> &[SpaceState] {
    match &did[0] {
        Did::Sent(ServerFrame::Welcome(welcome)) => &welcome.spaces,
        other => panic!("expected a welcome, found {other:?}"),
    }
}

fn pack(head: u64, packed_to: u128, last: bool) -> PackPage {
    PackPage {
        head,
        packed_to: Some(doc(packed_to)),
        last,
        body: Body::pack::<u8>(&[]),
        events: None,
    }
}

fn sent_pack(seq: u64, packed_to: u128, last: bool) -> Did {
    let body = Body::pack::<u8>(&[]);
    let packed_to = Some(doc(packed_to));
    Did::Sent(ServerFrame::Pack(Pack { space: space(1), seq, packed_to, last, body, events: None }))
}

#[test]
fn who_has_everything_is_told_so_and_nothing_is_read() {
    let spaces = (0..100).map(|n| calendar(n, Role::Viewer, 5)).collect();
    let cursors = (0..100).map(|n| at(n, 5)).collect();
    let (_, did) = Conversation::with(spaces, cursors);
    assert_eq!(did.len(), 101);
    assert!(did[1..].iter().all(|it| matches!(it, Did::Sent(ServerFrame::Current(_, 5)))));
}

#[test]
fn a_catch_up_reads_on_until_the_head() {
    let (mut it, did) = Conversation::with(vec![calendar(1, Role::Viewer, 9)], vec![at(1, 4)]);
    let load = load_of(&did);
    assert_eq!((load.space, load.want, load.views), (space(1), Want::Entries(4), false));

    let page = entries_page(7, 9, &[change(5), change(7)]);
    let did = it.hear(Input::Page(Page::Entries(load.ticket, page)));
    assert_eq!(entries_of(&did[0]), (5, 7, vec![5, 7]));
    let load = load_of(&did);
    assert_eq!(load.want, Want::Entries(7));

    let page = entries_page(9, 9, &[]);
    let did = it.hear(Input::Page(Page::Entries(load.ticket, page)));
    assert_eq!(entries_of(&did[0]), (8, 9, vec![]), "hidden entries advance the cursor too");
    assert_eq!(did[1..], [Did::Sent(ServerFrame::Current(space(1), 9))]);
}

#[test]
fn a_cold_start_sends_documents_and_then_what_came_since() {
    let (mut it, did) = Conversation::with(vec![calendar(1, Role::Viewer, 9)], Vec::new());
    assert!(!welcomed(&did)[0].reset);
    let load = load_of(&did);
    assert_eq!(load.want, Want::Pack(None));
    let did = it.hear(Input::Page(Page::Pack(load.ticket, pack(9, 1, false))));
    assert_eq!(did[0], sent_pack(9, 1, false));

    let load = load_of(&did);
    assert_eq!(load.want, Want::Pack(Some(doc(1))));
    let did = it.hear(Input::Page(Page::Pack(load.ticket, pack(11, 2, true))));
    assert_eq!(did[0], sent_pack(9, 2, true), "the base is that of the first page");
    assert_eq!(load_of(&did).want, Want::Entries(9));
}

#[test]
fn a_cold_start_of_a_quiet_space_ends_live() {
    let (mut it, did) = Conversation::with(vec![calendar(1, Role::Viewer, 9)], Vec::new());
    let page = Page::Pack(load_of(&did).ticket, pack(9, 1, true));
    let did = it.hear(Input::Page(page));
    assert_eq!(did[1..], [Did::Sent(ServerFrame::Current(space(1), 9))]);
    assert_eq!(entries_of(&it.publish(public(10, 10))[0]), (10, 10, vec![10]));
}

#[test]
fn a_cold_start_goes_on_where_it_broke_off() {
    let cursor = Cursor { space: space(1), seq: 9, packed_to: Some(doc(1)) };
    let (mut it, did) = Conversation::with(vec![calendar(1, Role::Viewer, 12)], vec![cursor]);
    let load = load_of(&did);
    assert_eq!(load.want, Want::Pack(Some(doc(1))));
    let did = it.hear(Input::Page(Page::Pack(load.ticket, pack(12, 2, true))));
    assert_eq!(did[0], sent_pack(9, 2, true), "the base stays that of the first attempt");
    assert_eq!(load_of(&did).want, Want::Entries(9));
}

#[test]
fn a_cursor_from_the_future_is_reset_and_the_client_asked_to_give_back() {
    let (_, did) = Conversation::with(vec![calendar(1, Role::Viewer, 9)], vec![at(1, 10)]);
    let state = &welcomed(&did)[0];
    assert!(state.reset && state.recovering);
    assert_eq!(did[1], Did::Ahead(space(1), 10));
    assert_eq!(load_of(&did).want, Want::Pack(None));
}

#[test]
fn cursors_of_another_epoch_are_reset() {
    for epoch in [None, Some(Epoch([8; 16]))] {
        let mut it = Conversation::new();
        let hello = Hello { epoch, ..hello(vec![at(1, 4)]) };
        it.say(ClientFrame::Hello(hello));
        let both = vec![calendar(1, Role::Viewer, 9), calendar(2, Role::Viewer, 9)];
        let did = it.hear(Input::Opened(opened(both)));
        let resets: Vec<bool> = welcomed(&did).iter().map(|state| state.reset).collect();
        assert_eq!(resets, [true, false], "where there is no cursor there is nothing to reset");
        assert!(!welcomed(&did)[0].recovering, "the database says whether it recovers");
        assert_eq!(load_of(&did).want, Want::Pack(None));
    }
}

#[test]
fn a_log_that_shrinks_while_connected_is_a_reset() {
    let mut it = Conversation::live(Role::Viewer, 9);
    let load = load_of(&it.news(News::Behind(space(1), None)));
    let did = it.hear(Input::Page(Page::Entries(load.ticket, entries_page(9, 3, &[]))));
    let expected = SpaceState { reset: true, recovering: true, ..calendar(1, Role::Viewer, 3) };
    assert_eq!(did[..2], [Did::Ahead(space(1), 9), Did::Sent(ServerFrame::Space(expected))]);
    assert_eq!(load_of(&did).want, Want::Pack(None));
}

#[test]
fn a_head_that_the_client_has_is_no_news() {
    let mut it = Conversation::live(Role::Viewer, 9);
    assert_eq!(it.news(News::Behind(space(1), Some(9))), []);
    assert_eq!(load_of(&it.news(News::Behind(space(1), Some(10)))).want, Want::Entries(9));
}

#[test]
fn one_page_is_read_at_a_time_and_the_spaces_take_turns() {
    let spaces = vec![calendar(1, Role::Viewer, 9), calendar(2, Role::Viewer, 9)];
    let (mut it, did) = Conversation::with(spaces, vec![at(1, 1), at(2, 1)]);
    assert_eq!(did.iter().filter(|it| matches!(it, Did::Loads(_))).count(), 1);
    let first = load_of(&did);
    let did = it.hear(Input::Page(Page::Entries(first.ticket, entries_page(5, 9, &[]))));
    let second = load_of(&did);
    assert_ne!(first.space, second.space);
    let did = it.hear(Input::Page(Page::Entries(second.ticket, entries_page(5, 9, &[]))));
    assert_eq!(load_of(&did).space, first.space);
}

#[test]
fn nothing_is_read_or_sent_without_credit() {
    let mut it = Conversation::new();
    it.say(ClientFrame::Hello(Hello { credit: 0, ..hello(vec![at(1, 4)]) }));
    let did = it.hear(Input::Opened(opened(vec![calendar(1, Role::Viewer, 9)])));
    assert_eq!(did.len(), 1, "a welcome costs no credit: {did:?}");
    let load = load_of(&it.say(ClientFrame::Credit(1)));

    let did = it.hear(Input::Page(Page::Entries(load.ticket, entries_page(7, 9, &[change(5)]))));
    assert_eq!(did.len(), 1, "one frame may go beyond the credit, and no second: {did:?}");
    assert_eq!(it.say(ClientFrame::Credit(1)), []);
    assert_eq!(load_of(&it.say(ClientFrame::Credit(1 << 10))).want, Want::Entries(7));
}

#[test]
fn a_live_stream_without_credit_falls_back_to_the_log() {
    let mut it = Conversation::new();
    it.say(ClientFrame::Hello(Hello { credit: 1, ..hello(vec![at(1, 4)]) }));
    it.hear(Input::Opened(opened(vec![calendar(1, Role::Viewer, 4)])));
    assert_eq!(entries_of(&it.publish(public(5, 5))[0]), (5, 5, vec![5]));
    assert_eq!(it.publish(public(6, 6)), []);
    assert_eq!(it.publish(public(7, 7)), []);
    assert_eq!(load_of(&it.say(ClientFrame::Credit(1 << 10))).want, Want::Entries(5));
}

#[test]
fn what_is_published_while_a_page_is_read_is_not_lost() {
    let (mut it, did) = Conversation::with(vec![calendar(1, Role::Viewer, 9)], vec![at(1, 4)]);
    let load = load_of(&did);
    assert_eq!(it.publish(public(10, 10)), []);
    let did = it.hear(Input::Page(Page::Entries(load.ticket, entries_page(9, 9, &[]))));
    assert_eq!(load_of(&did).want, Want::Entries(9), "the page was of a moment before");
}

#[test]
fn a_hint_while_a_page_is_read_makes_it_read_once_more() {
    let (mut it, did) = Conversation::with(vec![calendar(1, Role::Viewer, 9)], vec![at(1, 4)]);
    let load = load_of(&did);
    assert_eq!(it.news(News::Behind(space(1), None)), []);
    let did = it.hear(Input::Page(Page::Entries(load.ticket, entries_page(9, 9, &[]))));
    let load = load_of(&did);
    let did = it.hear(Input::Page(Page::Entries(load.ticket, entries_page(9, 9, &[]))));
    assert_eq!(did, [Did::Sent(ServerFrame::Current(space(1), 9))]);
}

#[test]
fn a_page_that_nobody_waits_for_is_dropped() {
    let (mut it, did) = Conversation::with(vec![calendar(1, Role::Editor, 9)], Vec::new());
    let stale = load_of(&did);
    let did = it.news(News::Space(calendar(1, Role::Owner, 9)));
    let fresh = load_of(&did);
    assert_ne!(stale.ticket, fresh.ticket);
    assert_eq!(it.hear(Input::Page(Page::Pack(stale.ticket, pack(9, 1, true)))), []);
    let did = it.hear(Input::Page(Page::Pack(fresh.ticket, pack(9, 1, true))));
    assert_eq!(did[0], sent_pack(9, 1, true));
}

#[test]
fn a_failing_database_ends_it_and_a_lost_membership_stops_the_stream() {
    let (mut it, did) = Conversation::with(vec![calendar(1, Role::Viewer, 9)], vec![at(1, 4)]);
    let load = load_of(&did);
    let did = it.hear(Input::Page(Page::Failed(load.ticket)));
    assert_eq!(did, [Did::Closes(CloseCode::Internal, "internal")]);

    let (mut it, did) = Conversation::with(vec![calendar(1, Role::Viewer, 9)], vec![at(1, 4)]);
    assert_eq!(it.hear(Input::Page(Page::Gone(load_of(&did).ticket))), []);
    assert_eq!(it.publish(public(10, 10)), []);
}

#[test]
fn an_empty_space_has_a_pack_too() {
    let (mut it, did) = Conversation::with(vec![calendar(1, Role::Viewer, 1)], Vec::new());
    let page = PackPage {
        head: 1,
        packed_to: None::<DocId>,
        last: true,
        body: Body::pack::<u8>(&[]),
        events: None,
    };
    let did = it.hear(Input::Page(Page::Pack(load_of(&did).ticket, page)));
    assert_eq!(did.len(), 2);
}
