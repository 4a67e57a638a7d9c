//! What an import has to say.

use std::fmt;

use umbra_model::Kind;

/// Something that the person who imports should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// The title of the thing it is about; empty where it is about the file.
    pub title: String,
    /// What happened.
    pub what: What,
}

/// What happened to something in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum What {
    /// Properties that Umbra has no field for; they come out again in an export.
    Kept {
        /// Their names, each once.
        names: Vec<String>,
    },
    /// A property or component that is too large to be kept.
    TooLarge {
        /// Its name.
        name: String,
        /// Its size.
        bytes: usize,
    },
    /// A text longer than a field takes, or with control characters; the field has
    /// what fits.
    Shortened {
        /// The property.
        name: &'static str,
    },
    /// More entries than a document takes.
    TooMany {
        /// The property.
        name: &'static str,
        /// How many were left out.
        left_out: usize,
    },
    /// A component that is no event and no todo, or lacks what makes it one.
    NotImported {
        /// Its name.
        component: String,
        /// Why.
        why: &'static str,
    },
    /// What the calendar says about itself and Umbra has no field for.
    Calendar {
        /// The names of the properties.
        names: Vec<String>,
    },
    /// An older version of something that the file has twice.
    Superseded {
        /// What it would have been.
        kind: Kind,
    },
    /// Lines that make no sense.
    Unread {
        /// How many.
        lines: usize,
        /// The first of them.
        first: String,
    },
    /// A rule that can't be followed. What has it counts as happening once.
    Rule {
        /// The rule.
        rule: String,
        /// Why not.
        why: String,
    },
    /// A zone that nobody knows, taken for another, or as floating.
    Zone {
        /// Its name in the file.
        tzid: String,
        /// What it was taken for.
        taken_for: Option<String>,
    },
    /// A time that makes no sense; something else was taken.
    Time {
        /// The property.
        name: &'static str,
        /// What was taken.
        taken: &'static str,
    },
}

impl What {
    /// Whether something of the file is in no document, so that the file itself
    /// must be kept.
    pub fn needs_original(&self) -> bool {
        match self {
            Self::TooLarge { .. }
            | Self::TooMany { .. }
            | Self::NotImported { .. }
            | Self::Calendar { .. }
            | Self::Superseded { .. }
            | Self::Unread { .. } => true,
            Self::Kept { .. }
            | Self::Shortened { .. }
            | Self::Rule { .. }
            | Self::Zone { .. }
            | Self::Time { .. } => false,
        }
    }

    /// A stable name, for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Kept { .. } => "kept",
            Self::TooLarge { .. } => "too_large",
            Self::Shortened { .. } => "shortened",
            Self::TooMany { .. } => "too_many",
            Self::NotImported { .. } => "not_imported",
            Self::Calendar { .. } => "calendar",
            Self::Superseded { .. } => "superseded",
            Self::Unread { .. } => "unread",
            Self::Rule { .. } => "rule",
            Self::Zone { .. } => "zone",
            Self::Time { .. } => "time",
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept { names } => write!(f, "kept for export: {}", names.join(", ")),
            Self::TooLarge { name, bytes } => write!(f, "{name} is too large ({bytes} bytes)"),
            Self::Shortened { name } => write!(f, "{name} was shortened to what fits"),
            Self::TooMany { name, left_out } => write!(f, "{left_out} more {name} than fit"),
            Self::NotImported { component, why } => write!(f, "{component} not imported: {why}"),
            Self::Calendar { names } => {
                write!(f, "not imported, about the calendar as a whole: {}", names.join(", "))
            }
            Self::Superseded { kind } => write!(f, "an older version of the {kind} was left out"),
            Self::Unread { lines, first } => {
                write!(f, "{lines} lines couldn't be read, the first is `{first}`")
            }
            Self::Rule { rule, why } => write!(f, "doesn't repeat, as `{rule}`: {why}"),
            Self::Zone { tzid, taken_for: Some(zone) } => write!(f, "zone {tzid} taken for {zone}"),
            Self::Zone { tzid, taken_for: None } => {
                write!(f, "zone {tzid} is unknown; its times are those of whoever looks")
            }
            Self::Time { name, taken } => write!(f, "{name} makes no sense; taken: {taken}"),
        }
    }
}
