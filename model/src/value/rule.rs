//! The text of a recurrence rule, held to one spelling.

use crate::recurrence::{BadRule, Rule};

/// Whether the text is the value part of an RRULE in its canonical form: what
/// [`Rule`] writes. One rule is then one text, and each that a document holds can
/// be expanded.
///
/// # Errors
/// [`BadRule`] says what is wrong with it.
pub fn check_rule(text: &str) -> Result<(), BadRule> {
    let canonical = Rule::parse(text)?.to_string();
    if canonical == text { Ok(()) } else { Err(BadRule::Spelling(canonical)) }
}
