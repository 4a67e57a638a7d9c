//! Spaces and their members, to read. What changes them goes through the
//! sequencer.

use std::str::FromStr;

use umbra_model::{Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::wire::SpaceState;
use uuid::Uuid;

use super::list::UuidList;
use super::{Store, StoreError, db};

/// A member of a space.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// The account.
    pub user: UserId,
    /// Its sign-in name.
    pub name: String,
    /// Its role.
    pub role: Role,
}

type StateRow = (Uuid, String, String, i64, bool);

impl Store {
    /// The spaces that this account is a member of, as a welcome lists them.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn spaces_of(&self, user: UserId) -> Result<Vec<SpaceState>, StoreError> {
        let rows = db!(self, all StateRow,
            "SELECT s.space, s.kind, m.role, s.head, s.recovering
             FROM members m JOIN spaces s ON s.space = m.space
             WHERE m.user_id = $1 AND s.deleted_at IS NULL ORDER BY s.space", user.0)?;
        rows.into_iter().map(state).collect()
    }

    /// A space as this account has it.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none, or the account is no member.
    pub async fn space_of(&self, user: UserId, space: SpaceId) -> Result<SpaceState, StoreError> {
        state(db!(self, one StateRow,
            "SELECT s.space, s.kind, m.role, s.head, s.recovering
             FROM members m JOIN spaces s ON s.space = m.space
             WHERE m.user_id = $1 AND m.space = $2 AND s.deleted_at IS NULL", user.0, space.0)?)
    }

    /// The members of a space, by name, for one of them.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such space, or the viewer isn't in it.
    pub async fn members(&self, viewer: UserId, space: SpaceId) -> Result<Vec<Member>, StoreError> {
        let rows = db!(self, all (Uuid, Option<String>, String),
            "SELECT m.user_id, u.name, m.role
             FROM members m LEFT JOIN users u ON u.id = m.user_id AND u.deleted_at IS NULL
             WHERE m.space = $1 AND EXISTS (SELECT 1 FROM members v WHERE v.space = $1 AND v.user_id = $2)
             ORDER BY u.name, m.user_id", space.0, viewer.0)?;
        if rows.is_empty() {
            return Err(StoreError::Missing);
        }
        rows.into_iter()
            .map(|(user, name, role)| {
                let name = name.unwrap_or_default();
                Ok(Member { user: UserId(user), name, role: parse(&role)? })
            })
            .collect()
    }

    /// How far the logs of these spaces go. Deleted spaces are left out.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn heads(&self, spaces: &[SpaceId]) -> Result<Vec<(SpaceId, u64)>, StoreError> {
        let list = UuidList::of(spaces.iter().map(|space| space.0));
        let rows = db!(self, all (Uuid, i64),
            pg "SELECT space, head FROM spaces WHERE space = ANY($1) AND deleted_at IS NULL ORDER BY space",
            lite "SELECT space, head FROM spaces WHERE deleted_at IS NULL AND space IN
                  (SELECT unhex(value) FROM json_each($1)) ORDER BY space", list)?;
        rows.into_iter().map(|(space, head)| Ok((SpaceId(space), unsigned(head)?))).collect()
    }
}

fn state((space, kind, role, head, recovering): StateRow) -> Result<SpaceState, StoreError> {
    Ok(SpaceState {
        space: SpaceId(space),
        kind: parse::<SpaceKind>(&kind)?,
        role: parse(&role)?,
        head: unsigned(head)?,
        reset: false,
        recovering,
    })
}

/// What this text names, in a column that holds nothing else.
pub(crate) fn parse<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error: T::Err| StoreError::Corrupt(error.to_string()))
}

/// A number that is never negative.
pub(crate) fn unsigned(number: i64) -> Result<u64, StoreError> {
    number.try_into().map_err(|_| StoreError::Corrupt(format!("{number} is negative")))
}
