//! Conversations with a session, without I/O.

mod bounds;
mod catching_up;
mod conversation;
mod fan_out;
mod order;
mod presence;
mod transcript;
