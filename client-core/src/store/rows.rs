//! What a store keeps.

use serde::{Deserialize, Serialize};
use umbra_model::summary::Summary;
use umbra_model::{
    ActorPrefix, DeviceId, DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId,
};
use umbra_sync_protocol::wire::{ChangeHash, Command, Epoch, MemberEvent, Receipt};

use crate::document::{Facts, Generation, Intent, Pending};

/// What a replica knows of itself.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Meta {
    /// Who is, or was last, signed in.
    pub account: Option<AccountRow>,
    /// The epoch of the server that the cursors are from.
    pub epoch: Option<Epoch>,
    /// When everything was last in step with the server.
    pub synced: Option<Millis>,
}

/// Who is, or was last, signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountRow {
    /// The server's address.
    pub server: String,
    /// The account.
    pub user: UserId,
    /// Its sign-in name.
    pub name: String,
    /// This device.
    pub device: DeviceId,
    /// With what its actor ids begin.
    pub prefix: ActorPrefix,
    /// Its credential; absent after it signed out or was signed out.
    pub token: Option<String>,
}

/// A space that the replica holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpaceRow {
    /// The space.
    pub space: SpaceId,
    /// What it is for.
    pub kind: SpaceKind,
    /// The user's role.
    pub role: Role,
    /// Every log entry up to this one has been applied.
    pub cursor: u64,
    /// How far an unfinished cold start has come.
    pub packed_to: Option<DocId>,
    /// Whether a cold start of the space is still to come or under way.
    pub cold: bool,
    /// How many cold starts the space has had. A document that lags behind wasn't
    /// in the last one: the server doesn't have it.
    pub round: u32,
    /// Whether the server doesn't know of it yet.
    pub unsynced: bool,
    /// Whether it waits for its owner after the server was restored.
    pub recovering: bool,
}

/// A membership event and its place in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberRow {
    /// Its place.
    pub seq: u64,
    /// The event.
    pub event: MemberEvent,
}

/// A document's accepted state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// What is known of it beside its content.
    pub facts: Facts,
    /// Whether the server knows of it.
    pub born: bool,
    /// The document as it was last saved whole; absent where all is in the tail.
    pub saved: Option<Vec<u8>>,
    /// A run of accepted changes since.
    pub tail: Vec<u8>,
    /// Every log entry about it up to this one is contained. Later ones may be too,
    /// where they are this device's own.
    pub seq: u64,
    /// The generation of this device's current actor id for it.
    pub generation: Option<Generation>,
    /// The cold start of its space in which it last came.
    pub round: u32,
}

/// What lists and search need of a document, so that it needn't be opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Projection {
    /// All its fields in plain JSON, pending edits included.
    pub view: String,
    /// What is derived from them.
    pub summary: Summary,
    /// The first and the last moment at which an agenda may show it; no last one
    /// where it goes on for ever.
    pub extent: Option<(Millis, Option<Millis>)>,
    /// The id that it has where it was imported from.
    pub uid: Option<String>,
}

/// A document in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocRow {
    /// What is known of it beside its content.
    pub facts: Facts,
    /// Whether the server knows of it.
    pub born: bool,
    /// Every log entry about it up to this one is contained.
    pub seq: u64,
    /// All its fields in plain JSON.
    pub view: String,
    /// How many edits of it wait for their verdict.
    pub pending: u32,
}

/// Something that waits to be pushed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutboxRow {
    /// Its place among all that waits.
    pub order: u64,
    /// The document.
    pub doc: DocId,
    /// The space it lives in.
    pub space: SpaceId,
    /// The size of the change.
    pub bytes: usize,
    /// The all-or-nothing group that it belongs to.
    pub group: Option<u64>,
    /// Whether the server accepted it once and lost it since.
    pub returned: bool,
}

/// A change that the server turned out not to have, although it accepted it once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AheadRow {
    /// Its place among all that waits; given by the store.
    pub order: u64,
    /// The document.
    pub doc: DocId,
    /// Its hash.
    pub hash: ChangeHash,
    /// The raw change chunk.
    pub chunk: Vec<u8>,
    /// Whether this device made it, and so gives it back.
    pub mine: bool,
}

/// The server's seal on a change of this device that it accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReceiptRow {
    /// The document.
    pub doc: DocId,
    /// The change.
    pub hash: ChangeHash,
    /// The space whose log it is in.
    pub space: SpaceId,
    /// Its place there.
    pub seq: u64,
    /// The seal.
    pub receipt: Receipt,
}

/// A command that waits for its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommandRow {
    /// Its place among all commands; given by the store.
    pub id: u64,
    /// The command.
    pub command: Command,
}

/// An edit in the refused tray.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrayRow {
    /// Its number; given by the store.
    pub id: u64,
    /// The document.
    pub facts: Facts,
    /// The kind of its space.
    pub space_kind: SpaceKind,
    /// The document's title.
    pub title: String,
    /// What the edit was, in a few words.
    pub label: String,
    /// When it was made.
    pub made: Millis,
    /// When it came into the tray.
    pub refused: Millis,
    /// Why it is here.
    pub reason: TrayReason,
    /// Whether the document came into being with it.
    pub creates: bool,
    /// What it did, each text with how it read before.
    pub intents: Vec<Intent>,
    /// The all-or-nothing group that it belongs to.
    pub group: Option<u64>,
}

/// Why an edit is in the refused tray.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TrayReason {
    /// A stable code.
    pub code: String,
    /// The field that it is about.
    pub path: Option<String>,
    /// The rule that says so.
    pub rule: Option<String>,
    /// In words.
    pub message: String,
}

/// An edit of the user that can be taken back, or made again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UndoRow {
    /// Its place; given by the store.
    pub id: u64,
    /// To be taken back, or to be made again.
    pub stack: Stack,
    /// Those of one step are taken back together.
    pub step: u64,
    /// The document.
    pub doc: DocId,
    /// The change.
    pub hash: ChangeHash,
    /// What it did.
    pub intents: Vec<Intent>,
    /// Whether the document came into being with it.
    pub creates: bool,
    /// What it was, in a few words.
    pub label: String,
}

/// Which way an edit can go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stack {
    /// It can be taken back.
    Undo,
    /// It took something back, and can be taken back itself.
    Redo,
}

/// A purge order that was carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PurgeRow {
    /// Its number.
    pub order: u64,
    /// The space.
    pub space: SpaceId,
    /// One document of it; absent for the whole space.
    pub doc: Option<DocId>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Millis,
}

/// Which documents to list.
#[derive(Clone, Default, Debug)]
pub struct Query {
    /// Of these kinds; all where empty.
    pub kinds: Vec<Kind>,
    /// In these spaces; all where empty.
    pub spaces: Vec<SpaceId>,
    /// Done, or not.
    pub done: Option<bool>,
    /// Due before this instant.
    pub due_before: Option<Millis>,
    /// Due at this instant or later.
    pub due_from: Option<Millis>,
    /// To be shown in an agenda of the time between the two.
    pub between: Option<(Millis, Millis)>,
    /// With these beginnings of words in title or text, all of them.
    pub words: Vec<String>,
    /// Comments on this document.
    pub subject: Option<DocId>,
    /// In the trash, or not.
    pub deleted: Option<bool>,
    /// With this `uid`.
    pub uid: Option<String>,
    /// In this order.
    pub sort: Sort,
    /// At most so many.
    pub limit: Option<u32>,
}

/// The order of a list. Ties go by id.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Sort {
    /// By id: the oldest first.
    #[default]
    Id,
    /// The earliest due first, what has no due time last.
    Due,
    /// The earliest start first, what has none last.
    Start,
    /// By title, without regard to (ASCII) case.
    Title,
    /// The best match of the words first, a match in the title before one in the text.
    Relevance,
}

/// How much there is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Edits that wait for their verdict.
    pub pending: u32,
    /// Commands that wait for their answer.
    pub commands: u32,
    /// Edits in the refused tray.
    pub refused: u32,
    /// Documents.
    pub documents: u64,
    /// Spaces.
    pub spaces: u32,
}

impl Record {
    /// A document that was just made here.
    pub fn unborn(facts: Facts, round: u32) -> Self {
        let (saved, tail, generation) = (None, Vec::new(), None);
        Self { facts, born: false, saved, tail, seq: 0, generation, round }
    }

    /// Whether it says nothing yet that the server has accepted.
    pub fn is_blank(&self) -> bool {
        self.saved.is_none() && self.tail.is_empty()
    }
}

impl OutboxRow {
    /// What the outbox needs to know of a pending edit.
    pub fn of(edit: &Pending, space: SpaceId) -> Self {
        Self {
            order: edit.order,
            doc: edit.doc,
            space,
            bytes: edit.chunk.len(),
            group: edit.group,
            returned: false,
        }
    }
}

/// The facts of a document as a row of several columns has them.
impl Facts {
    /// The same with another privacy.
    pub fn with_privacy(self, privacy: Privacy) -> Self {
        Self { privacy, ..self }
    }
}
