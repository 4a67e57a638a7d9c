//! Who sees what of a space.

use umbra_model::policy::may_read;
use umbra_model::{Kind, Privacy, Role, SpaceKind, UserId};

use crate::gate::DocFacts;

/// A member who reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Viewer {
    /// The account.
    pub user: UserId,
    /// Its role in the space, now.
    pub role: Role,
}

impl Viewer {
    /// Whether they may see it.
    pub fn sees(self, doc: &DocFacts) -> bool {
        let own = doc.creator == self.user || doc.subject_creator == Some(self.user);
        may_read(doc.space, self.role, doc.kind, doc.privacy, own)
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
