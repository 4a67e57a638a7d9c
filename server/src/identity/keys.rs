//! The keys that encrypt secrets at rest: what the server must be able to read again,
//! and a stolen database or backup must not give away.
//!
//! A sealed secret names its key, so that keys can be replaced one secret at a time:
//! the first key seals, all of them open. A secret is bound to whose it is; moved to
//! another's row, it doesn't open.

use std::fmt;
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use base64ct::{Base64UrlUnpadded, Encoding};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use super::key_file;
use crate::config::SealingKeys;
use crate::store::KeyId;

const KEY_BYTES: usize = 32;
const VERSION: u8 = 1;

/// A key. It doesn't show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct SealingKey([u8; KEY_BYTES]);

/// The keys that a server has.
#[derive(Debug)]
pub struct KeyRing {
    file: Option<PathBuf>,
    keys: RwLock<Vec<SealingKey>>,
}

/// What is wrong with the keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A text is no key.
    #[error("{0} holds something that is no key; make one with `umbra-server keys new`")]
    Malformed(String),
    /// There is no key where there should be one.
    #[error("{0} holds no key; make one with `umbra-server keys new`")]
    Empty(String),
    /// The key file can't be read or written.
    #[error("cannot use the key file {0:?}: {1}")]
    File(PathBuf, std::io::Error),
    /// The database holds secrets that none of the keys opens.
    #[error(
        "the database holds secrets that are sealed under the key {0}, which isn't there: bring back the file secret.keys of the data directory, or set UMBRA_SECRET_KEYS; if it is lost, `umbra-server keys rotate --drop-unreadable` lets the accounts concerned enrol anew"
    )]
    Missing(String),
    /// Another node seals with another key.
    #[error(
        "the other nodes of this database seal under the key {0}, which isn't here: give this node the same file secret.keys or UMBRA_SECRET_KEYS; if no other node has it, `umbra-server keys rotate` puts this one in its place"
    )]
    NotAgreed(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

/// A secret that doesn't open: its key isn't there, or it isn't whole, or it is not
/// of whom it is said to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a sealed secret doesn't open")]
pub struct DoesNotOpen;

impl SealingKey {
    /// Draws one.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn draw() -> Result<Self, KeyError> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
        Ok(Self(bytes))
    }

    /// Reads one as it is written in a configuration.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; KEY_BYTES];
        let read = Base64UrlUnpadded::decode(text.trim(), &mut bytes).ok()?.len();
        (read == KEY_BYTES).then_some(Self(bytes))
    }

    /// The key, to write it into a configuration.
    pub fn expose(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }

    /// By what it is known. It follows from the key, so two keys never share it.
    pub fn id(&self) -> KeyId {
        let digest = Sha256::new().chain_update(b"umbra sealing key").chain_update(self.0);
        let mut id = KeyId::default();
        id.copy_from_slice(&digest.finalize()[..size_of::<KeyId>()]);
        id
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&CHACHA20_POLY1305, &self.0).ok().map(LessSafeKey::new)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", name_of(&self.id()))
    }
}

/// A key's id as people see it.
pub fn name_of(id: &KeyId) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl KeyRing {
    /// The keys of a configuration, or those of the key file; which is made, with one
    /// key, where it may be.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn open(
        configured: Option<&SealingKeys>,
        file: PathBuf,
        may_make: bool,
    ) -> Result<Self, KeyError> {
        if let Some(configured) = configured {
            let keys = parse_all(configured.expose().split(','), "UMBRA_SECRET_KEYS")?;
            return Ok(Self { file: None, keys: RwLock::new(keys) });
        }
        let keys = match key_file::read(&file)? {
            Some(keys) => keys,
            None if may_make => key_file::create(&file, SealingKey::draw()?)?,
            None => Vec::new(),
        };
        Ok(Self { file: Some(file), keys: RwLock::new(keys) })
    }

    /// The key that seals.
    pub fn active(&self) -> Option<SealingKey> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).first().cloned()
    }

    /// Whether there is a key of this id.
    pub fn has(&self, id: &KeyId) -> bool {
        self.key(id).is_some()
    }

    /// All of them, the one that seals first.
    pub fn all(&self) -> Vec<SealingKey> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// By what they are known.
    pub fn names(&self) -> Vec<String> {
        self.all().iter().map(|key| name_of(&key.id())).collect()
    }

    /// The key file, where the keys come from one.
    pub fn file(&self) -> Option<&PathBuf> {
        self.file.as_ref()
    }

    /// Seals a secret of whom the context names; with the id of the key.
    ///
    /// # Errors
    /// Where there is no key, or no randomness.
    pub fn seal(&self, secret: &[u8], context: &[u8]) -> Result<(Vec<u8>, KeyId), KeyError> {
        // A key that was put in its place meanwhile is the one to use.
        self.read_again();
        let missing = || KeyError::Empty("the key ring".to_owned());
        let key = self.active().ok_or_else(missing)?;
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| KeyError::NoRandomness)?;
        let mut sealed = secret.to_vec();
        key.cipher()
            .and_then(|cipher| {
                let nonce = Nonce::assume_unique_for_key(nonce);
                cipher.seal_in_place_append_tag(nonce, Aad::from(context), &mut sealed).ok()
            })
            .ok_or_else(missing)?;
        let id = key.id();
        Ok(([&[VERSION][..], &id, &nonce, &sealed].concat(), id))
    }

    /// Opens what was sealed in this context.
    ///
    /// # Errors
    /// `DoesNotOpen`.
    pub fn open_sealed(&self, sealed: &[u8], context: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        let (id, rest) = split(sealed).ok_or(DoesNotOpen)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or(DoesNotOpen)?;
        let key = self.key(&id).or_else(|| {
            self.read_again();
            self.key(&id)
        });
        let cipher = key.and_then(|key| key.cipher()).ok_or(DoesNotOpen)?;
        let mut secret = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = cipher
            .open_in_place(nonce, Aad::from(context), &mut secret)
            .map_err(|_| DoesNotOpen)?
            .len();
        secret.truncate(length);
        Ok(secret)
    }

    fn key(&self, id: &KeyId) -> Option<SealingKey> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.id() == *id).cloned()
    }

    /// Another process may have changed the file. Where it can't be read now, what was
    /// read before still holds.
    fn read_again(&self) {
        let Some(file) = &self.file else { return };
        if let Ok(Some(keys)) = key_file::read(file) {
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        }
    }
}

/// The key that a sealed secret names.
pub fn key_of(sealed: &[u8]) -> Option<KeyId> {
    split(sealed).map(|(id, _)| id)
}

fn split(sealed: &[u8]) -> Option<(KeyId, &[u8])> {
    let (&VERSION, rest) = sealed.split_first()? else { return None };
    let (id, rest) = rest.split_first_chunk::<{ size_of::<KeyId>() }>()?;
    Some((*id, rest))
}

/// Reads keys, of which there is at least one.
pub(super) fn parse_all<'a>(
    texts: impl Iterator<Item = &'a str>,
    place: &str,
) -> Result<Vec<SealingKey>, KeyError> {
    let parse = |text| SealingKey::parse(text).ok_or_else(|| KeyError::Malformed(place.to_owned()));
    let keys = texts.map(parse).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() { Err(KeyError::Empty(place.to_owned())) } else { Ok(keys) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(keys: &[&SealingKey]) -> KeyRing {
        let text = keys.iter().map(|key| key.expose()).collect::<Vec<_>>().join(",");
        KeyRing::open(Some(&SealingKeys::new(text)), PathBuf::new(), false).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_whom_it_is_and_nobody_else() {
        let key = SealingKey::draw().unwrap();
        let ring = ring(&[&key]);
        let (sealed, id) = ring.seal(b"a secret", b"ada").unwrap();
        assert_eq!((id, key_of(&sealed)), (key.id(), Some(key.id())));
        assert_eq!(ring.open_sealed(&sealed, b"ada").unwrap(), b"a secret");
        assert_eq!(ring.open_sealed(&sealed, b"bob"), Err(DoesNotOpen));
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert_eq!(ring.open_sealed(&bent, b"ada"), Err(DoesNotOpen), "{at}");
            assert_eq!(ring.open_sealed(&sealed[..at], b"ada"), Err(DoesNotOpen), "{at}");
        }
        assert_ne!(ring.seal(b"a secret", b"ada").unwrap().0, sealed, "no two are alike");
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let (old, new) = (SealingKey::draw().unwrap(), SealingKey::draw().unwrap());
        let (sealed, _) = ring(&[&old]).seal(b"a secret", b"ada").unwrap();
        let both = ring(&[&new, &old]);
        assert_eq!(both.open_sealed(&sealed, b"ada").unwrap(), b"a secret");
        assert_eq!(both.seal(b"another", b"ada").unwrap().1, new.id());
        assert_eq!(ring(&[&new]).open_sealed(&sealed, b"ada"), Err(DoesNotOpen));
    }

    #[test]
    fn keys_are_read_strictly_and_do_not_show_themselves() {
        let key = SealingKey::draw().unwrap();
        assert_eq!(SealingKey::parse(&format!(" {}\n", key.expose())), Some(key.clone()));
        let long = format!("{}A", key.expose());
        for bad in ["", "short", &long, "!".repeat(43).as_str()] {
            assert_eq!(SealingKey::parse(bad), None, "{bad}");
        }
        let shown = format!("{key:?} {:?} {:?}", ring(&[&key]), SealingKeys::new(key.expose()));
        assert!(!shown.contains(&key.expose()));
        let bad = SealingKeys::new("nonsense");
        assert!(matches!(
            KeyRing::open(Some(&bad), PathBuf::new(), false),
            Err(KeyError::Malformed(_))
        ));
    }
}
