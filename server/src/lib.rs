//! The Umbra server as a library: the binary, the tests and the benches all
//! start it with [`start`].
//!
//! * [`store`]: the one door to storage.
//! * [`sequencer`]: where every change gets its place in a log.
//! * [`hub`]: the live connections, and how word reaches them.
//! * [`identity`]: who someone is.
//! * [`backup`]: the whole database in one file, and back.
//! * [`http`]: REST, and what stands before it.

mod app;
pub mod audit;
pub mod backup;
pub mod config;
pub mod http;
pub mod hub;
pub mod identity;
pub mod limits;
pub mod sequencer;
mod serve;
pub mod settings;
pub mod store;
mod sync;

pub use config::Config;
pub use serve::{Running, StartError, open_store, start};
