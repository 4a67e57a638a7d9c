//! Every bound on a calendar file, with its reason.

/// The most bytes of a file. A personal calendar of twenty years has a few
/// megabytes; much more is attachments.
pub const FILE_BYTES_MAX: usize = 64 << 20;

/// The most components of a file, nested ones among them.
pub const COMPONENTS_MAX: usize = 200_000;

/// How deep components may nest: a calendar, an event, its alarm, that one's
/// location.
pub const NESTING_MAX: usize = 8;

/// How many entries of `ext` the kept properties of a document may take.
pub const KEPT_PIECES_MAX: usize = 24;

/// The most bytes of all kept properties of a document, as jCal text.
pub const KEPT_BYTES_MAX: usize = KEPT_PIECES_MAX * umbra_model::limits::EXT_VALUE_BYTES_MAX;

/// The most changes of clocks that a zone of a file is judged by.
pub const ZONE_CHANGES_MAX: usize = 400;

/// The most bytes of a line that is shown in a report.
pub const NOTE_BYTES_MAX: usize = 200;

const _: () = assert!(KEPT_PIECES_MAX < umbra_model::limits::EXT_ENTRIES_MAX as usize);
