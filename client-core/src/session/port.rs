//! What goes into a session and what comes out.

use umbra_sync_protocol::wire::{ClientFrame, Peer, Presence, ServerFrame};

use super::{Effect, Outcome};

/// How a session behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// The client's name and version.
    pub agent: String,
    /// Whether to ask for each document's plain JSON, so that none needs to be opened.
    pub views: bool,
    /// How many bytes of packs and entries may be under way.
    pub credit: u32,
}

/// What a session hears.
#[derive(Debug)]
pub enum Input {
    /// A connection has been made.
    Connected,
    /// A frame from the server, and how many bytes it had.
    Frame(ServerFrame, usize),
    /// What an effect did.
    Stored(Outcome),
    /// Something was written to the store by somebody else.
    Stirred,
    /// Tell others where the user is.
    Presence(Presence),
    /// The connection is gone; with the code that the server closed it with.
    Closed(Option<u16>),
    /// Time has passed.
    Tick,
}

/// What a session wants done.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// Send this frame.
    Send(ClientFrame),
    /// Do this to the store, in one transaction, and answer with [`Input::Stored`].
    Store(Effect),
    /// Another user is somewhere, or has left.
    Peer(Peer),
    /// End the connection: the server did what it mustn't.
    Close(String),
}
