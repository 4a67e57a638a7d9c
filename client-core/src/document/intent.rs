//! What an edit did: enough to make it again on another state of the document,
//! to take it back, and to show it.

use serde::{Deserialize, Serialize};

use super::text::{self, Splice};
use crate::edit::{Edit, Value};

/// One thing that an edit changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Intent {
    /// A scalar field got another value.
    Set {
        /// The field.
        field: String,
        /// The value it got; `null` where it was cleared.
        value: Value,
        /// The value it had.
        was: Value,
    },
    /// An entry of a map came, went, or got another value.
    Entry {
        /// The field that is a map.
        field: String,
        /// The entry's key.
        key: String,
        /// The value it got; `null` where it went.
        value: Value,
        /// The value it had; `null` where it wasn't there.
        was: Value,
    },
    /// A text got other words.
    Text {
        /// The field that is a text.
        field: String,
        /// What was replaced, in ascending order.
        splices: Vec<Splice>,
        /// How it read before. Kept only where the document's history can't tell:
        /// in the refused tray.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
    },
}

impl Intent {
    /// The field that it is about.
    pub fn field(&self) -> &str {
        match self {
            Self::Set { field, .. } | Self::Entry { field, .. } | Self::Text { field, .. } => field,
        }
    }

    /// Whether both are about the same value.
    pub fn is_same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Set { field, .. }, Self::Set { field: other, .. }) => field == other,
            (Self::Entry { field, key, .. }, Self::Entry { field: other, key: other_key, .. }) => {
                field == other && key == other_key
            }
            _ => false,
        }
    }

    /// What takes it back.
    pub fn inverse(&self) -> Self {
        match self.clone() {
            Self::Set { field, value, was } => Self::Set { field, value: was, was: value },
            Self::Entry { field, key, value, was } => {
                Self::Entry { field, key, value: was, was: value }
            }
            Self::Text { field, splices, .. } => {
                Self::Text { field, splices: text::invert(&splices), before: None }
            }
        }
    }

    /// The edits that would do it, for people to read. `fresh`: on a document
    /// that is new, where a text is what was written and nothing else.
    pub fn edits(&self, fresh: bool) -> Vec<Edit> {
        match self.clone() {
            Self::Set { field, value, .. } => vec![Edit::Set { field, value }],
            Self::Entry { field, key, value: Value::Null, .. } => vec![Edit::Remove { field, key }],
            Self::Entry { field, key, value, .. } => vec![Edit::Put { field, key, value }],
            Self::Text { field, splices, .. } if fresh => {
                vec![Edit::Text { field, text: text::apply("", &splices) }]
            }
            Self::Text { field, splices, .. } => splices
                .into_iter()
                .rev()
                .map(|splice| Edit::Splice {
                    field: field.clone(),
                    at: splice.at,
                    delete: splice.delete_len(),
                    insert: splice.insert,
                })
                .collect(),
        }
    }
}
