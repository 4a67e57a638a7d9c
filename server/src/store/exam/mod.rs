//! What the unit tests of the store, the sequencer, audit and backup share: a fresh
//! database of either engine, people with devices, and documents that they edit.

mod author;
mod database;
mod heard;
mod world;

pub(crate) use author::{Author, create, create_private, push};
pub(crate) use database::{TestDatabase, exam};
pub(crate) use heard::Heard;
pub(crate) use world::{World, connected, fresh, new_doc};
