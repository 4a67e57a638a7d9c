//! Passwords, while they are in memory.

use std::fmt;

use serde::Deserialize;

use super::name::LoginName;
use crate::limits::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};

/// A password as it was typed: neither trimmed nor cut. It doesn't show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// The text can't be a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadPassword {
    /// It is too short.
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters; 15 or more are good")]
    TooShort,
    /// It is too long.
    #[error("a password has at most {PASSWORD_CHARS_MAX} characters")]
    TooLong,
    /// It is the sign-in name.
    #[error("the password is the name")]
    IsTheName,
    /// It holds the character NUL.
    #[error("a password holds no NUL character")]
    HoldsNul,
}

impl Password {
    /// Takes what was typed to sign in. Only its size is bounded: what it has to be
    /// like was asked when it was chosen.
    ///
    /// # Errors
    /// [`BadPassword::TooLong`] where no password is so long.
    pub fn typed(text: String) -> Result<Self, BadPassword> {
        if text.chars().count() > PASSWORD_CHARS_MAX {
            return Err(BadPassword::TooLong);
        }
        Ok(Self(text))
    }

    /// Takes what was chosen as a new password for this account.
    ///
    /// # Errors
    /// [`BadPassword`] says what is wrong with it.
    pub fn chosen(text: String, name: &LoginName) -> Result<Self, BadPassword> {
        let password = Self::typed(text)?;
        if password.0.chars().count() < PASSWORD_CHARS_MIN {
            return Err(BadPassword::TooShort);
        }
        if password.0.contains('\0') {
            return Err(BadPassword::HoldsNul);
        }
        if password.0.to_ascii_lowercase() == name.as_str() {
            return Err(BadPassword::IsTheName);
        }
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
#[derive(Clone, Deserialize)]
#[serde(transparent)]
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
    fn a_new_password_is_long_enough_and_not_the_name() {
        let name = LoginName::parse("adalovelace").unwrap();
        let chosen = |text: &str| Password::chosen(text.to_owned(), &name).map(drop);
        assert_eq!(chosen("correct horse"), Ok(()));
        assert_eq!(chosen("äöüäöüäö"), Ok(()), "characters count, not bytes");
        assert_eq!(chosen(&"x".repeat(PASSWORD_CHARS_MAX)), Ok(()));
        assert_eq!(chosen("1234567"), Err(BadPassword::TooShort));
        assert_eq!(chosen(&"x".repeat(PASSWORD_CHARS_MAX + 1)), Err(BadPassword::TooLong));
        assert_eq!(chosen("AdaLovelace"), Err(BadPassword::IsTheName));
        assert_eq!(chosen("correct\0horse"), Err(BadPassword::HoldsNul));
    }

    #[test]
    fn a_password_does_not_show_itself() {
        let password = Password::typed("hunter2".to_owned()).unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
        assert_eq!(format!("{:?}", TypedPassword("hunter2".to_owned())), "TypedPassword(…)");
    }
}
