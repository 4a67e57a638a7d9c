//! The keys of a server and the database that they belong to, brought together.

use super::key_file::{self, KEY_FILE};
use super::keys::{KeyError, KeyRing, SealingKey, name_of};
use super::totp::context_of;
use crate::config::Config;
use crate::store::{Engine, KeyId, Store, StoreError, now};
use umbra_model::UserId;
use uuid::Uuid;

/// Why secrets can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database.
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
}

/// What replacing the key came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rotation {
    /// The key that seals from here on.
    pub key: String,
    /// Secrets that are under it now.
    pub resealed: u64,
    /// Accounts whose secrets no key opened; they are no longer enrolled.
    pub dropped: Vec<UserId>,
}

/// The most secrets that are read at once.
const ROUND: i64 = 256;

/// The keys of this server, which open everything that the database holds, and are
/// those of the other nodes.
///
/// # Errors
/// In one sentence, what is missing.
pub async fn open_keys(config: &Config, store: &Store) -> Result<KeyRing, VaultError> {
    let in_use = store.sealing_keys().await?;
    let keys = ring(config, in_use.is_empty())?;
    if let Some(missing) = in_use.iter().find(|id| !keys.has(id)) {
        return Err(KeyError::Missing(name_of(missing)).into());
    }
    let Some(active) = keys.active() else {
        return Err(KeyError::Empty(KEY_FILE.to_owned()).into());
    };
    // An embedded database has one node only.
    if store.engine() == Engine::Postgres {
        let agreed = store.agreed_key(&name_of(&active.id()), now()).await?;
        if !keys.names().contains(&agreed) {
            return Err(KeyError::NotAgreed(agreed).into());
        }
    }
    Ok(keys)
}

/// Puts a new key in the place of the one that seals, and seals every secret anew.
/// Where the keys come from the configuration, its first one is the new one. A server
/// that runs meanwhile notices; the key that was replaced stays until the next time,
/// for what is being sealed in this moment.
///
/// # Errors
/// Where there are secrets that no key opens, unless they are to be dropped.
pub async fn rotate_keys(
    config: &Config,
    store: &Store,
    drop_unreadable: bool,
) -> Result<Rotation, VaultError> {
    let in_use = store.sealing_keys().await?;
    let before = ring(config, in_use.is_empty() || drop_unreadable)?;
    if let Some(missing) = in_use.iter().find(|id| !before.has(id))
        && !drop_unreadable
    {
        return Err(KeyError::Missing(name_of(missing)).into());
    }
    let replaced = before.active().map(|key| key.id());
    if let Some(file) = before.file() {
        let keys = std::iter::once(SealingKey::draw()?).chain(before.all());
        key_file::replace(file, &keys.collect::<Vec<_>>())?;
    }
    let keys = ring(config, false)?;
    let Some(active) = keys.active() else {
        return Err(KeyError::Empty(KEY_FILE.to_owned()).into());
    };
    store.agree_on_key(&name_of(&active.id()), now()).await?;
    let mut rotation = reseal(store, &keys, active.id(), drop_unreadable).await?;
    rotation.key = name_of(&active.id());
    if let Some(file) = keys.file() {
        let in_use = store.sealing_keys().await?;
        let kept = keys.all().into_iter().filter(|key| {
            let id = key.id();
            id == active.id() || Some(id) == replaced || in_use.contains(&id)
        });
        key_file::replace(file, &kept.collect::<Vec<_>>())?;
    }
    Ok(rotation)
}

async fn reseal(
    store: &Store,
    keys: &KeyRing,
    active: KeyId,
    drop_unreadable: bool,
) -> Result<Rotation, VaultError> {
    let mut rotation = Rotation::default();
    let mut after = UserId(Uuid::nil());
    loop {
        let some = store.sealed_otherwise(active, after, ROUND).await?;
        let Some(last) = some.last() else { return Ok(rotation) };
        after = last.user;
        for sealed in some {
            let context = context_of(sealed.user);
            match keys.open_sealed(&sealed.secret, &context) {
                Ok(secret) => {
                    let (anew, key) = keys.seal(&secret, &context)?;
                    // Where it isn't there any more, it was removed or enrolled anew,
                    // and then under the new key.
                    rotation.resealed += u64::from(store.reseal_totp(&sealed, &anew, key).await?);
                }
                Err(_) if drop_unreadable => {
                    match store.remove_totp(sealed.user).await {
                        // Its owner was faster.
                        Err(StoreError::Missing) => {}
                        other => {
                            other?;
                            rotation.dropped.push(sealed.user);
                        }
                    }
                }
                Err(_) => {
                    let unreadable = super::keys::key_of(&sealed.secret).unwrap_or_default();
                    return Err(KeyError::Missing(name_of(&unreadable)).into());
                }
            }
        }
    }
}

fn ring(config: &Config, may_make: bool) -> Result<KeyRing, KeyError> {
    KeyRing::open(config.sealing_keys.as_ref(), config.data_dir.join(KEY_FILE), may_make)
}
