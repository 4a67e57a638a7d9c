//! Word reaches those it should, within bounds.

use std::collections::BTreeSet;
use std::sync::Arc;

use umbra_model::{ActorPrefix, DeviceId, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::wire::{Event, LogEntry, PurgeOrder};
use uuid::Uuid;

use super::{Doom, Hub, Registration};
use crate::limits::INBOX_MAX;
use crate::sequencer::{Committed, Fanout, MemberChange, Revocation};
use crate::store::{Session, SessionKind};

const SPACE: SpaceId = SpaceId(Uuid::from_u128(0x5));

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn session(n: u128) -> Session {
    Session {
        id: Uuid::from_u128(0x100 + n),
        kind: SessionKind::Bearer,
        user: user(n),
        user_name: String::new(),
        display_name: String::new(),
        admin: false,
        device: DeviceId(Uuid::from_u128(0x200 + n)),
        device_name: String::new(),
        platform: String::new(),
        prefix: ActorPrefix([1; 8]),
        seen_at: umbra_model::Millis(0),
        fresh_at: umbra_model::Millis(0),
        expires_at: None,
        purging: false,
    }
}

fn connect(hub: &Arc<Hub>, n: u128, spaces: &[SpaceId]) -> Registration {
    let place = hub.register(&session(n), 10).unwrap();
    place.follow(spaces.iter().copied().collect());
    place
}

fn committed(from: u64, to: u64) -> Committed {
    let founded =
        |seq| LogEntry { seq, event: Event::Founded { kind: SpaceKind::List, founder: user(1) } };
    Committed {
        space: SPACE,
        kind: SpaceKind::List,
        from,
        to,
        entries: (from..=to).map(founded).collect(),
        origin: None,
        docs: Default::default(),
        members: Vec::new(),
        purges: Vec::new(),
        announce: false,
    }
}

fn commit(hub: &Hub, committed: Committed) {
    hub.committed(Arc::new(committed));
}

#[tokio::test]
async fn who_follows_a_space_hears_of_it_and_nobody_else() {
    let hub = Arc::new(Hub::new());
    let follower = connect(&hub, 1, &[SPACE]);
    let other = connect(&hub, 2, &[SpaceId(Uuid::from_u128(0x6))]);
    commit(&hub, committed(1, 2));
    other.line().set_changed(SPACE);
    let mail = follower.line().mail().await;
    assert_eq!((mail.stretches[0].from, mail.stretches[0].to), (1, 2));
    assert!(other.line().mail().await.stretches.is_empty());
    assert_eq!(hub.live_spaces().len(), 2);
}

#[tokio::test]
async fn a_full_mailbox_only_notes_what_is_behind() {
    let hub = Arc::new(Hub::new());
    let slow = connect(&hub, 1, &[SPACE]);
    for seq in 1..=INBOX_MAX as u64 + 10 {
        commit(&hub, committed(seq, seq));
    }
    let mail = slow.line().mail().await;
    assert_eq!(mail.stretches.len(), INBOX_MAX);
    assert_eq!(mail.behind.into_iter().collect::<Vec<_>>(), [(SPACE, Some(INBOX_MAX as u64 + 10))]);
}

#[tokio::test]
async fn what_was_published_is_no_news_from_another_node() {
    let hub = Arc::new(Hub::new());
    let line = connect(&hub, 1, &[SPACE]);
    commit(&hub, committed(1, 4));
    line.line().mail().await;
    hub.may_have_moved(SPACE, Some(4));
    hub.may_have_moved(SPACE, Some(6));
    hub.may_have_moved(SPACE, Some(6));
    let mail = line.line().mail().await;
    assert_eq!(mail.behind.into_iter().collect::<Vec<_>>(), [(SPACE, Some(6))]);
    hub.may_have_moved(SPACE, None);
    assert_eq!(line.line().mail().await.behind[&SPACE], None);
}

#[tokio::test]
async fn a_lost_member_is_ended_and_a_changed_one_told() {
    let hub = Arc::new(Hub::new());
    let (lost, changed) = (connect(&hub, 1, &[SPACE]), connect(&hub, 2, &[SPACE]));
    let (was, now) = (Some(Role::Viewer), Some(Role::Editor));
    let members = vec![
        MemberChange { user: user(1), was, role: None },
        MemberChange { user: user(2), was, role: now },
        MemberChange { user: user(3), was: None, role: now },
    ];
    commit(&hub, Committed { members, ..committed(1, 1) });
    assert_eq!(lost.line().doom_comes().await, Doom::Lost(SPACE));
    assert!(changed.line().mail().await.changed.contains(&SPACE));
}

#[tokio::test]
async fn orders_go_to_their_device() {
    let hub = Arc::new(Hub::new());
    let (first, second) = (connect(&hub, 1, &[SPACE]), connect(&hub, 2, &[SPACE]));
    let order = |order, doc: Option<u128>| PurgeOrder {
        order,
        space: SPACE,
        doc: doc.map(|it| umbra_model::DocId(Uuid::from_u128(it))),
        reason: "hidden".to_owned(),
    };
    let device = session(1).device;
    let purges = vec![(device, order(1, Some(7))), (device, order(2, None))];
    commit(&hub, Committed { purges, ..committed(1, 1) });
    assert_eq!(first.line().mail().await.purges, [order(1, Some(7))]);
    assert!(second.line().mail().await.purges.is_empty());
}

#[tokio::test]
async fn revoking_returns_when_the_connection_has_ended() {
    let hub = Arc::new(Hub::new());
    let (revoked, other) = (connect(&hub, 1, &[]), connect(&hub, 2, &[]));
    let revoking = {
        let hub = Arc::clone(&hub);
        let device = session(1).device;
        tokio::spawn(async move { hub.revoke(Revocation::Device(device)).await })
    };
    assert_eq!(revoked.line().doom_comes().await, Doom::Revoked);
    assert!(!revoking.is_finished());
    drop(revoked);
    revoking.await.unwrap();
    other.line().set_changed(SPACE);
    assert!(!other.line().mail().await.changed.is_empty(), "others go on");
}

#[tokio::test]
async fn a_connection_that_does_not_end_is_cut_off() {
    let hub = Arc::new(Hub::new());
    let stuck = connect(&hub, 1, &[]);
    hub.revoke(Revocation::User(user(1))).await;
    stuck.line().cut_off().await;
}

#[tokio::test]
async fn an_account_has_so_many_sockets() {
    let hub = Arc::new(Hub::new());
    let mut places: Vec<_> = (0..3).map(|_| hub.register(&session(1), 3).unwrap()).collect();
    assert!(hub.register(&session(1), 3).is_err());
    assert!(hub.register(&session(2), 3).is_ok());
    places.pop();
    assert!(hub.register(&session(1), 3).is_ok());
    drop(places);
    assert!(hub.is_empty());
    assert_eq!(hub.live_spaces(), []);
}

#[tokio::test]
async fn following_says_what_is_new_and_lets_go_of_the_rest() {
    let hub = Arc::new(Hub::new());
    let place = hub.register(&session(1), 10).unwrap();
    let other = SpaceId(Uuid::from_u128(0x6));
    assert!(place.follow(BTreeSet::from([SPACE])));
    assert!(!place.follow(BTreeSet::from([SPACE])));
    assert!(place.follow(BTreeSet::from([other])));
    assert_eq!(hub.live_spaces(), [other]);
}
