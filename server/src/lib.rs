//! The Umbra server as a library: the binary, the tests and the benches all
//! start it with [`start`].

pub mod config;
mod serve;

pub use config::Config;
pub use serve::{Running, StartError, start};
