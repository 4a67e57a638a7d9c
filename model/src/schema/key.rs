//! The keys of a document's maps: segments joined by `/`.

use uuid::Uuid;

use crate::value::LocalTime;

/// What a segment of a key may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Segment {
    /// A random id, in lower-case hyphenated form.
    Id,
    /// An account's id, in the same form; a policy may ask that it be the author's.
    User,
    /// The original local start of an occurrence (see [`LocalTime`]).
    Occurrence,
    /// Exactly this word.
    Word(&'static str),
    /// Any text of 1 to so many bytes without `/` and control characters.
    Name(usize),
}

/// A key, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key<'a>(Vec<&'a str>);

impl<'a> Key<'a> {
    /// Takes a key apart. Every text is a key of some segments.
    pub fn parse(key: &'a str) -> Self {
        // One more than any table asks for is enough to know that it's too many.
        Self(key.splitn(5, '/').collect())
    }

    /// Whether the key has exactly these segments.
    pub fn matches(&self, pattern: &[Segment]) -> bool {
        self.0.len() == pattern.len()
            && self.0.iter().zip(pattern).all(|(text, segment)| segment.matches(text))
    }

    /// Its first segment.
    pub fn first(&self) -> &'a str {
        self.0.first().copied().unwrap_or_default()
    }
}

impl Segment {
    fn matches(self, text: &str) -> bool {
        match self {
            Self::Id | Self::User => is_uuid(text),
            Self::Occurrence => LocalTime::parse(text).is_ok(),
            Self::Word(word) => text == word,
            Self::Name(bytes_max) => {
                (1..=bytes_max).contains(&text.len()) && !text.chars().any(char::is_control)
            }
        }
    }
}

/// Whether this is a UUID in the one form that we write, so that two spellings
/// of an id never become two entries.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && !text.bytes().any(|byte| byte.is_ascii_uppercase())
        && Uuid::try_parse(text).is_ok()
}
