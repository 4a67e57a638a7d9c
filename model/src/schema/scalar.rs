//! The values that a scalar may take.

use std::fmt;

use super::key::is_uuid;
use crate::value::{
    ClusterKind, LocalTime, ZoneName, check_rule, check_uri, is_plain, is_representable, order,
};
use crate::{Millis, UserId};

/// A scalar as it arrives from Automerge, reduced to what documents may hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scalar<'a> {
    /// Nothing; clears an optional value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string (not a text).
    Str(&'a str),
    /// Any type that no document holds: bytes, floats, counters, timestamps.
    Other,
}

/// What may be put somewhere.
#[derive(Debug)]
pub struct ValueType {
    /// Which values.
    pub domain: Domain,
    /// Whether `null` and removal clear it.
    pub optional: bool,
}

/// A set of values.
#[derive(Debug)]
pub enum Domain {
    /// True or false.
    Bool,
    /// A whole number between these two, inclusive.
    Int(i64, i64),
    /// Milliseconds since the Unix epoch, within the years 1 to 9999.
    Millis,
    /// Text of at most so many bytes, without NUL and control characters but
    /// newline and tab.
    Str(usize),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A UUID in lower-case hyphenated form.
    Id,
    /// `#rrggbb`, lower case.
    Color,
    /// An IANA zone name, or any name of the form that vCalendar files use.
    Zone,
    /// A calendar date, `YYYY-MM-DD`.
    Date,
    /// A fractional index: base 62, not ending in `0`.
    Order,
    /// An address that may be offered as a link, of at most so many bytes.
    Uri(usize),
    /// The value part of an iCalendar RRULE, with a local UNTIL.
    Rule,
    /// Values that only make sense together, as canonical JSON.
    Cluster(ClusterKind),
}

/// Why a value isn't taken, in words for the person who wrote it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadValue(pub String);

impl ValueType {
    /// A value that must be there once it is written.
    pub const fn required(domain: Domain) -> Self {
        Self { domain, optional: false }
    }

    /// A value that may be cleared.
    pub const fn optional(domain: Domain) -> Self {
        Self { domain, optional: true }
    }
}

impl ValueType {
    /// Whether this value may be put here. Yields the account that the value
    /// says acted, if it says so: it must be the author of the change.
    ///
    /// # Errors
    /// [`BadValue`] says what is wrong with it and what would be right.
    pub fn check(&self, scalar: Scalar<'_>) -> Result<Option<UserId>, BadValue> {
        match scalar {
            Scalar::Null if self.optional => Ok(None),
            Scalar::Null => Err(BadValue("it can be changed, but not cleared".to_owned())),
            scalar => self.domain.check(scalar),
        }
    }

    /// Whether this value may be taken away again.
    ///
    /// # Errors
    /// [`BadValue`] where something must stay.
    pub fn check_removal(&self) -> Result<(), BadValue> {
        self.check(Scalar::Null).map(|_| ())
    }
}

impl Domain {
    fn check(&self, scalar: Scalar<'_>) -> Result<Option<UserId>, BadValue> {
        let fits = match (self, scalar) {
            (Self::Bool, Scalar::Bool(_)) => true,
            (Self::Int(least, most), Scalar::Int(number)) => (*least..=*most).contains(&number),
            (Self::Millis, Scalar::Int(moment)) => is_representable(Millis(moment)),
            (Self::Str(bytes_max), Scalar::Str(text)) => text.len() <= *bytes_max && is_plain(text),
            (Self::OneOf(words), Scalar::Str(text)) => words.contains(&text),
            (Self::Id, Scalar::Str(text)) => is_uuid(text),
            (Self::Color, Scalar::Str(text)) => is_color(text),
            (Self::Zone, Scalar::Str(text)) => ZoneName::parse(text).is_ok(),
            (Self::Date, Scalar::Str(text)) => {
                matches!(LocalTime::parse(text), Ok(LocalTime::Date(_)))
            }
            (Self::Order, Scalar::Str(text)) => order::check(text).is_ok(),
            (Self::Uri(bytes_max), Scalar::Str(text)) => {
                text.len() <= *bytes_max && check_uri(text).is_ok()
            }
            (Self::Rule, Scalar::Str(text)) => {
                check_rule(text).map_err(|bad| BadValue(bad.to_string()))?;
                true
            }
            (Self::Cluster(kind), Scalar::Str(text)) => {
                return kind.check(text).map_err(|bad| BadValue(bad.to_string()));
            }
            _ => false,
        };
        fits.then_some(None).ok_or_else(|| BadValue(format!("expected {self}")))
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true or false"),
            Self::Int(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Millis => f.write_str("milliseconds since 1970, within the years 1 to 9999"),
            Self::Str(bytes_max) => write!(f, "a string of at most {bytes_max} bytes"),
            Self::OneOf(words) => write!(f, "one of {}", words.join(", ")),
            Self::Id => f.write_str("an id, in lower case with hyphens"),
            Self::Color => f.write_str("a colour such as #1a2b3c"),
            Self::Zone => f.write_str("the name of a time zone"),
            Self::Date => f.write_str("a date such as 2026-03-01"),
            Self::Order => f.write_str("a fractional index"),
            Self::Uri(bytes_max) => {
                write!(f, "an address such as https://example.org/ of at most {bytes_max} bytes")
            }
            Self::Rule => f.write_str("a recurrence rule such as FREQ=WEEKLY;BYDAY=MO"),
            Self::Cluster(kind) => write!(f, "the cluster `{kind}` as canonical JSON"),
        }
    }
}

/// `#rrggbb` in lower case, so that one colour is one text.
fn is_color(text: &str) -> bool {
    text.len() == 7
        && text.strip_prefix('#').is_some_and(|hex| {
            hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        })
}
