//! A row of a space's log.

use umbra_model::{DeviceId, DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::wire::{Bytes, ChangeHash, Event, LogEntry, MemberEvent, Receipt};

/// A row of a space's log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogRow {
    /// The space.
    pub space: SpaceId,
    /// Its place in the space's log.
    pub seq: u64,
    /// When it was appended.
    pub at: Millis,
    /// Who did it.
    pub by: By,
    /// What they did.
    pub event: LogEvent,
}

/// Who did something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct By {
    /// The account.
    pub user: UserId,
    /// The device; none where the server did it by itself.
    pub device: Option<DeviceId>,
    /// The account's role in the space at that moment; none where it was taken
    /// back for its receipt.
    pub role: Option<Role>,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogEvent {
    /// The space came into being.
    Founded(SpaceKind),
    /// Someone came, went, or has another role.
    Member(Membership),
    /// A document came into being.
    Created {
        /// The document.
        doc: DocId,
        /// What it is.
        kind: Kind,
        /// Who may see it.
        privacy: Privacy,
    },
    /// A change was accepted.
    Change(Change),
    /// Someone changed who may see a document.
    Privacy {
        /// The document.
        doc: DocId,
        /// Who could see it before.
        was: Privacy,
        /// Who may see it from here on.
        privacy: Privacy,
    },
    /// A document was removed for good.
    Purged(DocId),
}

/// Someone came, went, or has another role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    /// Who.
    pub user: UserId,
    /// Their sign-in name at that moment.
    pub name: String,
    /// Their role from here on.
    pub role: Option<Role>,
    /// The seal that was given.
    pub receipt: Receipt,
    /// Where a restored server took it back.
    pub lost: Option<Lost>,
}

/// An accepted change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The document.
    pub doc: DocId,
    /// The change's hash.
    pub hash: ChangeHash,
    /// Its actor.
    pub actor: [u8; 16],
    /// Which one of the actor's.
    pub actor_seq: u64,
    /// Its raw chunk; none where it was folded into the saved document.
    pub chunk: Option<Bytes>,
    /// The seal that was given.
    pub receipt: Receipt,
    /// Where a restored server took it back.
    pub lost: Option<Lost>,
}

/// The place and the seal that something had before the server was restored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lost {
    /// The place in the lost log.
    pub seq: u64,
    /// The seal on it.
    pub receipt: Receipt,
}

impl LogEvent {
    /// The document that it is about; none where it is about the space.
    pub fn doc(&self) -> Option<DocId> {
        match self {
            Self::Created { doc, .. } | Self::Privacy { doc, .. } | Self::Purged(doc) => Some(*doc),
            Self::Change(change) => Some(change.doc),
            Self::Founded(_) | Self::Member(_) => None,
        }
    }
}

impl LogRow {
    /// As clients are told; nothing where the change's bytes were folded.
    pub fn into_entry(self) -> Option<LogEntry> {
        let event = match self.event {
            LogEvent::Founded(kind) => Event::Founded { kind, founder: self.by.user },
            LogEvent::Member(it) => Event::Member(MemberEvent {
                user: it.user,
                name: it.name,
                role: it.role,
                by: self.by.user,
                receipt: it.receipt,
            }),
            LogEvent::Created { doc, kind, privacy } => {
                Event::Created { doc, kind, creator: self.by.user, privacy }
            }
            LogEvent::Change(Change { doc, chunk, .. }) => {
                Event::Change { doc, chunk: chunk?, view: None }
            }
            LogEvent::Privacy { doc, privacy, .. } => Event::Privacy { doc, privacy },
            LogEvent::Purged(doc) => Event::Purged { doc },
        };
        Some(LogEntry { seq: self.seq, event })
    }
}
