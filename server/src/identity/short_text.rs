//! Short texts to show, such as the names of devices.

use crate::http::{Problem, ProblemCode};
use crate::limits::NAME_CHARS_MAX;

/// A short text to show can't be one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0} has 1 to {NAME_CHARS_MAX} characters, none of them a control code")]
pub struct BadText(&'static str);

/// A short text to show, such as a device's name.
pub(crate) fn short(text: String, field: &'static str) -> Result<String, BadText> {
    let fits = (1..=NAME_CHARS_MAX).contains(&text.chars().count());
    if fits && !text.chars().any(char::is_control) { Ok(text) } else { Err(BadText(field)) }
}

impl From<BadText> for Problem {
    fn from(bad: BadText) -> Self {
        Self::from(ProblemCode::BodyInvalid).detail(bad.to_string())
    }
}
