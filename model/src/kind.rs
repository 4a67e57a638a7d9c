//! What kinds of space and of document there are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! named {
    ($(#[$doc:meta])* $name:ident / $error:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name, used on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        #[doc = concat!("The text names no ", $what, ".")]
        #[derive(Debug, PartialEq, Eq, thiserror::Error)]
        #[error("`{0}` is not a {what}", what = $what)]
        pub struct $error(pub String);

        impl FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::ALL.iter().copied().find(|it| it.as_str() == text)
                    .ok_or_else(|| $error(text.to_owned()))
            }
        }
    };
}

named! {
    /// What a space is for. It decides which kinds of document may live there.
    SpaceKind / UnknownSpaceKind, "kind of space" {
        /// One an account; never shared.
        Personal = "personal",
        /// A list of todos.
        List = "list",
        /// A calendar of events.
        Calendar = "calendar",
        /// A project: todos in sections.
        Project = "project",
    }
}

named! {
    /// What a document is.
    Kind / UnknownKind, "kind of document" {
        /// The space's own settings; exactly one a space, with the space's id.
        Space = "space",
        /// A thing to do; a project's task is one too.
        Todo = "todo",
        /// An event, with all its repetitions.
        Event = "event",
        /// A comment on a todo or an event.
        Comment = "comment",
        /// An account's own settings; exactly one, in its personal space.
        Prefs = "prefs",
    }
}

named! {
    /// Who in a calendar sees an event. A server fact, never a field.
    Privacy / UnknownPrivacy, "privacy" {
        /// Every member.
        Default = "default",
        /// Only its creator and the owner see more than that the time is taken.
        Busy = "busy",
        /// Only its creator and the owner know that it exists.
        Secret = "secret",
    }
}
