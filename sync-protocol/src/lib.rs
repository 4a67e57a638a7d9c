//! The agreement between an Umbra server and its clients: the messages, their
//! bounds, and the merge gate that judges every operation. Pure: no runtime, no
//! SQL, no HTTP, no clock, no dice.
//!
//! * [`wire`]: the frames of `umbra.v1` (`docs/PROTOCOL.md` is their specification).
//! * [`gate`]: what must hold of a change before it may touch a document.
//! * [`genesis`]: the first change of every document.
//! * [`view`]: a document as plain JSON.
//! * [`session`]: the server's end of one connection, as a pure state machine.
//! * [`limits`]: every bound, with its reason.

#![warn(clippy::iter_over_hash_type)]

pub mod gate;
pub mod genesis;
pub mod limits;
pub mod session;
pub mod view;
pub mod wire;
