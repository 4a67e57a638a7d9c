//! Who sees what of a space.

use umbra_model::policy::may_read;
use umbra_model::{Kind, Privacy, Role, SpaceKind, UserId};

/// A member who reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Viewer {
    /// The account.
    pub user: UserId,
    /// Its role in the space, now.
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

    /// Whether in a space of this kind there may be a document that this one sees
    /// and the other does not.
    pub fn sees_more_than(self, other: Self, space: SpaceKind) -> bool {
        let differs = |kind, privacy, own| {
            may_read(space, self.role, kind, privacy, own)
                && !may_read(space, other.role, kind, privacy, own)
        };
        Kind::ALL.iter().any(|kind| {
            Privacy::ALL
                .iter()
                .any(|privacy| differs(*kind, *privacy, false) || differs(*kind, *privacy, true))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_owner_sees_more_than_another_member() {
        let user = UserId::from_bytes([1; 16]);
        for role in Role::ALL {
            for other in Role::ALL {
                let (it, that) = (Viewer { user, role }, Viewer { user, role: other });
                let more = role == Role::Owner && other != Role::Owner;
                assert_eq!(it.sees_more_than(that, SpaceKind::Calendar), more, "{role} {other}");
            }
        }
    }
}
