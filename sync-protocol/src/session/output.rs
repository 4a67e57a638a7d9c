//! What a session wants done.

use bytes::Bytes;
use umbra_model::{DocId, SpaceId};

use super::close::CloseCode;
use super::viewer::Viewer;
use crate::wire::{Command, Presence, Push};

/// What a session wants done, in order.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// Send this encoded [`crate::wire::ServerFrame`].
    Send(Bytes),
    /// Subscribe to the news of the user's spaces, then read who the client is
    /// and what it has. Answer with [`super::Input::Opened`].
    Open,
    /// Read a page. Answer with [`super::Input::Page`]. Never more than one at a time.
    Load(Load),
    /// Have a push judged. Answer with [`super::Input::Judged`].
    Judge(Push),
    /// Carry out a command. Answer with [`super::Input::Answered`] under this number.
    Carry(u32, Command),
    /// The device has carried out this purge order.
    Confirm(u64),
    /// Tell the others in the space where this user is, if the member may see
    /// the document that it names.
    Presence(Viewer, Presence),
    /// The client's cursor in this space is beyond the end of the log, though the
    /// epoch is the same: somebody restored the database behind our back, or the
    /// client lies. What to make of it is for whoever keeps the log.
    Ahead(SpaceId, u64),
    /// Close the connection, behind what was sent. Nothing follows.
    Close(CloseCode, &'static str),
    /// The client is gone: let go of everything. Nothing follows.
    Drop,
}

/// A page to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Load {
    /// Given back with the page.
    pub ticket: u32,
    /// The space.
    pub space: SpaceId,
    /// What to read of it.
    pub want: Want,
    /// Whether with each document's plain JSON.
    pub views: bool,
}

/// What to read of a space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Want {
    /// Documents behind this id.
    Pack(Option<DocId>),
    /// Log entries behind this sequence number.
    Entries(u64),
}
