//! What the server sends.

use minicbor::{Decode, Encode};
use umbra_model::{ActorPrefix, DeviceId, DocId, Millis, Role, SpaceId, SpaceKind, UserId};

use super::body::Body;
use super::common::{Bytes, ChangeHash, Epoch, Receipt};

/// A frame from the server.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub enum ServerFrame {
    /// The answer to hello.
    #[n(0)]
    Welcome(#[n(0)] Welcome),
    /// Saved documents for a cold start.
    #[n(1)]
    Pack(#[n(0)] Pack),
    /// Log entries: a catch-up, or live.
    #[n(2)]
    Entries(#[n(0)] Entries),
    /// The client has all of this space's log up to here; live entries follow.
    #[n(3)]
    Current(#[n(0)] SpaceId, #[n(1)] u64),
    /// The answer to a push.
    #[n(4)]
    Verdicts(#[n(0)] Verdicts),
    /// The answer to a command.
    #[n(5)]
    Answer(#[n(0)] Answer),
    /// The client must remove what it may no longer see, and confirm.
    #[n(6)]
    Purge(#[n(0)] PurgeOrder),
    /// Where another user is, or that they left.
    #[n(7)]
    Presence(#[n(0)] Peer),
    /// A space that the user has gained, or whose role has changed for them.
    #[n(8)]
    Space(#[n(0)] SpaceState),
    /// Something is wrong with what the client sent. Where it is fatal, the
    /// connection closes behind it.
    #[n(9)]
    Fault(#[n(0)] Fault),
}

/// The answer to hello.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub struct Welcome {
    /// The protocol version that both speak from here on.
    #[n(0)]
    pub version: u16,
    /// The epoch of this server's database. If it differs from the client's,
    /// the server was restored: its log may have lost what the client has.
    #[n(1)]
    pub epoch: Epoch,
    /// Who the client is signed in as.
    #[n(2)]
    pub user: UserId,
    /// Which device it is.
    #[n(3)]
    pub device: DeviceId,
    /// With what its actor ids must begin.
    #[n(4)]
    pub prefix: ActorPrefix,
    /// The spaces that the user has, all of them. A space that a client holds
    /// and that isn't here is not to be removed for that; a purge order says so.
    #[n(5)]
    pub spaces: Vec<SpaceState>,
    /// The server's clock, in milliseconds since the Unix epoch.
    #[n(6)]
    pub now: Millis,
}

/// A space as this user has it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SpaceState {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// What it is for.
    #[n(1)]
    pub kind: SpaceKind,
    /// The user's role.
    #[n(2)]
    pub role: Role,
    /// The end of its log.
    #[n(3)]
    pub head: u64,
    /// Whether the client's cursor can't be served (it is from the future, or of
    /// another epoch), so that a cold start of the space follows.
    #[n(4)]
    pub reset: bool,
    /// Whether the space waits for its owner after a restore (see
    /// [`super::Command::Recovered`]).
    #[n(5)]
    pub recovering: bool,
}

/// Saved documents of one space, in the order of their ids.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub struct Pack {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// Every entry up to this one is contained in the documents of the whole
    /// cold start; each document may be newer.
    #[n(1)]
    pub seq: u64,
    /// The last document id of this pack: what a resumed cold start names.
    #[n(2)]
    pub packed_to: Option<DocId>,
    /// Whether the cold start of the space ends with this pack.
    #[n(3)]
    pub last: bool,
    /// An array of [`super::PackedDoc`].
    #[n(4)]
    pub body: Body,
    /// With the last pack: an array of [`super::LogEntry`], since a cold start begins
    /// behind the entries that held them: the latest membership event of each account
    /// that is or was a member, and, in a space that was restored, which documents are
    /// purged: what a client has beyond that, others may be about to give back.
    #[n(5)]
    pub events: Option<Body>,
}

/// A stretch of one space's log.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub struct Entries {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// The first sequence number covered.
    #[n(1)]
    pub from: u64,
    /// The last sequence number covered. Entries between the two that are
    /// missing concern nothing that this client may see.
    #[n(2)]
    pub to: u64,
    /// An array of [`super::LogEntry`].
    #[n(3)]
    pub body: Body,
}

/// The answer to a push.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub struct Verdicts {
    /// The push's number.
    #[n(0)]
    pub id: u32,
    /// One a chunk, in the order of the push.
    #[n(1)]
    pub verdicts: Vec<Verdict>,
    /// Stretches of logs that hold nothing but this push, and aren't sent again.
    #[n(2)]
    pub covers: Vec<Cover>,
}

/// What became of a change. Sent only when it is durable.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub enum Verdict {
    /// It is in the log and will stay there.
    #[n(0)]
    Accepted {
        /// Its hash.
        #[n(0)]
        hash: ChangeHash,
        /// Its place in the space's log.
        #[n(1)]
        seq: u64,
        /// The server's seal, kept for the case that the server is restored.
        #[n(2)]
        receipt: Receipt,
    },
    /// It is not, and no part of it is.
    #[n(1)]
    Refused {
        /// Its hash; absent where the bytes are no change.
        #[n(0)]
        hash: Option<ChangeHash>,
        /// A stable code, such as `role_too_weak`.
        #[n(1)]
        code: String,
        /// The field that it is about, such as `title` or `labels/urgent`.
        #[n(2)]
        path: Option<String>,
        /// The rule that says so, such as `todo.write.editor`.
        #[n(3)]
        rule: Option<String>,
        /// Whether sending the same change again can't help.
        #[n(4)]
        permanent: bool,
    },
}

/// A stretch of a log that the client has by having pushed it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Cover {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// The first sequence number.
    #[n(1)]
    pub from: u64,
    /// The last.
    #[n(2)]
    pub to: u64,
}

/// The answer to a command.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Answer {
    /// The command's number.
    #[n(0)]
    pub id: u32,
    /// Absent where it was carried out.
    #[n(1)]
    pub error: Option<Fault>,
}

/// An order to remove what the user may no longer see. Unsynced edits are
/// rescued first; the client confirms with [`super::Purged`].
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct PurgeOrder {
    /// The order's number, to be confirmed.
    #[n(0)]
    pub order: u64,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// One document of it; absent for the whole space.
    #[n(2)]
    pub doc: Option<DocId>,
    /// Why: `removed`, `left`, `space_deleted`, `hidden`, `purged`, `device_revoked`.
    #[n(3)]
    pub reason: String,
}

/// Where another user is.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Peer {
    /// The account, as the server knows it.
    #[n(0)]
    pub user: UserId,
    /// The device.
    #[n(1)]
    pub device: DeviceId,
    /// The space.
    #[n(2)]
    pub space: SpaceId,
    /// The document they look at.
    #[n(3)]
    pub doc: Option<DocId>,
    /// What their application tells; absent where they have left.
    #[n(4)]
    pub state: Option<Bytes>,
}

/// Something is wrong with what the client sent.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Fault {
    /// A stable code, such as `frame_malformed`.
    #[n(0)]
    pub code: String,
    /// What is wrong and what would be right, in words.
    #[n(1)]
    pub message: String,
    /// Whether the connection closes.
    #[n(2)]
    pub fatal: bool,
}
