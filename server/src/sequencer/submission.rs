//! What is submitted to the sequencer, and by whom.

use umbra_model::{ActorPrefix, DeviceId, DocId, Millis, Role, SpaceId, UserId};
use umbra_sync_protocol::wire::{Command, Push, Verdicts};

use super::Rejection;

/// A live connection of this node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnectionId(pub u64);

/// Who submits, as authentication established it. Rights are not part of it:
/// they are read when the submission is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Submitter {
    /// The account.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// With what the device's actor ids begin.
    pub prefix: ActorPrefix,
    /// The connection that it came by; none where it came by REST.
    pub connection: Option<ConnectionId>,
}

impl Submitter {
    /// The server itself, in an account's name and with its rights: from a command
    /// line or a job. It has no device, so it can push nothing.
    pub fn unattended(user: UserId) -> Self {
        let (device, prefix) = (DeviceId::from_bytes([0; 16]), ActorPrefix::GENESIS);
        Self { user, device, prefix, connection: None }
    }

    /// The device; none where the server acts by itself.
    pub fn device(&self) -> Option<DeviceId> {
        Some(self.device).filter(|device| *device.as_bytes() != [0; 16])
    }
}

/// What a submission asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum Request {
    /// Judge these changes.
    Push(Push),
    /// Change server facts, as a client may ask from afar.
    Command(Command),
    /// Change who is in a space, or end it.
    Governance(Governance),
    /// Note that a device has a cursor beyond the end of the space's log, though
    /// the epoch is the same: somebody restored the database without saying so.
    Behind(SpaceId, u64),
    /// Remove a document for good; the bin is emptied by it.
    PurgeDoc(DocId),
    /// The same by the server itself, for a document that has been in the trash
    /// since before this moment.
    ExpireDoc(DocId, Millis),
}

/// A change of who is in a space, or its end. It stands in the same log as the
/// changes, so that the two have one order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Governance {
    /// Lets an account in.
    AddMember(SpaceId, UserId, Role),
    /// Gives a member another role.
    ChangeRole(SpaceId, UserId, Role),
    /// Removes a member.
    RemoveMember(SpaceId, UserId),
    /// The submitter leaves.
    Leave(SpaceId),
    /// Hands the space over to another member; the submitter becomes a manager.
    Transfer(SpaceId, UserId),
    /// Deletes the space with all that is in it.
    DeleteSpace(SpaceId),
    /// The same, for a space that goes with its owner's account: a personal one, too.
    Close(SpaceId),
}

/// A request and its author.
#[derive(Clone, PartialEq, Debug)]
pub struct Submission {
    /// Who submits.
    pub by: Submitter,
    /// What they ask for.
    pub request: Request,
}

/// The answer to a submission, given when what it did is durable.
#[derive(Clone, PartialEq, Debug)]
pub enum Reply {
    /// To a push.
    Pushed(Pushed),
    /// To everything else.
    Done(Result<(), Rejection>),
}

/// The answer to a push.
#[derive(Clone, PartialEq, Debug)]
pub struct Pushed {
    /// The verdicts, one a chunk, in the order of the push.
    pub verdicts: Verdicts,
    /// Whether the device used one sequence number for two changes. Its
    /// connection closes behind the verdicts.
    pub equivocated: bool,
}
