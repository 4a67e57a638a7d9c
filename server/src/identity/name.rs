//! Sign-in names.

use std::fmt;

use serde::Deserialize;

use crate::limits::NAME_CHARS_MAX;

/// A sign-in name, normalised: lower case, of letters that look like nothing
/// else. Two names that a person would take for the same are the same.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LoginName(String);

/// The text can't be a sign-in name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "a name has 1 to {NAME_CHARS_MAX} of the letters a-z, digits, and . _ - + @, and begins with a letter or digit"
)]
pub struct BadName;

impl LoginName {
    /// Reads a name as it was typed.
    ///
    /// # Errors
    /// [`BadName`] where it can't be one.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let name = text.trim().to_ascii_lowercase();
        let fits = (1..=NAME_CHARS_MAX).contains(&name.len());
        let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let plain = name.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-+@".contains(&it));
        if fits && first && plain { Ok(Self(name)) } else { Err(BadName) }
    }

    /// The normalised name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for LoginName {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        for (typed, name) in [
            ("ada", "ada"),
            (" Ada ", "ada"),
            ("ada.lovelace+home@example.org", "ada.lovelace+home@example.org"),
            ("7of9", "7of9"),
        ] {
            assert_eq!(LoginName::parse(typed).unwrap().as_str(), name);
        }
        let long = "a".repeat(NAME_CHARS_MAX + 1);
        for bad in ["", " ", "ada lovelace", ".ada", "adä", "аda", "a\0", "a/b", &long] {
            assert_eq!(LoginName::parse(bad), Err(BadName), "{bad:?}");
        }
    }
}
