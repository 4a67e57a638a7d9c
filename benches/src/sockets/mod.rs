//! Real loads through real sockets against
//! the real server in a process of its own, with the limits that they are compared
//! to measured in the same run.

mod baseline;
mod client;
mod corpus;
mod edit;
mod measure;
mod rows;
mod seed;
mod server;
mod workload;

pub use rows::{cold_start, fan_out, memory, reconnect, writes};
