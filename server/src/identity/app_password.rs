//! Passwords for programs that can't do better than a name and a password: calendar
//! clients. The server draws them, shows them once, and each opens calendars only.

use sha2::{Digest, Sha256};
use umbra_model::UserId;
use uuid::Uuid;

use super::name::LoginName;
use super::principal::before;
use crate::http::{ClientAddress, Problem, ProblemCode, Throttle};
use crate::limits::SEEN_GRAIN;
use crate::store::{Store, now};

/// 32 letters and digits that nobody mixes up: five bits each.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// So many of them: 120 bits.
const LETTERS: usize = 24;

/// Letters that are shown together.
const GROUP: usize = 4;

/// The right to an account's calendars and todos by CalDAV, and to nothing else: only
/// what takes this value serves it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DavAccess {
    /// The account.
    pub user: UserId,
    /// By which password.
    pub password: Uuid,
}

/// An app password, to be shown once, and its hash. It is drawn from 120 bits, so a
/// plain hash can't be guessed back.
///
/// # Errors
/// Where the system gives no random bytes.
pub fn draw_app_password() -> Result<(String, [u8; 32]), getrandom::Error> {
    let mut secret = [0; LETTERS];
    getrandom::fill(&mut secret)?;
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    let letters: String = secret.iter().map(letter).collect();
    let groups: Vec<_> = letters.as_bytes().chunks(GROUP).map(String::from_utf8_lossy).collect();
    Ok((groups.join("-"), hash(&letters)))
}

/// Whose calendars a name and an app password open. Wrong ones are bounded by address
/// and by name; right ones aren't, since such programs send them with every request.
///
/// # Errors
/// `bad_credentials` where they open nothing, whatever the reason; `rate_limited` with
/// the time after which to try again.
pub async fn test_app_password(
    store: &Store,
    throttle: &Throttle,
    address: &ClientAddress,
    name: &str,
    password: &str,
) -> Result<DavAccess, Problem> {
    let name = LoginName::parse(name).map_or_else(|_| name.to_owned(), |it| it.to_string());
    let key = store.lookup_key_of(&name);
    throttle.may_test_app_password(address, &key)?;
    // A name or password that Postgres couldn't even be asked for is one that nobody has.
    let letters: String = password.chars().filter(|it| it.is_ascii_alphanumeric()).collect();
    let name = name.replace('\0', "");
    let found = store.app_password(&name, &hash(&letters.to_ascii_lowercase())).await?;
    let Some(found) = found else {
        throttle.app_password_failed(address, &key);
        return Err(ProblemCode::BadCredentials.into());
    };
    let now = now();
    if found.seen_at.is_none_or(|seen| before(now, SEEN_GRAIN) > seen) {
        store.touch_app_password(found.id, now).await?;
    }
    Ok(DavAccess { user: found.user, password: found.id })
}

fn hash(letters: &str) -> [u8; 32] {
    Sha256::digest(letters).into()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::http::HeaderMap;

    use super::*;
    use crate::config::{AbuseLimits, Proxies};
    use crate::store::exam::{TestDatabase, World, exam, fresh};
    use crate::store::{AppPassword, db};

    exam!(
        it_opens_the_calendars_of_its_account_alone,
        wrong_ones_are_bounded_and_right_ones_are_not
    );

    fn from(n: u8) -> ClientAddress {
        let peer = SocketAddr::from(([203, 0, 113, n], 1));
        ClientAddress::of(peer, &HeaderMap::new(), &Proxies::default())
    }

    fn throttle(tests: u32) -> Throttle {
        let limits = AbuseLimits { credential_tests_per_minute: tests, ..AbuseLimits::default() };
        Throttle::new(&limits)
    }

    async fn made(world: &World, name: &str) -> (UserId, AppPassword, String) {
        let ann = world.person(name).await;
        let (password, hash) = draw_app_password().unwrap();
        let entry =
            AppPassword { id: fresh(), name: "phone".to_owned(), created_at: now(), seen_at: None };
        world.store.create_app_password(ann.user, &entry, &hash, 10).await.unwrap();
        (ann.user, entry, password)
    }

    async fn it_opens_the_calendars_of_its_account_alone(database: TestDatabase) {
        let world = World::over(database).await;
        let (user, entry, password) = made(&world, "ann").await;
        let (_, _, other) = made(&world, "bob").await;
        let (store, throttle) = (&world.store, throttle(1_000));
        let test = async |name: &str, password: &str| {
            let found = test_app_password(store, &throttle, &from(1), name, password).await;
            found.map_err(|problem| problem.code)
        };
        let access = Ok(DavAccess { user, password: entry.id });
        // However it is typed.
        assert_eq!(test("ann", &password).await, access);
        assert_eq!(test(" ANN ", &password.replace('-', " ").to_uppercase()).await, access);
        let wrong = Err(ProblemCode::BadCredentials);
        for (name, password) in [
            ("ann", other.as_str()),
            ("bob", password.as_str()),
            ("nobody", password.as_str()),
            ("ann\0", ""),
            ("ann", "\0"),
            ("ann", &password[1..]),
        ] {
            assert_eq!(test(name, password).await, wrong, "{name}");
        }
        assert!(store.app_passwords(user).await.unwrap()[0].seen_at.is_some());
        let mut tx = store.begin().await.unwrap();
        db!(tx tx, exec "UPDATE users SET disabled_at = 1 WHERE name = 'ann'").unwrap();
        tx.commit().await.unwrap();
        assert_eq!(test("ann", &password).await, wrong, "the account is disabled");
        store.revoke_app_password(user, entry.id).await.unwrap();
        assert_eq!(test("ann", &password).await, wrong);
    }

    async fn wrong_ones_are_bounded_and_right_ones_are_not(database: TestDatabase) {
        let world = World::over(database).await;
        let (_, _, password) = made(&world, "ann").await;
        let (store, throttle) = (&world.store, throttle(3));
        let test = async |n, name: &str, password: &str| {
            test_app_password(store, &throttle, &from(n), name, password).await.map(drop)
        };
        for _ in 0..9 {
            test(1, "ann", &password).await.unwrap();
        }
        for _ in 0..3 {
            let refused = test(1, "ann", "wrong").await.unwrap_err();
            assert_eq!(refused.code, ProblemCode::BadCredentials);
        }
        // The address has used up its budget, and so has the name, from wherever.
        for (from, name) in [(1, "bob"), (2, "ann")] {
            let limited = test(from, name, &password).await.unwrap_err();
            assert_eq!(limited.code, ProblemCode::RateLimited);
            assert!(limited.retry_after.is_some());
        }
        let refused = test(2, "bob", "wrong").await.unwrap_err();
        assert_eq!(refused.code, ProblemCode::BadCredentials);
    }
}
