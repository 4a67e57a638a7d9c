//! The keys of a document's maps: segments joined by `/`.

use uuid::Uuid;

use crate::UserId;
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

/// The most segments that any table asks for.
const SEGMENTS_MAX: usize = 4;

/// A key, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key<'a> {
    segments: [&'a str; SEGMENTS_MAX],
    /// How many there are; beyond the most, how many is all the same.
    count: usize,
}

impl<'a> Key<'a> {
    /// Takes a key apart. Every text is a key of some segments.
    pub fn parse(key: &'a str) -> Self {
        let mut segments = [""; SEGMENTS_MAX];
        let mut count = 0;
        for text in key.split('/').take(SEGMENTS_MAX + 1) {
            if let Some(segment) = segments.get_mut(count) {
                *segment = text;
            }
            count += 1;
        }
        Self { segments, count }
    }

    /// Whether the key has exactly these segments.
    pub fn matches(&self, pattern: &[Segment]) -> bool {
        self.count == pattern.len() && self.paired(pattern).all(|(text, it)| it.matches(text))
    }

    /// The account that the key names, where it has these segments and one of
    /// them is [`Segment::User`].
    pub fn account(&self, pattern: &[Segment]) -> Option<UserId> {
        let (text, _) = self.paired(pattern).find(|(_, it)| **it == Segment::User)?;
        text.parse().ok()
    }

    /// Its first segment.
    pub fn first(&self) -> &'a str {
        self.segments[0]
    }

    fn paired<'b>(&self, pattern: &'b [Segment]) -> impl Iterator<Item = (&'a str, &'b Segment)> {
        self.segments.into_iter().zip(pattern)
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
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && !text.bytes().any(|byte| byte.is_ascii_uppercase())
        && Uuid::try_parse(text).is_ok()
}
