//! The workloads. Each starts a server over a database of its own.

mod cold_start;
mod fan_out;
mod memory;
mod reconnect;
mod writes;

pub use cold_start::cold_start;
pub use fan_out::fan_out;
pub use memory::{at_rest, idle};
pub use reconnect::{Return, reconnect};
pub use writes::writes;
