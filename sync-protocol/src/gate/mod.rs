//! The merge gate: what must hold of every operation of every change before it
//! may touch a document.

mod apply;
mod chunk;
mod document;
mod fit;
mod guard;
mod history;
mod index;
mod judge;
mod permission;
mod replica;
mod structure;
mod verdict;

pub use document::{BrokenDoc, GateDoc};
pub use verdict::{Code, Judgement, Refusal};

use umbra_model::{ActorPrefix, DocId, Kind, Privacy, Role, SpaceKind, UserId};

/// Who wrote a change, as the server knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Author {
    /// The account.
    pub user: UserId,
    /// With what the device's actor ids begin.
    pub prefix: ActorPrefix,
    /// The account's role in the document's space, at this moment.
    pub role: Role,
}

/// What the server knows of a document beside its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DocFacts {
    /// The document.
    pub doc: DocId,
    /// What it is.
    pub kind: Kind,
    /// What the space is for that it lives in.
    pub space: SpaceKind,
    /// Who created it.
    pub creator: UserId,
    /// Who may see it; of a comment, who may see what it is about.
    pub privacy: Privacy,
    /// Who created what it is about, where it is a comment: they see it too.
    pub subject_creator: Option<UserId>,
}
