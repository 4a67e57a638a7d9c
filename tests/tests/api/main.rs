//! The REST API over real HTTP, on both databases.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod abuse;
mod bodies;
mod description;
mod devices;
mod front;
mod matrix;
mod members;
mod sessions;
mod sign_in;
mod socket;
mod spaces;
