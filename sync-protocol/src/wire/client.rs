//! What a client sends.

use minicbor::{Decode, Encode};
use umbra_model::{DocId, Kind, Privacy, SpaceId, SpaceKind};

use super::common::{Bytes, Epoch, Receipt};

/// A frame from a client.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub enum ClientFrame {
    /// The first frame of a connection, once.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// Changes to be judged. Answered by one [`super::Verdicts`].
    #[n(1)]
    Push(#[n(0)] Push),
    /// A change of server facts. Answered by one [`super::Answer`].
    #[n(2)]
    Command(#[n(0)] u32, #[n(1)] Command),
    /// Grants the server so many more bytes of packs and entries.
    #[n(3)]
    Credit(#[n(0)] u32),
    /// Confirms that a purge order has been carried out.
    #[n(4)]
    Purged(#[n(0)] Purged),
    /// Where this device's user is. Never stored.
    #[n(5)]
    Presence(#[n(0)] Presence),
}

/// What the client has, and how it wants to be served.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub struct Hello {
    /// The highest protocol version that the client speaks.
    #[n(0)]
    pub version: u16,
    /// The epoch of the server that its cursors are from; absent on a first sync.
    #[n(1)]
    pub epoch: Option<Epoch>,
    /// How far it has come in each space that it holds.
    #[n(2)]
    pub cursors: Vec<Cursor>,
    /// Whether it wants each document's plain JSON beside the bytes.
    #[n(3)]
    pub views: bool,
    /// How many bytes of packs and entries the server may send before it must
    /// wait for [`ClientFrame::Credit`].
    #[n(4)]
    pub credit: u32,
    /// The client's name and version, for logs.
    #[n(5)]
    pub agent: String,
}

/// How far a client has come in one space.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Cursor {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// Every log entry up to this one has been applied.
    #[n(1)]
    pub seq: u64,
    /// Where a cold start broke off: every document up to this id is here, as
    /// of `seq` or later.
    #[n(2)]
    pub packed_to: Option<DocId>,
}

/// Changes to be judged.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub struct Push {
    /// The client's number for it, given back in the answer.
    #[n(0)]
    pub id: u32,
    /// Whether one refusal refuses all.
    #[n(1)]
    pub atomic: bool,
    /// The changes, by document.
    #[n(2)]
    pub items: Vec<PushItem>,
}

/// Changes to one document, in causal order.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub struct PushItem {
    /// The document.
    #[n(0)]
    pub doc: DocId,
    /// How to create it, where it may not exist yet. If it does exist, the facts
    /// on the server stand.
    #[n(1)]
    pub create: Option<Create>,
    /// Raw, uncompressed Automerge change chunks.
    #[n(2)]
    pub chunks: Vec<Bytes>,
    /// The receipts of changes that a server accepted before it was restored from
    /// a backup, one a chunk; absent in ordinary pushes.
    #[n(3)]
    pub receipts: Option<Vec<Accepted>>,
}

/// The facts with which a document begins.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Create {
    /// The space it shall live in, for good or until it is moved by a command.
    #[n(0)]
    pub space: SpaceId,
    /// What it is.
    #[n(1)]
    pub kind: Kind,
    /// Who may see it.
    #[n(2)]
    pub privacy: Privacy,
}

/// Proof that a change was accepted once.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Accepted {
    /// The space whose log it was in.
    #[n(0)]
    pub space: SpaceId,
    /// Its place in that log.
    #[n(1)]
    pub seq: u64,
    /// The server's seal on (space, seq, document, change, author's device).
    #[n(2)]
    pub receipt: Receipt,
}

/// A change of server facts that a client may queue while it is offline.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Command {
    /// Brings a space into being, owned by the sender. Idempotent.
    #[n(0)]
    CreateSpace(#[n(0)] SpaceId, #[n(1)] SpaceKind),
    /// Changes who may see a document.
    #[n(1)]
    SetPrivacy(#[n(0)] DocId, #[n(1)] Privacy),
    /// Gives back a membership event that a restored server has lost: the
    /// entry's place and seal as the client received them.
    #[n(2)]
    RestoreMember(#[n(0)] super::body::MemberEvent, #[n(1)] SpaceId, #[n(2)] u64),
    /// Ends the recovery of a space after its server was restored from a backup;
    /// only its owner may.
    #[n(3)]
    Recovered(#[n(0)] SpaceId),
}

/// Confirms that a purge order has been carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Purged {
    /// The number of the order.
    #[n(0)]
    pub order: u64,
}

/// Where this device's user is.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Presence {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// The document they look at.
    #[n(1)]
    pub doc: Option<DocId>,
    /// What the application wants to tell: a field, a cursor. Absent says goodbye.
    #[n(2)]
    pub state: Option<Bytes>,
}
