//! Passwords, while they are in memory.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::strength;
use crate::limits::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};

/// A password as it was typed: neither trimmed nor cut, but in one spelling (NFC),
/// since keyboards differ in how they write the same letter. It doesn't show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// The text can't be a password.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadPassword {
    /// It is too short.
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters; 15 or more are good")]
    TooShort,
    /// It is too long.
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// It holds the character NUL.
    #[error("a password holds no NUL character")]
    HoldsNul,
    /// It is easily guessed: why, and what would help.
    #[error("{0}")]
    Weak(String),
}

impl Password {
    /// Takes what was typed to sign in. Only its size is bounded: what it has to be
    /// like was asked when it was chosen.
    ///
    /// # Errors
    /// [`BadPassword::TooLong`] where no password is so long.
    pub fn typed(text: String) -> Result<Self, BadPassword> {
        // Composing never makes a text much longer; this bounds the work.
        if text.len() > 4 * PASSWORD_BYTES_MAX {
            return Err(BadPassword::TooLong);
        }
        let text: String = text.nfc().collect();
        if text.len() > PASSWORD_BYTES_MAX { Err(BadPassword::TooLong) } else { Ok(Self(text)) }
    }

    /// Takes what was chosen as a new password by somebody with these names. It may be
    /// made of whatever they like, if it isn't easily guessed: no list of common
    /// passwords, names or words holds it or most of it. Takes some milliseconds.
    ///
    /// # Errors
    /// [`BadPassword`] says what is wrong with it.
    pub fn chosen(text: String, names: &[&str]) -> Result<Self, BadPassword> {
        let password = Self::typed(text)?;
        if password.0.chars().count() < PASSWORD_CHARS_MIN {
            return Err(BadPassword::TooShort);
        }
        if password.0.contains('\0') {
            return Err(BadPassword::HoldsNul);
        }
        strength::judge(&password.0, names).map_err(BadPassword::Weak)?;
        Ok(password)
    }

    /// The password, to hash it.
    pub(super) fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A password in a request, before it is looked at.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(description = "A password as it is typed.")]
pub struct TypedPassword(pub String);

impl fmt::Debug for TypedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedPassword(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_is_long_enough_and_hard_to_guess() {
        let chosen = |text: &str| {
            Password::chosen(text.to_owned(), &["adalovelace", "Augusta King"]).map(drop)
        };
        assert_eq!(chosen("correct horse battery"), Ok(()));
        assert_eq!(chosen("wöhl9üngß"), Ok(()), "characters count, not bytes");
        assert_eq!(chosen("7fä!qzö"), Err(BadPassword::TooShort));
        assert_eq!(chosen(&"é".repeat(PASSWORD_BYTES_MAX)), Err(BadPassword::TooLong));
        assert_eq!(chosen("correct\0horse battery"), Err(BadPassword::HoldsNul));
        for weak in ["AdaLovelace", "adalovelace1", "Augusta King", "umbraumbra", "password1"] {
            assert!(matches!(chosen(weak), Err(BadPassword::Weak(_))), "{weak}");
        }
    }

    #[test]
    fn two_spellings_of_a_letter_are_one() {
        let typed = |text: &str| Password::typed(text.to_owned()).unwrap();
        assert_eq!(typed("caf\u{e9} noir"), typed("cafe\u{301} noir"));
        assert_ne!(typed("cafe noir"), typed("café noir"));
        assert_ne!(typed("Cafe noir "), typed("Cafe noir"), "nothing else is changed");
    }

    #[test]
    fn a_password_does_not_show_itself() {
        let password = Password::typed("hunter2".to_owned()).unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
        assert_eq!(format!("{:?}", TypedPassword("hunter2".to_owned())), "TypedPassword(…)");
    }
}
