//! Who is where.

use umbra_model::{DeviceId, Privacy, Role};

use super::super::*;
use super::conversation::*;
use crate::limits::{PRESENCE_BYTES_MAX, PRESENCE_PER_SECOND_MAX};
use crate::wire::{ClientFrame, Peer, Presence, ServerFrame};

fn here(n: u128, bytes: usize) -> Presence {
    Presence { space: space(n), doc: Some(doc(1)), state: Some(vec![1; bytes].into()) }
}

fn viewer(role: Role) -> Viewer {
    Viewer { user: ME, role }
}

#[test]
fn it_is_told_to_the_others() {
    let mut it = Conversation::live(Role::Viewer, 4);
    let did = it.say(ClientFrame::Presence(here(1, PRESENCE_BYTES_MAX)));
    assert_eq!(did, [Did::Tells(viewer(Role::Viewer), here(1, PRESENCE_BYTES_MAX))]);
}

#[test]
fn in_a_space_that_is_not_theirs_it_looks_like_there_is_none() {
    let mut it = Conversation::live(Role::Viewer, 4);
    assert_faulted(&it.say(ClientFrame::Presence(here(2, 1))), FaultCode::NotFound);
    assert!(!it.session.is_ended());
}

#[test]
fn a_large_state_is_dropped_and_said_so() {
    let mut it = Conversation::live(Role::Viewer, 4);
    let did = it.say(ClientFrame::Presence(here(1, PRESENCE_BYTES_MAX + 1)));
    assert_faulted(&did, FaultCode::PresenceTooLarge);
    assert!(!it.session.is_ended());
}

#[test]
fn too_fast_is_dropped_but_a_goodbye_passes() {
    let mut it = Conversation::live(Role::Viewer, 4);
    for _ in 0..2 * PRESENCE_PER_SECOND_MAX {
        assert_eq!(it.say(ClientFrame::Presence(here(1, 1))).len(), 1);
    }
    assert_faulted(&it.say(ClientFrame::Presence(here(1, 1))), FaultCode::PresenceTooFast);
    let goodbye = Presence { state: None, ..here(1, 1) };
    let did = it.say(ClientFrame::Presence(goodbye.clone()));
    assert_eq!(did, [Did::Tells(viewer(Role::Viewer), goodbye)]);
    it.now.0 += 1_000;
    assert_eq!(it.say(ClientFrame::Presence(here(1, 1))).len(), 1);
}

#[test]
fn who_ends_says_goodbye_everywhere() {
    let spaces = vec![calendar(1, Role::Viewer, 1), calendar(2, Role::Editor, 1)];
    let (mut it, _) = Conversation::with(spaces, vec![at(1, 1), at(2, 1)]);
    it.say(ClientFrame::Presence(here(1, 1)));
    it.say(ClientFrame::Presence(here(2, 1)));
    let goodbye = |n| Presence { state: None, ..here(n, 1) };
    let did = it.hear(Input::End(Ending::Gone));
    assert_eq!(
        did,
        [
            Did::Tells(viewer(Role::Viewer), goodbye(1)),
            Did::Tells(viewer(Role::Editor), goodbye(2)),
            Did::Drops
        ]
    );
}

#[test]
fn a_peer_is_shown_to_those_who_see_the_document() {
    let peer = Peer {
        user: OTHER,
        device: DeviceId::from_bytes([2; 16]),
        space: space(1),
        doc: Some(doc(1)),
        state: None,
    };
    let seen = |about| News::Peer(PeerSeen { peer: peer.clone(), about });
    let shown = [Did::Sent(ServerFrame::Presence(peer.clone()))];
    let secret = sight(Privacy::Secret, OTHER);

    let mut viewer = Conversation::live(Role::Viewer, 4);
    assert_eq!(viewer.news(seen(None)), shown);
    assert_eq!(viewer.news(seen(Some(sight(Privacy::Default, OTHER)))), shown);
    assert_eq!(viewer.news(seen(Some(secret))), []);
    assert_eq!(Conversation::live(Role::Owner, 4).news(seen(Some(secret))), shown);

    let (mut stranger, _) = Conversation::with(vec![calendar(2, Role::Owner, 1)], vec![at(2, 1)]);
    assert_eq!(stranger.news(seen(None)), []);
}
