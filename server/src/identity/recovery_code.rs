//! Recovery codes: for when the other factors are lost.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::limits::RECOVERY_CODES;

/// Letters and digits that look like nothing else: 32, so that each is five bits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 120 bits: a plain hash of so much can't be guessed back.
const LETTERS: usize = 24;

/// A recovery code. It doesn't show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; LETTERS]);

impl RecoveryCode {
    /// Draws one.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut letters = [0; LETTERS];
        getrandom::fill(&mut letters)?;
        Ok(Self(letters.map(|byte| ALPHABET[usize::from(byte % 32)])))
    }

    /// Draws as many as an account has.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub fn draw_set() -> Result<Vec<Self>, getrandom::Error> {
        (0..RECOVERY_CODES).map(|_| Self::draw()).collect()
    }

    /// Reads one as it was typed: in either case, with or without hyphens, and with
    /// letters in place of the digits that they look like.
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters = [0; LETTERS];
        let mut typed = text.bytes().filter(|byte| !matches!(byte, b'-' | b' '));
        for letter in &mut letters {
            *letter = match typed.next()?.to_ascii_lowercase() {
                b'o' => b'0',
                b'i' | b'l' => b'1',
                other if ALPHABET.contains(&other) => other,
                _ => return None,
            };
        }
        typed.next().is_none().then_some(Self(letters))
    }

    /// The code, to show it once.
    pub fn expose(&self) -> String {
        let groups = self.0.chunks(4).map(String::from_utf8_lossy);
        groups.collect::<Vec<_>>().join("-")
    }

    /// What the database holds of it.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::new().chain_update(b"umbra recovery code").chain_update(self.0).finalize().into()
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let code = RecoveryCode(*b"0123456789abcdefghjkmnpq");
        assert_eq!(code.expose(), "0123-4567-89ab-cdef-ghjk-mnpq");
        for typed in [
            "0123-4567-89ab-cdef-ghjk-mnpq",
            " oi23 4567 89AB cdef ghjk mnpq ",
            "OL23456789ABCDEFGHJKMNPQ",
        ] {
            assert_eq!(RecoveryCode::parse(typed), Some(code.clone()), "{typed}");
        }
        let long = format!("{}0", code.expose());
        for bad in ["", "0123", &long, "u123-4567-89ab-cdef-ghjk-mnpq", "é123456789abcdefghjkmnp"]
        {
            assert_eq!(RecoveryCode::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn codes_are_many_and_do_not_show_themselves() {
        let set = RecoveryCode::draw_set().unwrap();
        assert_eq!(set.len(), RECOVERY_CODES);
        let hashes: std::collections::BTreeSet<_> = set.iter().map(RecoveryCode::hash).collect();
        assert_eq!(hashes.len(), RECOVERY_CODES);
        assert_eq!(format!("{:?}", set[0]), "RecoveryCode(…)");
        assert_eq!(RecoveryCode::parse(&set[0].expose()).as_ref(), Some(&set[0]));
    }
}
