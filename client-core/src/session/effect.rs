//! What a session does to the store, and what comes of it.

use umbra_model::{DocId, SpaceId};
use umbra_sync_protocol::wire::{
    Cover, Cursor, Entries, Epoch, Fault, Pack, PurgeOrder, Push, SpaceState, Verdict, Welcome,
};

use super::Tally;
use crate::outbox::{Flight, Hold};
use crate::store::{CommandRow, OutboxRow};

/// Something to do to the store, in one transaction.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Read what hello says.
    Begin,
    /// Note who the server says that we are, and which spaces there are.
    Welcome(Welcome),
    /// Note a space that was gained, or that changed for the user.
    Space {
        /// The space.
        state: SpaceState,
        /// Whether the connection hadn't heard of it, so that all of it comes.
        is_new: bool,
    },
    /// Take in saved documents.
    Pack(Pack),
    /// Take in log entries.
    Entries(Entries),
    /// The space has come to the end of its log.
    Current(SpaceId, u64),
    /// Read what waits to be pushed behind this place, and all commands.
    Scan {
        /// The place.
        after: u64,
    },
    /// Read a push's changes.
    Load(Flight),
    /// Carry out the server's verdicts.
    Verdicts {
        /// The push that they answer.
        flight: Flight,
        /// One a change, in the push's order.
        verdicts: Vec<Verdict>,
        /// Stretches of logs that are known by this.
        covers: Vec<Cover>,
    },
    /// Carry out the server's answer to a command.
    Answer {
        /// The command.
        row: CommandRow,
        /// What was wrong with it.
        error: Option<Fault>,
    },
    /// Remove what the user may no longer see, and rescue what they wrote.
    Purge(PurgeOrder),
    /// Note that everything is in step.
    InStep,
    /// Note that the server doesn't accept the sign-in any more.
    SignedOut,
}

/// What an effect did.
#[derive(Debug)]
pub enum Outcome {
    /// Of [`Effect::Begin`].
    Begun(Begun),
    /// Of [`Effect::Welcome`].
    Welcomed {
        /// The spaces that the user has.
        spaces: Vec<SpaceId>,
        /// What is different now.
        touched: Touched,
    },
    /// Of [`Effect::Load`].
    Loaded(Loaded),
    /// Of [`Effect::Current`].
    Current {
        /// The space.
        space: SpaceId,
        /// What is different now.
        touched: Touched,
    },
    /// Of [`Effect::Purge`].
    Purged {
        /// The order, to be confirmed.
        order: u64,
        /// The space, where the whole of it is gone.
        space: Option<SpaceId>,
        /// What is different now.
        touched: Touched,
    },
    /// Of the others.
    Touched(Touched),
}

/// What hello says.
#[derive(Clone, PartialEq, Debug)]
pub struct Begun {
    /// The epoch of the server that the cursors are from.
    pub epoch: Option<Epoch>,
    /// How far each space has come.
    pub cursors: Vec<Cursor>,
}

/// A push, ready to be sent.
#[derive(Clone, PartialEq, Debug)]
pub struct Loaded {
    /// The push as the outbox knows it, with hashes.
    pub flight: Flight,
    /// The same as a frame; without items where nothing is left to push.
    pub push: Push,
}

/// What is different in the store now.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Touched {
    /// What waits of these documents now, and nothing else.
    pub outbox: Vec<(DocId, Vec<OutboxRow>)>,
    /// What waits beside that which is known.
    pub fresh: Vec<OutboxRow>,
    /// These documents' changes are held back.
    pub held: Vec<(DocId, Hold)>,
    /// The commands that wait now, if they may be others.
    pub commands: Option<Vec<CommandRow>>,
    /// Something happened in these spaces.
    pub progress: Vec<SpaceId>,
    /// This space comes from cold, or that has ended.
    pub cold: Option<(SpaceId, bool)>,
    /// Whether the connection must be made again, from what the cursors say now.
    pub resync: bool,
    /// How many edits are in the refused tray, if they may be others.
    pub refused: Option<u32>,
    /// What was done.
    pub tally: Tally,
}
