//! The measurements of docs/PERFORMANCE.md: real loads through real sockets against
//! the real server in a process of its own, with the limits that they are compared
//! to measured in the same run.

pub mod baseline;
pub mod client;
pub mod corpus;
pub mod edit;
pub mod measure;
pub mod report;
pub mod seed;
pub mod server;
pub mod table;
pub mod workload;
