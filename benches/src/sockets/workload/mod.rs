//! The workloads. Each starts a server over a database of its own.

mod cold_start;
mod fan_out;
mod memory;
mod reconnect;
mod writes;

pub use cold_start::{ColdStart, cold_start};
pub use fan_out::{Audience, FanOut, fan_out};
pub use memory::{Idle, idle};
pub use reconnect::{Reconnect, reconnect};
pub use writes::{Writes, writes};
