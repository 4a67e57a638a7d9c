//! Spaces: the units of sharing.

use umbra_model::{SpaceId, SpaceKind, UserId};

use super::fresh_id;
use crate::edit::{Edit, Value};
use crate::engine::NewSpace;
use crate::error::{BadInput, Result};
use crate::replica::{Replica, Space};
use crate::store::{MemberRow, SpaceRow, Spaces, Tx};

/// The least characters of an id's beginning that name a space.
const ID_PREFIX_MIN: usize = 8;

impl Replica {
    /// All spaces here, the personal one first, the archived last.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn spaces(&self) -> Result<Vec<Space>> {
        let mut engine = self.read().await?;
        let mut spaces = Vec::new();
        for row in engine.tx.spaces().await? {
            spaces.push(space(&mut engine.tx, row).await?);
        }
        spaces.sort_by_key(|space| {
            let is_shared = space.kind != SpaceKind::Personal;
            (space.archived, is_shared, space.name.to_lowercase(), space.id)
        });
        Ok(spaces)
    }

    /// One space.
    ///
    /// # Errors
    /// [`BadInput::NoSpace`] where it isn't here.
    pub async fn space(&self, id: SpaceId) -> Result<Space> {
        let mut engine = self.read().await?;
        let row = engine.tx.space(id).await?.ok_or(BadInput::NoSpace(id))?;
        space(&mut engine.tx, row).await
    }

    /// The spaces that a person may mean by this: an id, the beginning of an id
    /// (8 characters or more), a name, or the beginning of a name, without regard
    /// to case; an exact name wins over beginnings.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn find_spaces(&self, text: &str) -> Result<Vec<Space>> {
        let spaces = self.spaces().await?;
        let text = text.trim().to_lowercase();
        let named = |space: &&Space| space.name.to_lowercase() == text;
        if spaces.iter().any(|space| named(&space)) {
            return Ok(spaces.iter().filter(named).cloned().collect());
        }
        let begins = |space: &Space| {
            let by_id = text.len() >= ID_PREFIX_MIN && space.id.to_string().starts_with(&text);
            by_id || (!text.is_empty() && space.name.to_lowercase().starts_with(&text))
        };
        Ok(spaces.into_iter().filter(begins).collect())
    }

    /// Brings a space into being, with or without a network.
    ///
    /// # Errors
    /// [`crate::Error::NeedsSignIn`] before the first sign-in.
    pub async fn create_space(&self, kind: SpaceKind, name: &str) -> Result<SpaceId> {
        let space = SpaceId(fresh_id());
        let edits = vec![Edit::set("name", name)];
        let mut engine = self.write().await?;
        engine.create_space(NewSpace { space, kind, edits }).await?;
        engine.tx.commit().await?;
        Ok(space)
    }

    /// Gives a space another name.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the role doesn't reach.
    pub async fn rename_space(&self, space: SpaceId, name: &str) -> Result<()> {
        self.edit_space(space, &[Edit::set("name", name)]).await
    }

    /// Puts a space away, or takes it out again.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the role doesn't reach.
    pub async fn archive_space(&self, space: SpaceId, archived: bool) -> Result<()> {
        let value = if archived { Value::Int(super::now().0) } else { Value::Null };
        self.edit_space(space, &[Edit::set("archivedAt", value)]).await
    }

    /// Ends the recovery of a space after its server was restored, with the next sync,
    /// without waiting for the owner's devices that held it before.
    ///
    /// # Errors
    /// [`BadInput`] where the space isn't here, isn't this account's own, or isn't
    /// recovering.
    pub async fn end_recovery(&self, space: SpaceId) -> Result<()> {
        let mut engine = self.write().await?;
        engine.end_recovery(space).await?;
        engine.tx.commit().await
    }

    /// Edits a space's settings: the fields of its `space` document.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the role doesn't reach.
    pub async fn edit_space(&self, space: SpaceId, edits: &[Edit]) -> Result<()> {
        self.space(space).await?;
        self.edit(space.into(), edits).await.map(|_| ())
    }
}

/// A space as it is shown.
pub(super) async fn space(tx: &mut impl Tx, row: SpaceRow) -> Result<Space> {
    let document = tx.row(row.space.into()).await?;
    let view = document.map(|document| document.view).unwrap_or_else(|| "{}".to_owned());
    let view: serde_json::Value = serde_json::from_str(&view).unwrap_or_default();
    let name = view.get("name").and_then(|name| name.as_str()).unwrap_or_default();
    let name = match (name, row.kind) {
        ("", SpaceKind::Personal) => "Personal".to_owned(),
        (name, _) => name.to_owned(),
    };
    let members = present(&tx.members(row.space).await?).len();
    Ok(Space {
        id: row.space,
        kind: row.kind,
        role: row.role,
        name,
        archived: view.get("archivedAt").is_some(),
        members: u32::try_from(members).unwrap_or(u32::MAX).max(1),
        unsynced: row.unsynced,
        recovering: row.recovering,
        view,
    })
}

/// Of all membership events, the latest of each account that is a member.
pub(super) fn present(rows: &[MemberRow]) -> Vec<&MemberRow> {
    let latest = |user: UserId| rows.iter().rev().find(|row| row.event.user == user);
    let is_latest = |row: &&MemberRow| {
        row.event.role.is_some() && latest(row.event.user).is_some_and(|it| it.seq == row.seq)
    };
    rows.iter().filter(is_latest).collect()
}
