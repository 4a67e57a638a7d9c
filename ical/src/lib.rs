//! iCalendar files (RFC 5545) to documents and back, as plain data: no I/O, no
//! clock, no dice.
//!
//! [`import`] reads a file and yields an [`Item`] for each event and todo: a
//! document in the plain JSON form of its kind, under an id that is the same
//! wherever the same file goes into the same space. What no field holds is kept
//! in the document's `ext` map, as jCal text, and comes out again in [`export`].
//! What not even that holds is in the report ([`Note`]), which says whether the
//! original file must be kept beside the replica. Nothing is dropped in silence.

mod color;
mod component;
mod draft;
mod event;
mod export;
mod id;
mod import;
mod jcal;
mod kept;
mod line;
mod moment;
mod recurrence;
mod report;
mod text;
mod todo;
mod vtimezone;
mod zones;

pub mod limits;

pub use component::BadFile;
pub use export::{Calendar, Document, export};
pub use id::{document_id, label_id};
pub use import::{About, Imported, Item, Options, fields, import};
pub use report::{Note, What};
