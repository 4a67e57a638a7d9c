//! What a session hears.

use std::sync::Arc;

use umbra_model::{ActorPrefix, DeviceId, DocId, Millis, SpaceId, UserId};

use super::close::Ending;
use super::published::Published;
use crate::gate::DocFacts;
use crate::wire::{
    Answer, BadFrame, Body, ClientFrame, Cover, Epoch, Peer, PurgeOrder, SpaceState, Verdict,
};

/// What a session hears.
#[derive(Debug)]
pub enum Input {
    /// A frame from the client, and how many bytes it had.
    Frame(ClientFrame, usize),
    /// A message from the client that is no frame.
    BadFrame(BadFrame),
    /// A text message from the client.
    Text,
    /// The answer to [`super::Output::Open`].
    Opened(Opened),
    /// The answer to [`super::Output::Load`].
    Page(Page),
    /// The answer to [`super::Output::Judge`].
    Judged(Judged),
    /// The answer to [`super::Output::Carry`].
    Answered(Answer),
    /// Something happened in a space that the user has.
    News(News),
    /// The shell ends the connection.
    End(Ending),
    /// Time has passed.
    Tick,
}

/// Who the client is and what it has, read in one moment, with the connection
/// already subscribed to the news of every one of the spaces.
#[derive(Clone, PartialEq, Debug)]
pub struct Opened {
    /// The database's epoch.
    pub epoch: Epoch,
    /// The account.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// With what its actor ids begin.
    pub prefix: ActorPrefix,
    /// The spaces that the account has.
    pub spaces: Vec<SpaceState>,
    /// Purge orders for this device that it has not confirmed.
    pub orders: Vec<PurgeOrder>,
    /// The server's clock.
    pub now: Millis,
}

/// What was loaded. It answers the load with the same ticket.
#[derive(Clone, PartialEq, Debug)]
pub enum Page {
    /// Saved documents.
    Pack(u32, PackPage),
    /// Log entries.
    Entries(u32, EntriesPage),
    /// The user is no member of the space.
    Gone(u32),
    /// The database failed.
    Failed(u32),
}

impl Page {
    /// The ticket of the load that it answers.
    pub const fn ticket(&self) -> u32 {
        match self {
            Self::Pack(ticket, _)
            | Self::Entries(ticket, _)
            | Self::Gone(ticket)
            | Self::Failed(ticket) => *ticket,
        }
    }
}

/// Saved documents in the order of their ids, of what the user may see.
#[derive(Clone, PartialEq, Debug)]
pub struct PackPage {
    /// The end of the log at the moment of reading.
    pub head: u64,
    /// The last document id read, seen or not; absent where there was none left.
    pub packed_to: Option<DocId>,
    /// Whether there is nothing behind it.
    pub last: bool,
    /// An array of [`crate::wire::PackedDoc`].
    pub body: Body,
    /// With the last page: an array of [`crate::wire::LogEntry`], the events that a
    /// cold start begins behind.
    pub events: Option<Body>,
}

/// Log entries in order, of what the user may see.
#[derive(Clone, PartialEq, Debug)]
pub struct EntriesPage {
    /// The end of the log at the moment of reading.
    pub head: u64,
    /// The last sequence number read, seen or not. The load's own `after` where
    /// nothing is newer.
    pub to: u64,
    /// An array of [`crate::wire::LogEntry`].
    pub body: Body,
}

/// What became of a push.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged {
    /// The push's number.
    pub id: u32,
    /// One a chunk, in order.
    pub verdicts: Vec<Verdict>,
    /// Stretches of logs that hold nothing but this push.
    pub stretches: Vec<Cover>,
}

/// Something happened in a space that the user has.
#[derive(Clone, Debug)]
pub enum News {
    /// A stretch of its log was committed.
    Published(Arc<Published>),
    /// Its log may be longer than was published here: another node wrote, or this
    /// connection's queue was full. It goes so far, if that is known.
    Behind(SpaceId, Option<u64>),
    /// The user has gained it, or has another role in it, or its recovery began
    /// or ended.
    Space(SpaceState),
    /// The user has lost it. The orders are for this device.
    Lost(SpaceId, Vec<PurgeOrder>),
    /// This device must remove a document.
    Purge(PurgeOrder),
    /// Another user is somewhere.
    Peer(PeerSeen),
}

/// Where another user is, and who may know it.
#[derive(Clone, PartialEq, Debug)]
pub struct PeerSeen {
    /// What is told.
    pub peer: Peer,
    /// The document that they look at; absent where they look at none.
    pub about: Option<DocFacts>,
}
