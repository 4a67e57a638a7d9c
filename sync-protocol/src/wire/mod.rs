//! The frames of `umbra.v1`: one binary WebSocket message is one CBOR item
//! (RFC 8949), an array of a tag and the fields in order. A decoder ignores
//! fields behind those it knows, and takes a missing optional field for absent.
//! `docs/PROTOCOL.md` describes them for a reader without this code.

mod body;
mod client;
mod codec;
mod common;
mod server;

pub use body::{BadBody, Body, Event, LogEntry, MemberEvent, PackedDoc};
pub use client::{
    Accepted, ClientFrame, Command, Create, Cursor, Hello, Presence, Purged, Push, PushItem,
};
pub use codec::{BadFrame, decode, encode};
pub use common::{Bytes, ChangeHash, Epoch, Receipt};
pub use server::{
    Answer, Cover, Entries, Fault, Pack, Peer, PurgeOrder, ServerFrame, SpaceState, Verdict,
    Verdicts, Welcome,
};

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "umbra.v1";

/// The protocol version that this build speaks, and the least that it accepts.
pub const VERSION: u16 = 1;
