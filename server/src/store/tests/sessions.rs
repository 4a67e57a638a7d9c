//! Sessions, tokens and failures, as far as no request shows them.

use umbra_model::Millis;

use crate::store::exam::{Author, TestDatabase, World, exam, fresh};
use crate::store::{
    AppPassword, Attempt, Lockout, NewApiToken, NewSession, STALE, Scope, SessionKind, Store,
    StoreError, TokenAccess,
};

exam!(
    a_renewed_session_opens_by_its_new_token_only,
    more_rights_make_every_session_stale,
    everything_of_an_account_ends_by_one_call,
    failures_are_forgotten_unless_they_lock
);

async fn session(store: &Store, of: &Author, hash: u8) -> uuid::Uuid {
    let new = NewSession {
        id: fresh(),
        token_hash: [hash; 32],
        user: of.user,
        device: of.device,
        kind: SessionKind::Bearer,
        expires_at: None,
        address: None,
        agent: None,
    };
    store.begin_session(&new, 10, Millis(1_000)).await.unwrap();
    new.id
}

async fn a_renewed_session_opens_by_its_new_token_only(database: TestDatabase) {
    let world = World::over(database).await;
    let ann = world.person("ann").await;
    let store = &world.store;
    let id = session(store, &ann, 1).await;
    store.renew_session(id, &[2; 32], Millis(5_000)).await.unwrap();
    assert_eq!(store.session(&[1; 32]).await.unwrap(), None);
    let renewed = store.session(&[2; 32]).await.unwrap().unwrap();
    assert_eq!((renewed.id, renewed.fresh_at), (id, Millis(5_000)));
    assert!(store.standing(id).await.unwrap().is_some(), "its sockets stay");
    store.end_session(id).await.unwrap();
    let ended = store.renew_session(id, &[3; 32], Millis(6_000)).await;
    assert!(matches!(ended, Err(StoreError::Missing)));
}

async fn more_rights_make_every_session_stale(database: TestDatabase) {
    let world = World::over(database).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let store = &world.store;
    for (who, hash) in [(&ann, 1), (&ann, 2), (&bob, 3)] {
        session(store, who, hash).await;
    }
    assert_eq!(store.stale_sessions(ann.user).await.unwrap(), 2);
    for (hash, expected) in [(1, STALE), (2, STALE), (3, Millis(1_000))] {
        assert_eq!(store.session(&[hash; 32]).await.unwrap().unwrap().fresh_at, expected);
    }
}

async fn everything_of_an_account_ends_by_one_call(database: TestDatabase) {
    let world = World::over(database).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (store, now) = (&world.store, Millis(1_000));
    for (who, n) in [(&ann, 1), (&bob, 2)] {
        let scope = Scope { access: TokenAccess::Read, kinds: Default::default() };
        let token = NewApiToken {
            id: fresh(),
            token_hash: [n; 32],
            user: who.user,
            name: "script".to_owned(),
            scope,
            expires_at: Millis(9_000),
        };
        store.create_api_token(&token, 10, now).await.unwrap();
        let password =
            AppPassword { id: fresh(), name: "phone".to_owned(), created_at: now, seen_at: None };
        store.create_app_password(who.user, &password, &[n; 32], 10).await.unwrap();
    }
    let keep = session(store, &ann, 1).await;
    let other = session(store, &ann, 2).await;
    assert_eq!(store.end_sessions(ann.user, Some(keep)).await.unwrap(), [other]);
    assert_eq!(store.end_sessions(ann.user, None).await.unwrap(), [keep]);
    assert_eq!(store.revoke_grants(ann.user).await.unwrap(), 2);
    assert_eq!(store.api_token(&[1; 32], now).await.unwrap(), None);
    assert_eq!(store.app_password("ann", &[1; 32]).await.unwrap(), None);
    assert!(store.api_token(&[2; 32], now).await.unwrap().is_some());
    assert!(store.app_password("bob", &[2; 32]).await.unwrap().is_some());
}

async fn failures_are_forgotten_unless_they_lock(database: TestDatabase) {
    let store = database.open().await;
    let lockout = Lockout { failures: 2, until: Millis(50_000) };
    let fail = async |key: &[u8], at| store.begin_sign_in(key, lockout, Millis(at)).await.unwrap();
    for (key, times) in [(b"once", 1), (b"lock", 2)] {
        for _ in 0..times {
            assert_eq!(fail(key, 1_000).await, Attempt::Allowed);
        }
    }
    assert_eq!(store.locked_until(b"once", Millis(2_000)).await.unwrap(), None);
    assert_eq!(store.locked_until(b"lock", Millis(2_000)).await.unwrap(), Some(lockout.until));
    assert_eq!(store.forget_failures(Millis(1_000), Millis(2_000)).await.unwrap(), 0);
    assert_eq!(store.forget_failures(Millis(1_001), Millis(2_000)).await.unwrap(), 1);
    assert_eq!(fail(b"lock", 2_000).await, Attempt::LockedUntil(lockout.until));
    assert_eq!(store.forget_failures(Millis(2_001), Millis(50_000)).await.unwrap(), 1);
    assert_eq!(fail(b"lock", 50_000).await, Attempt::Allowed);
}
