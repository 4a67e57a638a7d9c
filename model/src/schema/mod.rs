//! The shape of every kind of document, declared as tables.
//!
//! A document is a map of fields. A field is a scalar, a text that people write
//! together, or a flat map from structured keys to scalars; nothing nests
//! deeper, and there are no Automerge lists. Texts and maps come from the
//! kind's genesis change, so a client never creates a container.

mod comment;
mod common;
mod event;
mod prefs;
mod space;
mod todo;

mod key;
mod scalar;

pub use key::{Key, Segment};
pub use scalar::{BadValue, Domain, Scalar, ValueType};

use crate::{Kind, SpaceKind, UserId};

/// The version of the schema that this build writes, in every document's `v`.
pub const SCHEMA_VERSION: i64 = 1;

/// A kind's table.
#[derive(Debug)]
pub struct KindSpec {
    /// The kind described.
    pub kind: Kind,
    /// The kinds of space in which such a document may live.
    pub homes: &'static [SpaceKind],
    /// Its fields, in the order in which genesis makes their containers.
    pub fields: &'static [FieldSpec],
}

/// One field of a kind.
#[derive(Debug)]
pub struct FieldSpec {
    /// The key in the document's root map.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// How often it may be written.
    pub write: Write,
    /// What it means, for the generated documentation.
    pub about: &'static str,
}

/// How often a field may be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Write {
    /// Again and again.
    Many,
    /// Once; a value, once there, stays.
    Once,
}

/// What a field holds.
#[derive(Debug)]
pub enum Shape {
    /// One last-writer-wins value.
    Scalar(ValueType),
    /// Text that people write together, of at most so many characters.
    Text {
        /// The most visible characters it may hold.
        chars_max: u32,
    },
    /// A flat map of at most so many entries.
    Map {
        /// The keys it takes and what each may hold; the first match decides.
        entries: &'static [EntrySpec],
        /// The most keys it may ever hold.
        entries_max: u32,
    },
}

/// A pattern of keys in a map, and what such an entry holds.
#[derive(Debug)]
pub struct EntrySpec {
    /// The segments of the key, joined by `/`.
    pub key: &'static [Segment],
    /// The value under such a key.
    pub value: ValueType,
}

/// Where an operation lands, found by [`KindSpec::target`].
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The field.
    pub field: &'static FieldSpec,
    /// What may be put there; `None` in a text.
    pub value: Option<&'static ValueType>,
    /// The account that the entry's key names, if it names one. Where it is the
    /// author of the change, the entry is their own.
    pub account: Option<UserId>,
}

/// The path names nothing that this kind has.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UnknownPath {
    /// No such field.
    #[error("a {kind} has no field `{field}`")]
    Field {
        /// The kind asked.
        kind: Kind,
        /// The field it lacks.
        field: String,
    },
    /// The field is a container and can't be replaced by a value.
    #[error("`{0}` is a container, which comes with the document and can't be replaced")]
    Container(String),
    /// The field is no map.
    #[error("`{0}` holds one value and has no entries")]
    NotAMap(String),
    /// No entry of the map may have this key.
    #[error("`{key}` is no key for `{field}`")]
    Key {
        /// The map.
        field: String,
        /// The key it refuses.
        key: String,
    },
}

/// The table of this kind.
pub const fn spec(kind: Kind) -> &'static KindSpec {
    match kind {
        Kind::Space => &space::SPEC,
        Kind::Todo => &todo::SPEC,
        Kind::Event => &event::SPEC,
        Kind::Comment => &comment::SPEC,
        Kind::Prefs => &prefs::SPEC,
    }
}

impl KindSpec {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// What a write at `key` lands on: of the root map where `container` is
    /// `None`, else of that field's map.
    ///
    /// # Errors
    /// [`UnknownPath`] where this kind has no such place.
    pub fn target(&self, container: Option<&str>, key: &str) -> Result<Target, UnknownPath> {
        let name = container.unwrap_or(key);
        let field = self
            .field(name)
            .ok_or_else(|| UnknownPath::Field { kind: self.kind, field: name.to_owned() })?;
        let (value, account) = match (&field.shape, container) {
            (Shape::Scalar(value), None) => (Some(value), None),
            (Shape::Text { .. } | Shape::Map { .. }, None) => {
                return Err(UnknownPath::Container(name.to_owned()));
            }
            (Shape::Text { .. }, Some(_)) => (None, None),
            (Shape::Scalar(_), Some(_)) => return Err(UnknownPath::NotAMap(name.to_owned())),
            (Shape::Map { entries, .. }, Some(_)) => {
                let taken = Key::parse(key);
                let entry =
                    entries.iter().find(|entry| taken.matches(entry.key)).ok_or_else(|| {
                        UnknownPath::Key { field: name.to_owned(), key: key.to_owned() }
                    })?;
                (Some(&entry.value), taken.account(entry.key))
            }
        };
        Ok(Target { field, value, account })
    }
}
