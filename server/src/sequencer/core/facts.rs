//! What the database says, read under the locks of the spaces it is about.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{DeviceId, DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::gate::DocFacts;

use crate::store::Usage;

/// What the database says of all that a batch is about. What isn't here isn't
/// there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// The spaces.
    pub spaces: BTreeMap<SpaceId, SpaceFacts>,
    /// The roles of those asked for; of everybody in a space asked for as a whole.
    pub members: BTreeMap<(SpaceId, UserId), Role>,
    /// The documents, those that they are about among them.
    pub docs: BTreeMap<DocId, DocRow>,
    /// The accounts.
    pub users: BTreeMap<UserId, UserFacts>,
    /// The comments on a document, where they were asked for.
    pub comments: BTreeMap<DocId, BTreeSet<DocId>>,
    /// The personal spaces that have their settings, of those asked for.
    pub prefs: BTreeSet<SpaceId>,
    /// What was taken back of a membership after a restore, where it was asked for.
    pub regained: BTreeMap<(SpaceId, UserId), Regained>,
    /// When documents were put into the trash, where that was asked for.
    pub trashed: BTreeMap<DocId, Millis>,
    /// How much accounts may have, and have, where there is a quota and it was asked
    /// for.
    pub quotas: BTreeMap<UserId, Allowance>,
    /// When the database was last restored.
    pub restored_at: Option<Millis>,
}

/// A space.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpaceFacts {
    /// What it is for.
    pub kind: SpaceKind,
    /// Whom it belongs to.
    pub owner: UserId,
    /// The end of its log.
    pub head: u64,
    /// How many documents it ever had.
    pub documents: u64,
    /// How many members it has; right where the whole space was asked for.
    pub members: u64,
    /// Whether it waits for its owner after a restore.
    pub recovering: bool,
    /// The head when it was last found restored.
    pub restored_head: Option<u64>,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// A document, but for its content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocRow {
    /// The space that it lives in.
    pub space: SpaceId,
    /// What it is.
    pub kind: Kind,
    /// Who created it.
    pub creator: UserId,
    /// Its privacy.
    pub privacy: Privacy,
    /// What it is about, of a comment.
    pub subject: Option<DocId>,
    /// The log entry that created it.
    pub created_seq: u64,
    /// When.
    pub created_at: Millis,
    /// The last change of its content; its creation, where there was none.
    pub last_seq: u64,
    /// The last change that is in the saved document; 0 where none is saved.
    pub saved_seq: u64,
    /// How many bytes the saved document has.
    pub saved_bytes: u64,
    /// How many bytes the changes behind it have.
    pub unfolded_bytes: u64,
    /// When it was removed for good.
    pub purged_at: Option<Millis>,
}

/// An account.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserFacts {
    /// The sign-in name.
    pub name: String,
    /// Whether it may be let into a space.
    pub active: bool,
    /// Its devices, the revoked ones among them: they may hold replicas.
    pub devices: Vec<DeviceId>,
    /// Whether it has its personal space.
    pub personal: bool,
    /// In how many spaces it is.
    pub spaces: u64,
}

/// How much an account may have, and has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Allowance {
    /// How many spaces it may own, beside its personal one.
    pub spaces: Option<u64>,
    /// How many documents there may be in the spaces that it owns.
    pub documents: Option<u64>,
    /// How many bytes they may have.
    pub bytes: Option<u64>,
    /// How much it has.
    pub used: Usage,
}

impl Allowance {
    /// Whether it may found one more space.
    pub fn has_space(&self) -> bool {
        self.spaces.is_none_or(|most| self.used.spaces < most)
    }

    /// Whether there may be one more document, of so many bytes.
    pub fn has_room(&self, bytes: u64) -> bool {
        self.documents.is_none_or(|most| self.used.documents < most)
            && self.bytes.is_none_or(|most| self.used.bytes.saturating_add(bytes) <= most)
    }
}

/// What was decided of a membership since the space was last restored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Regained {
    /// The latest place, in the lost log, of an event that was taken back.
    pub lost_seq: Option<u64>,
    /// Whether something was decided anew, which outranks what was lost.
    pub decided: bool,
}

impl Facts {
    /// A document as the gate and the policy want it: a comment with what it is about.
    pub fn doc(&self, doc: DocId, row: &DocRow) -> Option<DocFacts> {
        let space = self.spaces.get(&row.space)?.kind;
        let subject = row.subject.and_then(|subject| self.docs.get(&subject));
        let subject = subject.filter(|subject| subject.space == row.space);
        Some(DocFacts {
            doc,
            kind: row.kind,
            space,
            creator: row.creator,
            privacy: subject.map_or(row.privacy, |subject| subject.privacy),
            subject_creator: subject.map(|subject| subject.creator),
        })
    }

    /// The members of a space; all of them where it was asked for as a whole.
    pub fn roster(&self, space: SpaceId) -> impl Iterator<Item = (UserId, Role)> {
        let first = (space, UserId::from_bytes([0; 16]));
        let last = (space, UserId::from_bytes([255; 16]));
        self.members.range(first..=last).map(|((_, user), role)| (*user, *role))
    }
}

impl DocRow {
    /// How many bytes it holds, saved and behind that.
    pub fn bytes(&self) -> u64 {
        self.saved_bytes + self.unfolded_bytes
    }
}
