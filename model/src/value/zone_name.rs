use std::fmt;

use super::text::json_by_text;
use crate::limits::ZONE_BYTES_MAX;

/// The name of a time zone: an IANA one, or whatever a calendar file called its
/// own. Which zones are known is for `recurrence` to say.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ZoneName(String);

/// The text can't be a zone's name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not the name of a zone, such as Europe/Paris, of 1 to {ZONE_BYTES_MAX} bytes")]
pub struct BadZoneName(pub String);

impl ZoneName {
    /// Takes any name without control characters and without space around it.
    ///
    /// # Errors
    /// [`BadZoneName`] for any other text.
    pub fn parse(text: &str) -> Result<Self, BadZoneName> {
        let fits = (1..=ZONE_BYTES_MAX).contains(&text.len())
            && text.trim() == text
            && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned())).ok_or_else(|| BadZoneName(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

json_by_text!(ZoneName);
