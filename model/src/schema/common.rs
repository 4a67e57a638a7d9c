//! What several kinds have in common.

use super::{Domain, EntrySpec, FieldSpec, SCHEMA_VERSION, Segment, Shape, ValueType, Write};
use crate::limits;
use crate::value::ClusterKind;

/// A moment, kept in a set as the stamp of its member: a fresh value each time,
/// so that adding again wins over a concurrent removal.
pub(super) const STAMP: ValueType = ValueType::optional(Domain::Millis);

/// Text that people write together.
pub(super) const TEXT: Shape = Shape::Text { chars_max: limits::TEXT_CHARS_MAX };

/// A field that may be written again and again.
pub(super) const fn field(name: &'static str, shape: Shape, about: &'static str) -> FieldSpec {
    FieldSpec { name, shape, write: Write::Many, about }
}

/// A field that keeps its first value.
pub(super) const fn once(name: &'static str, value: ValueType, about: &'static str) -> FieldSpec {
    FieldSpec { name, shape: Shape::Scalar(value), write: Write::Once, about }
}

/// A field of one value that must be there once it is written.
pub(super) const fn required(name: &'static str, domain: Domain, about: &'static str) -> FieldSpec {
    field(name, Shape::Scalar(ValueType::required(domain)), about)
}

/// A field of one value that may be cleared.
pub(super) const fn optional(name: &'static str, domain: Domain, about: &'static str) -> FieldSpec {
    field(name, Shape::Scalar(ValueType::optional(domain)), about)
}

/// A flat map.
pub(super) const fn map(
    name: &'static str,
    entries_max: u32,
    entries: &'static [EntrySpec],
    about: &'static str,
) -> FieldSpec {
    field(name, Shape::Map { entries, entries_max }, about)
}

/// An entry of a map.
pub(super) const fn entry(key: &'static [Segment], value: ValueType) -> EntrySpec {
    EntrySpec { key, value }
}

pub(super) const V: FieldSpec = once(
    "v",
    ValueType::required(Domain::Int(1, SCHEMA_VERSION)),
    "The version of the schema that the document was made with. Genesis writes it.",
);

pub(super) const CREATED_AT: FieldSpec = once(
    "createdAt",
    ValueType::required(Domain::Millis),
    "When it was created, by the clock of the device that did.",
);

pub(super) const DELETED_AT: FieldSpec = optional(
    "deletedAt",
    Domain::Cluster(ClusterKind::Stamp),
    "When and by whom it was put in the trash. Removing the key would eat concurrent edits.",
);

pub(super) const UID: FieldSpec = once(
    "uid",
    ValueType::required(Domain::Str(limits::UID_BYTES_MAX)),
    "The UID that it had in the calendar file it was imported from.",
);

pub(super) const LABELS: FieldSpec = map(
    "labels",
    limits::LABELS_MAX,
    &[entry(&[Segment::Id], STAMP)],
    "The labels it has: ids of the space's labels, each with the moment it was put on.",
);

pub(super) const FILES: FieldSpec = map(
    "files",
    limits::FILES_MAX,
    &[entry(&[Segment::Id], ValueType::optional(Domain::Cluster(ClusterKind::File)))],
    "Attached files by their id: what each is. The bytes are kept elsewhere.",
);

pub(super) const EXT: FieldSpec = map(
    "ext",
    limits::EXT_ENTRIES_MAX,
    &[entry(
        &[Segment::Name(limits::EXT_NAME_BYTES_MAX)],
        ValueType::optional(Domain::Str(limits::EXT_VALUE_BYTES_MAX)),
    )],
    "What no other field holds, kept for export: foreign properties by name.",
);
