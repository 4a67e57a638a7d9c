//! The offline client engine of Umbra. The core is pure (no I/O, no clock, no
//! dice); the edges are behind features: `sqlite` for the store on disk, `link`
//! for the network. With both, [`Replica`] is what a client is built on.

pub mod document;
pub mod edit;
pub mod engine;
pub mod error;
pub mod outbox;
pub mod session;
pub mod store;

#[cfg(feature = "sqlite")]
pub mod sqlite;

#[cfg(all(feature = "sqlite", feature = "link"))]
pub mod link;
#[cfg(all(feature = "sqlite", feature = "link"))]
pub mod replica;

pub use edit::{Edit, Value};
pub use error::{BadInput, Error, Fault, Refused, Result};

#[cfg(all(feature = "sqlite", feature = "link"))]
pub use replica::Replica;
