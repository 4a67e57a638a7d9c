//! Who sees a document.

use umbra_model::policy::may_read;
use umbra_model::{Kind, Privacy, Role, SpaceKind, UserId};

/// A member who reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Viewer {
    /// The account.
    pub user: UserId,
    /// Its role in the space.
    pub role: Role,
}

/// What decides who sees a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sight {
    /// What the space is for that it lives in.
    pub space: SpaceKind,
    /// What it is.
    pub kind: Kind,
    /// Its privacy; of a comment, that of what it is about.
    pub privacy: Privacy,
    /// Who created it.
    pub creator: UserId,
    /// Who created what it is about, of a comment.
    pub subject_creator: Option<UserId>,
}

impl Viewer {
    /// Whether they may see it.
    pub fn sees(self, sight: &Sight) -> bool {
        let own = sight.creator == self.user || sight.subject_creator == Some(self.user);
        may_read(sight.space, self.role, sight.kind, sight.privacy, own)
    }
}
