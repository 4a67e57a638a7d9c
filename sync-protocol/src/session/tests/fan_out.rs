//! What is committed, to those who may see it.

use umbra_model::{Privacy, Role, UserId};

use super::super::*;
use super::conversation::*;
use crate::wire::{ClientFrame, Cover, Hello, PurgeOrder, ServerFrame, SpaceState};

#[test]
fn stretches_follow_each_other_without_gaps() {
    let mut it = Conversation::live(Role::Viewer, 4);
    assert_eq!(entries_of(&it.publish(public(5, 6))[0]), (5, 6, vec![5, 6]));
    assert_eq!(it.publish(public(5, 6)), [], "what was sent is not sent again");
    assert_eq!(entries_of(&it.publish(public(7, 7))[0]), (7, 7, vec![7]));
    assert_eq!(
        entries_of(&it.publish(public(7, 8))[0]),
        (7, 8, vec![7, 8]),
        "an overlap is harmless"
    );
    let did = it.publish(public(10, 10));
    assert_eq!(load_of(&did).want, Want::Entries(8), "a gap is read from the log");
}

#[test]
fn members_get_what_they_may_see_and_the_cursor_moves_on() {
    let secret = sight(Privacy::Secret, OTHER);
    let open = sight(Privacy::Default, OTHER);
    for (role, seen) in [
        (Role::Viewer, vec![6]),
        (Role::Editor, vec![6]),
        (Role::Manager, vec![6]),
        (Role::Owner, vec![5, 6, 7]),
    ] {
        let mut it = Conversation::live(role, 4);
        let did = it.publish(stretch(5, &[secret, open, secret]));
        assert_eq!(entries_of(&did[0]), (5, 7, seen));
    }
}

#[test]
fn who_created_a_secret_sees_it() {
    let mine = sight(Privacy::Secret, ME);
    let theirs = sight(Privacy::Secret, OTHER);
    let mut it = Conversation::live(Role::Editor, 4);
    let did = it.publish(stretch(5, &[mine, theirs]));
    assert_eq!(entries_of(&did[0]), (5, 6, vec![5]));
}

#[test]
fn all_who_see_the_same_get_the_same_bytes() {
    let published = stretch(5, &[sight(Privacy::Default, OTHER), sight(Privacy::Busy, OTHER)]);
    let viewer = |n, role| Viewer { user: UserId(uuid::Uuid::from_u128(n)), role };
    let of = |viewer, views| published.frame_for(viewer, views);
    let first = of(viewer(1, Role::Viewer), false);
    let second = of(viewer(2, Role::Editor), false);
    assert_eq!(first.as_ptr(), second.as_ptr(), "encoded once");
    assert_ne!(first, of(viewer(3, Role::Owner), false));
    assert_ne!(first, of(viewer(1, Role::Viewer), true));
    let (a, b) =
        (of(viewer(3, Role::Owner), true), of(viewer(OTHER.0.as_u128(), Role::Editor), true));
    assert_eq!(a.as_ptr(), b.as_ptr());
}

#[test]
fn views_go_to_those_who_asked_for_them() {
    for views in [false, true] {
        let mut it = Conversation::new();
        it.say(ClientFrame::Hello(Hello { views, ..hello(vec![at(1, 4)]) }));
        it.hear(Input::Opened(opened(vec![calendar(1, Role::Viewer, 4)])));
        let did = it.publish(public(5, 5));
        let Did::Sent(ServerFrame::Entries(entries)) = &did[0] else { panic!("{did:?}") };
        let entry = &entries.body.unpack::<crate::wire::LogEntry>().unwrap()[0];
        let crate::wire::Event::Change { view, .. } = &entry.event else { panic!("{entry:?}") };
        assert_eq!(view.is_some(), views);
    }
}

#[test]
fn a_revealed_document_is_read_from_the_log() {
    let was = sight(Privacy::Secret, OTHER);
    let now = sight(Privacy::Default, OTHER);
    let published = || {
        let entry = PublishedEntry { entry: change(5), about: Some(now) };
        Published::new(space(1), 5, 5, vec![entry], vec![Revealing { was, now }])
    };
    let mut it = Conversation::live(Role::Viewer, 4);
    assert_eq!(load_of(&it.publish(published())).want, Want::Entries(4));
    let mut it = Conversation::live(Role::Owner, 4);
    assert_eq!(entries_of(&it.publish(published())[0]), (5, 5, vec![5]), "the owner had it");
}

fn judged(stretches: Vec<Cover>) -> Input {
    Input::Judged(Judged { id: 1, verdicts: Vec::new(), stretches })
}

#[track_caller]
fn covers(did: &[Did]) -> &[Cover] {
    match &did[0] {
        Did::Sent(ServerFrame::Verdicts(verdicts)) => &verdicts.covers,
        other => panic!("expected verdicts, found {other:?}"),
    }
}

#[test]
fn who_pushed_needs_no_echo() {
    let mut it = Conversation::live(Role::Editor, 4);
    it.say(ClientFrame::Push(push(1, 2)));
    let did = it.hear(judged(vec![cover(5, 6)]));
    assert_eq!(covers(&did), [cover(5, 6)]);
    assert_eq!(it.publish(public(5, 6)), []);
    assert_eq!(entries_of(&it.publish(public(7, 7))[0]), (7, 7, vec![7]));
}

#[test]
fn a_cover_that_does_not_join_is_left_out_and_echoed() {
    let mut it = Conversation::live(Role::Editor, 4);
    it.say(ClientFrame::Push(push(1, 1)));
    let did = it.hear(judged(vec![cover(6, 6)]));
    assert_eq!(covers(&did), [], "5 is still to come");
    assert_eq!(entries_of(&it.publish(public(5, 5))[0]), (5, 5, vec![5]));
    assert_eq!(entries_of(&it.publish(public(6, 6))[0]), (6, 6, vec![6]));
}

#[test]
fn a_cover_of_a_stream_that_is_not_live_is_left_out() {
    let (mut it, _) = Conversation::with(vec![calendar(1, Role::Editor, 4)], Vec::new());
    it.say(ClientFrame::Push(push(1, 1)));
    assert_eq!(covers(&it.hear(judged(vec![cover(5, 5)]))), []);
    let elsewhere = Cover { space: space(9), from: 1, to: 1 };
    it.say(ClientFrame::Push(push(1, 1)));
    assert_eq!(covers(&it.hear(judged(vec![elsewhere]))), []);
}

#[test]
fn a_space_that_is_gained_starts_from_cold() {
    let mut it = Conversation::live(Role::Owner, 4);
    let did = it.news(News::Space(calendar(2, Role::Viewer, 30)));
    assert_eq!(did[0], Did::Sent(ServerFrame::Space(calendar(2, Role::Viewer, 30))));
    assert_eq!((load_of(&did).space, load_of(&did).want), (space(2), Want::Pack(None)));
}

#[test]
fn another_role_is_told_and_the_stream_goes_on() {
    let mut it = Conversation::live(Role::Viewer, 4);
    let did = it.news(News::Space(calendar(1, Role::Editor, 4)));
    assert_eq!(did, [Did::Sent(ServerFrame::Space(calendar(1, Role::Editor, 4)))]);
    assert_eq!(entries_of(&it.publish(public(5, 5))[0]), (5, 5, vec![5]));
}

#[test]
fn a_role_that_sees_more_starts_the_space_again() {
    let mut it = Conversation::live(Role::Editor, 4);
    let did = it.news(News::Space(calendar(1, Role::Owner, 4)));
    let expected = SpaceState { reset: true, ..calendar(1, Role::Owner, 4) };
    assert_eq!(did[0], Did::Sent(ServerFrame::Space(expected)));
    assert_eq!(load_of(&did).want, Want::Pack(None));
}

#[test]
fn word_of_a_space_with_an_older_head_loses_nothing() {
    let (mut it, did) = Conversation::with(vec![calendar(1, Role::Viewer, 9)], vec![at(1, 4)]);
    let load = load_of(&did);
    it.publish(public(10, 10));
    it.news(News::Space(calendar(1, Role::Editor, 9)));
    let did = it.hear(Input::Page(Page::Entries(load.ticket, entries_page(9, 9, &[]))));
    assert_eq!(load_of(&did).want, Want::Entries(9));
}

#[test]
fn a_space_that_is_lost_is_purged_and_the_connection_ends() {
    let mut it = Conversation::live(Role::Viewer, 4);
    let order = PurgeOrder { order: 8, space: space(1), doc: None, reason: "removed".into() };
    let did = it.news(News::Lost(space(1), vec![order.clone()]));
    assert_eq!(
        did,
        [
            Did::Sent(ServerFrame::Purge(order)),
            Did::Closes(CloseCode::AccessChanged, "access_changed")
        ]
    );
    assert_eq!(it.publish(public(5, 5)), []);
}

#[test]
fn a_document_that_is_hidden_is_purged_and_the_connection_goes_on() {
    let mut it = Conversation::live(Role::Viewer, 4);
    let order =
        PurgeOrder { order: 8, space: space(1), doc: Some(doc(1)), reason: "hidden".into() };
    let did = it.news(News::Purge(order.clone()));
    assert_eq!(did, [Did::Sent(ServerFrame::Purge(order))]);
    assert_eq!(entries_of(&it.publish(public(5, 5))[0]), (5, 5, vec![5]));
}

#[test]
fn news_of_a_space_that_the_user_does_not_have_is_not_passed_on() {
    let mut it = Conversation::live(Role::Viewer, 4);
    let elsewhere = Published::new(space(7), 5, 5, Vec::new(), Vec::new());
    assert_eq!(it.publish(elsewhere), []);
    assert_eq!(it.news(News::Behind(space(7), None)), []);
}
