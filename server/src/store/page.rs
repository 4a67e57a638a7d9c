//! Pages of a space's log and of its documents, as the stream to a client wants
//! them.

use umbra_model::DocId;
use umbra_sync_protocol::wire::{LogEntry, PackedDoc};

/// A page of a space's log, filtered for one viewer.
#[derive(Clone, PartialEq, Debug)]
pub struct EntriesPage {
    /// The first sequence number covered.
    pub from: u64,
    /// The last covered; `from - 1` where there is nothing.
    pub to: u64,
    /// What of it concerns what the viewer may see.
    pub entries: Vec<LogEntry>,
    /// The end of the log, at the moment of reading.
    pub head: u64,
}

/// A page of a space's documents, in the order of their ids, filtered for one viewer.
#[derive(Clone, PartialEq, Debug)]
pub struct PackPage {
    /// The documents.
    pub docs: Vec<PackedDoc>,
    /// The last document id covered; none where there is nothing.
    pub packed_to: Option<DocId>,
    /// Whether nothing follows.
    pub last: bool,
    /// With the last page: the latest membership event of each account that is or
    /// was a member, with its place and seal.
    pub members: Vec<LogEntry>,
    /// The end of the log, at the moment of reading: all up to it is in what the
    /// pages hold, if the first page was read no earlier.
    pub head: u64,
}
