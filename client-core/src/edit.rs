//! What a person wants changed in a document. An edit names the outcome, not
//! the operations: it can be made again on another state of the document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A scalar value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Nothing; clears an optional field.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string.
    Str(String),
}

/// One thing that shall be different.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// A scalar field shall have this value.
    Set {
        /// The field.
        field: String,
        /// Its value from here on; [`Value::Null`] clears it.
        value: Value,
    },
    /// An entry of a map shall be there with this value.
    Put {
        /// The field that is a map.
        field: String,
        /// The entry's key.
        key: String,
        /// Its value from here on.
        value: Value,
    },
    /// An entry of a map shall be gone.
    Remove {
        /// The field that is a map.
        field: String,
        /// The entry's key.
        key: String,
    },
    /// A map shall have exactly these entries; what it has already is left alone.
    Entries {
        /// The field that is a map.
        field: String,
        /// All its entries from here on.
        entries: BTreeMap<String, Value>,
    },
    /// A text shall read so; only what differs is touched, so that what others
    /// write elsewhere in it meanwhile merges.
    Text {
        /// The field that is a text.
        field: String,
        /// How it reads from here on.
        text: String,
    },
    /// A stretch of a text shall be replaced. Positions are in characters.
    Splice {
        /// The field that is a text.
        field: String,
        /// Where it begins.
        at: usize,
        /// How many characters go.
        delete: usize,
        /// What comes instead.
        insert: String,
    },
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Str(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Edit {
    /// A scalar field shall have this value.
    pub fn set(field: &str, value: impl Into<Value>) -> Self {
        Self::Set { field: field.to_owned(), value: value.into() }
    }

    /// An entry of a map shall be there with this value.
    pub fn put(field: &str, key: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::Put { field: field.to_owned(), key: key.into(), value: value.into() }
    }

    /// An entry of a map shall be gone.
    pub fn remove(field: &str, key: impl Into<String>) -> Self {
        Self::Remove { field: field.to_owned(), key: key.into() }
    }

    /// A text shall read so.
    pub fn text(field: &str, text: impl Into<String>) -> Self {
        Self::Text { field: field.to_owned(), text: text.into() }
    }

    /// The field that it is about.
    pub fn field(&self) -> &str {
        match self {
            Self::Set { field, .. }
            | Self::Put { field, .. }
            | Self::Remove { field, .. }
            | Self::Entries { field, .. }
            | Self::Text { field, .. }
            | Self::Splice { field, .. } => field,
        }
    }
}
