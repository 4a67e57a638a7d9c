//! What the integration tests share: a real server on a free port over a fresh
//! database of either engine.

mod database;
mod server;

pub use database::{Database, Engine};
pub use server::TestServer;
