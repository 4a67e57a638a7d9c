//! Who edits, and as what.

use umbra_model::{DocId, Kind, Role, SpaceKind, UserId};
use umbra_sync_protocol::session::Viewer;

use super::Engine;
use crate::document::{Facts, Me};
use crate::edit::{Edit, Value};
use crate::error::{BadInput, Error, Result};
use crate::store::{AccountRow, SpaceRow, Tx};

impl<T: Tx> Engine<'_, T> {
    /// Who is, or was last, signed in.
    pub(super) async fn account(&mut self) -> Result<AccountRow> {
        let account = self.tx.meta().await?.account;
        account.ok_or_else(|| Error::NeedsSignIn("nobody is signed in on this device".to_owned()))
    }

    /// A space that is here.
    pub(super) async fn space_row(&mut self, space: umbra_model::SpaceId) -> Result<SpaceRow> {
        Ok(self.tx.space(space).await?.ok_or(BadInput::NoSpace(space))?)
    }

    /// How the user stands to a document. `None` where its space isn't here.
    pub(super) async fn me(&mut self, facts: &Facts) -> Result<Option<Me>> {
        let account = self.account().await?;
        let Some(space) = self.tx.space(facts.space).await? else { return Ok(None) };
        let subject = self.subject_of(facts).await?;
        let own_subject = match subject {
            Some(subject) => self.creator(subject).await? == Some(account.user),
            None => false,
        };
        let (user, prefix) = (account.user, account.prefix);
        Ok(Some(Me { user, prefix, space: space.kind, role: space.role, own_subject }))
    }

    /// The facts of a document as its edits are judged by: a comment is as private
    /// as what it is about.
    pub(super) async fn facts_for_edits(&mut self, facts: Facts) -> Result<Facts> {
        let Some(subject) = self.subject_of(&facts).await? else { return Ok(facts) };
        self.as_private_as(facts, subject).await
    }

    /// The same for a comment that isn't written yet.
    pub(super) async fn facts_for_creation(
        &mut self,
        facts: Facts,
        edits: &[Edit],
    ) -> Result<(Facts, bool)> {
        let subject = edits.iter().find_map(|edit| match edit {
            Edit::Set { field, value: Value::Str(text), .. } if field == "subject" => {
                text.parse().ok()
            }
            _ => None,
        });
        let Some(subject) = subject.filter(|_| facts.kind == Kind::Comment) else {
            return Ok((facts, false));
        };
        let own_subject = self.creator(subject).await? == Some(facts.creator);
        Ok((self.as_private_as(facts, subject).await?, own_subject))
    }

    async fn as_private_as(&mut self, facts: Facts, subject: DocId) -> Result<Facts> {
        let row = self.tx.row(subject).await?;
        Ok(row.map_or(facts, |row| facts.with_privacy(row.facts.privacy)))
    }

    async fn creator(&mut self, doc: DocId) -> Result<Option<UserId>> {
        Ok(self.tx.row(doc).await?.map(|row| row.facts.creator))
    }

    /// What a comment is about.
    async fn subject_of(&mut self, facts: &Facts) -> Result<Option<DocId>> {
        if facts.kind != Kind::Comment {
            return Ok(None);
        }
        let Some(row) = self.tx.row(facts.doc).await? else { return Ok(None) };
        let view: serde_json::Value = serde_json::from_str(&row.view).unwrap_or_default();
        Ok(view.get("subject").and_then(|it| it.as_str()).and_then(|it| it.parse().ok()))
    }
}

/// Whether somebody sees what they didn't see before: then what lies behind the cursor
/// has to come as well, and the space comes again.
pub(super) fn sees_more(kind: SpaceKind, role: Role, before: Role) -> bool {
    let viewer = |role| Viewer { user: UserId::from_bytes([0; 16]), role };
    viewer(role).sees_more_than(viewer(before), kind)
}
