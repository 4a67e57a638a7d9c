//! What a replica shows.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use umbra_model::{DeviceId, DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId};

use crate::edit::Edit;
pub use crate::session::Connection;

/// Who is signed in, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Account {
    /// The server's address, such as `https://umbra.example`.
    pub server: String,
    /// The account.
    pub user: UserId,
    /// Its sign-in name.
    pub name: String,
    /// This device.
    pub device: DeviceId,
}

/// A space, as this replica knows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Space {
    /// The space.
    pub id: SpaceId,
    /// What it is for.
    pub kind: SpaceKind,
    /// The user's role in it.
    pub role: Role,
    /// Its name; empty until its `space` document has come.
    pub name: String,
    /// Whether it is put away.
    pub archived: bool,
    /// How many members it has, the user among them.
    pub members: u32,
    /// Whether the server doesn't know of it yet.
    pub unsynced: bool,
    /// Whether it waits for its owner after the server was restored from a backup.
    pub recovering: bool,
    /// Its `space` document in plain JSON.
    pub view: Json,
}

/// A document, as this replica sees it: accepted changes and own pending ones.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Document {
    /// The document.
    pub id: DocId,
    /// The space it lives in.
    pub space: SpaceId,
    /// What it is.
    pub kind: Kind,
    /// Who created it.
    pub creator: UserId,
    /// Who may see it.
    pub privacy: Privacy,
    /// Its title, for a comment its first line.
    pub title: String,
    /// When it begins, where that is an instant or a day.
    pub start: Option<Millis>,
    /// When it is due.
    pub due: Option<Millis>,
    /// Whether it is done or cancelled.
    pub done: bool,
    /// Whether it happens or is due again and again.
    pub repeats: bool,
    /// Whether it is in the trash.
    pub deleted: bool,
    /// How many of the user's edits of it the server hasn't judged yet.
    pub pending: u32,
    /// All its fields in plain JSON.
    pub view: Json,
}

/// Which documents, and in which order.
#[derive(Clone, Default, Debug)]
pub struct Filter {
    /// Of these kinds; all where empty.
    pub kinds: Vec<Kind>,
    /// In these spaces; all that aren't archived where empty.
    pub spaces: Vec<SpaceId>,
    /// Done, or not.
    pub done: Option<bool>,
    /// Due before this instant.
    pub due_before: Option<Millis>,
    /// Due at this instant or later.
    pub due_from: Option<Millis>,
    /// With these words (or beginnings of words) in title or text.
    pub text: Option<String>,
    /// Comments on this document.
    pub subject: Option<DocId>,
    /// In the trash or not.
    pub trash: Trash,
    /// In this order.
    pub order: Order,
    /// At most so many; no bound where absent.
    pub limit: Option<u32>,
}

/// Whether what is in the trash counts.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Trash {
    /// Only what isn't.
    #[default]
    Without,
    /// Only what is.
    Only,
    /// Both.
    With,
}

/// The order of a list.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Order {
    /// The oldest first, by the time in the document's id.
    #[default]
    Created,
    /// The earliest due first, what has no due time last.
    Due,
    /// The earliest start first, what has none last.
    Start,
    /// By title, without regard to case.
    Title,
    /// Best match first; only with [`Filter::text`].
    Relevance,
}

/// One occurrence of an event or a due todo within a window.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Occurrence {
    /// The document.
    pub doc: DocId,
    /// The space it lives in.
    pub space: SpaceId,
    /// What it is.
    pub kind: Kind,
    /// The occurrence's original local start; absent where nothing repeats.
    pub occurrence: Option<String>,
    /// Its title, with the occurrence's override.
    pub title: String,
    /// When it begins.
    pub start: Millis,
    /// When it ends.
    pub end: Millis,
    /// Its local start: a date where it takes whole days, else a date-time.
    pub local_start: String,
    /// Its zone, absent where it floats or takes whole days.
    pub zone: Option<String>,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// Whether it is done, for a todo; whether it is cancelled, for an event.
    pub done: bool,
}

/// A document to be made, or brought up to date if its `uid` is there already.
#[derive(Clone, Debug)]
pub struct Import {
    /// The id it shall have if it is made: the same on every device that imports
    /// the same, so that they make one document and not two.
    pub doc: DocId,
    /// The space it shall live in.
    pub space: SpaceId,
    /// What it is.
    pub kind: Kind,
    /// Its UID where it comes from, such as a calendar file. If the space holds such a
    /// document with this `uid`, that one is edited.
    pub uid: Option<String>,
    /// Who may see it, if it is made.
    pub privacy: Privacy,
    /// What it shall say. Of a document that is there already, fields that are
    /// written once (`uid`, `createdAt`) stay as they are.
    pub edits: Vec<Edit>,
}

/// What became of an import.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Imported {
    /// Made anew.
    pub created: u32,
    /// There already, and changed.
    pub updated: u32,
    /// There already, and just so.
    pub unchanged: u32,
    /// The documents, in the order of the import.
    pub documents: Vec<DocId>,
}

/// A member of a space.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Member {
    /// The account.
    pub user: UserId,
    /// Its sign-in name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Whether it is the user's own.
    pub me: bool,
}

/// An edit that the server refused, or that was rescued when access ended. It
/// stays until it is dismissed or tried again with success.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RefusedEdit {
    /// Its number in the tray.
    pub id: u64,
    /// The document.
    pub doc: DocId,
    /// The space it lived in.
    pub space: SpaceId,
    /// What the document is.
    pub kind: Kind,
    /// The document's title when the edit was refused.
    pub title: String,
    /// What the edit was, in a few words.
    pub label: String,
    /// When it was made.
    pub made: Millis,
    /// When it came into the tray.
    pub refused: Millis,
    /// The stable code of the reason, such as `role_too_weak` or `access_ended`.
    pub code: String,
    /// The field that the refusal is about.
    pub path: Option<String>,
    /// The rule that says so.
    pub rule: Option<String>,
    /// The reason, in words.
    pub reason: String,
    /// What the person wrote.
    pub edits: Vec<Edit>,
    /// Whether it can be tried again: the document or at least its space is here.
    pub retriable: bool,
}

/// An edit that was undone or made again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Undone {
    /// What it was, in a few words.
    pub label: String,
    /// The documents that it touched.
    pub documents: Vec<DocId>,
    /// How many of its parts were left alone because somebody has changed the
    /// same thing since.
    pub skipped: u32,
}

/// How this replica stands with its server. Derived from what the server said
/// and from nothing else.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Status {
    /// Who is signed in; nobody before the first sign-in.
    pub account: Option<Account>,
    /// The state, of the process that syncs.
    pub connection: Connection,
    /// Edits that the server hasn't judged yet.
    pub pending: u32,
    /// Commands that it hasn't answered yet.
    pub commands: u32,
    /// Edits in the refused tray.
    pub refused: u32,
    /// Documents here.
    pub documents: u64,
    /// Spaces here.
    pub spaces: u32,
    /// When everything was last in step with the server.
    pub synced: Option<Millis>,
}

/// How far long work has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The connection's state has changed.
    State(Connection),
    /// Documents and log entries that have come.
    Received {
        /// So far.
        done: u64,
        /// Of how many, where the server has told.
        total: Option<u64>,
    },
    /// Edits and commands that were judged.
    Pushed {
        /// So far.
        done: u64,
        /// Of how many.
        total: u64,
    },
    /// Documents of an import that were written.
    Imported {
        /// So far.
        done: u64,
        /// Of how many.
        total: u64,
    },
}

/// What a sync did.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize)]
pub struct SyncReport {
    /// Documents received whole.
    pub documents: u64,
    /// Log entries received.
    pub entries: u64,
    /// Own edits that were accepted.
    pub accepted: u64,
    /// Own edits that were refused and are in the tray.
    pub refused: u64,
    /// Commands that were carried out.
    pub commands: u64,
    /// Spaces or documents that were purged by order.
    pub purged: u64,
}
