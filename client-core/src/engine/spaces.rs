//! Bringing spaces into being.

use umbra_model::{Kind, Privacy, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::Command;

use super::local::Part;
use super::{Engine, Opened};
use crate::document::{Document, Facts, Me};
use crate::edit::Edit;
use crate::error::{BadInput, Result};
use crate::store::{Record, SpaceRow, Stack, Tx};

/// A space that shall come into being.
#[derive(Clone, Debug)]
pub struct NewSpace {
    /// Its id, fresh.
    pub space: SpaceId,
    /// What it is for.
    pub kind: SpaceKind,
    /// What its `space` document says.
    pub edits: Vec<Edit>,
}

impl<T: Tx> Engine<'_, T> {
    /// Brings a space into being, here at once and on the server with the next sync.
    ///
    /// # Errors
    /// [`crate::Error::NeedsSignIn`] before the first sign-in,
    /// [`crate::Error::Input`] where a field doesn't take its value.
    pub async fn create_space(&mut self, new: NewSpace) -> Result<()> {
        let NewSpace { space, kind, edits } = new;
        if kind == SpaceKind::Personal {
            let text = "everybody has exactly one personal space, made with the account";
            return Err(BadInput::Other(text.to_owned()).into());
        }
        let account = self.account().await?;
        self.tx.put_space(&SpaceRow::founded(space, kind)).await?;
        self.tx.add_command(&Command::CreateSpace(space, kind)).await?;
        let facts = Facts {
            doc: space.into(),
            space,
            kind: Kind::Space,
            creator: account.user,
            privacy: Privacy::Default,
        };
        let (user, prefix) = (account.user, account.prefix);
        let me = Me { user, prefix, space: kind, role: Role::Owner, own_subject: false };
        let part = Part { step: self.tx.fresh_number().await?, group: None };
        let mut document = Document::new(facts);
        let is_made = document.edit(&me, &edits, self.stamp(part))?;
        // The `space` document comes with the space and is never created by itself.
        let record = Record { born: true, ..Record::unborn(facts, 0) };
        let opened = Opened { record, document, is_base_new: false };
        if is_made {
            self.store_edit(part, opened, Stack::Undo).await
        } else {
            self.keep(opened).await
        }
    }
}

impl SpaceRow {
    /// A space that was just made here.
    pub fn founded(space: SpaceId, kind: SpaceKind) -> Self {
        Self { unsynced: true, ..Self::gained(space, kind, Role::Owner) }
    }

    /// A space that was just gained: all of it is still to come.
    pub fn gained(space: SpaceId, kind: SpaceKind, role: Role) -> Self {
        Self {
            space,
            kind,
            role,
            cursor: 0,
            packed_to: None,
            cold: true,
            round: 0,
            unsynced: false,
            recovering: false,
        }
    }
}
