//! The Umbra server as a library: the binary, the tests and the benches all
//! start it with [`start`].

pub mod config;
pub mod sequencer;
mod serve;
pub mod store;

pub use config::Config;
pub use serve::{Running, StartError, start};
