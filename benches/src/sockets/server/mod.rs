//! The server that is measured.

mod database;
mod process;

pub use database::{Database, Engine};
pub use process::Server;
