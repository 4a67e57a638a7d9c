//! What both ends of Umbra must agree on before a byte is exchanged: what a
//! todo, an event or a comment is, who may do what to it, and when a repeating
//! thing happens. Everything here is pure: no I/O, no clock, no dice.
//!
//! * [`schema`]: each kind's fields and the values they take, as tables.
//! * [`policy`]: who may do what, as one table and one total function.
//! * [`summary`]: what lists and search need to know of a document.
//! * [`value`]: scalars that only make sense as a whole (a start with its zone).
//! * [`export`]: the schema and the policy for other languages and for readers.
//! * [`limits`]: every bound on the content of a document.
//! * [`recurrence`]: when a rule repeats, and which instant a local time is.

#![warn(clippy::iter_over_hash_type)]

mod cbor;

pub mod export;
pub mod id;
pub mod kind;
pub mod limits;
pub mod policy;
pub mod recurrence;
pub mod role;
pub mod schema;
pub mod summary;
pub mod value;

pub use id::{ActorPrefix, DeviceId, DocId, Millis, SpaceId, UserId};
pub use kind::{Kind, Privacy, SpaceKind};
pub use role::Role;
pub use summary::Summary;
