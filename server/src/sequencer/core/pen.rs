//! The right to write into a space's log. Only a [`Pen`] appends, and only a
//! check hands one out, so that no path can forget it.

use umbra_model::policy::{self, Action, Ask, Denied, Govern};
use umbra_model::{DocId, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::gate::DocFacts;

use super::SpaceFacts;
use super::ledger::Ledger;
use super::log_row::{By, LogEvent, LogRow, Lost, Membership};
use crate::sequencer::seal::SealedMember;
use crate::sequencer::{ConnectionId, Rejection, Submitter};
use crate::store::Viewer;

/// A member of a space, as the database says under the space's lock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    space: SpaceId,
    kind: SpaceKind,
    viewer: Viewer,
    by: By,
    connection: Option<ConnectionId>,
}

/// The right to append to one space's log, as one author.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pen {
    space: SpaceId,
    by: By,
    connection: Option<ConnectionId>,
}

impl Member {
    /// The submitter as a member of the space, if they are one.
    pub(super) fn of(ledger: &Ledger<'_>, by: &Submitter, space: SpaceId) -> Option<Self> {
        let facts = ledger.facts.spaces.get(&space).filter(|it| !it.deleted)?;
        let role = *ledger.facts.members.get(&(space, by.user))?;
        Some(Self {
            space,
            kind: facts.kind,
            viewer: Viewer { user: by.user, role },
            by: By { user: by.user, device: by.device(), role: Some(role) },
            connection: by.connection,
        })
    }

    pub(super) fn role(&self) -> Role {
        self.viewer.role
    }

    pub(super) fn sees(&self, doc: &DocFacts) -> bool {
        self.viewer.sees(doc)
    }

    /// The pen for this deed, if the policy allows it.
    pub(super) fn may(&self, doc: &DocFacts, action: Action<'_>) -> Result<Pen, Denied> {
        policy::decide(&Ask {
            space: self.kind,
            role: self.role(),
            kind: doc.kind,
            privacy: doc.privacy,
            own: doc.creator == self.viewer.user,
            own_subject: doc.subject_creator == Some(self.viewer.user),
            action,
        })?;
        Ok(self.pen())
    }

    /// The pen for a change of members, if the policy allows it.
    pub(super) fn may_govern(&self, what: &Govern) -> Result<Pen, Denied> {
        policy::govern(self.kind, self.role(), what)?;
        Ok(self.pen())
    }

    /// The pen for changes to a document that the member sees: whether each may be
    /// is the gate's to say, and only what it accepted is written with it.
    pub(super) fn may_push(&self, doc: &DocFacts) -> Option<Pen> {
        self.sees(doc).then(|| self.pen())
    }

    fn pen(&self) -> Pen {
        Pen { space: self.space, by: self.by, connection: self.connection }
    }
}

impl Pen {
    /// For what has a receipt: it was permitted when it was accepted first.
    pub(super) fn proven(space: SpaceId, by: &Submitter) -> Self {
        let author = By { user: by.user, device: by.device(), role: None };
        Self { space, by: author, connection: by.connection }
    }

    /// For the first entries of a space that nobody has: whoever founds it owns it.
    pub(super) fn founding(
        ledger: &mut Ledger<'_>,
        by: &Submitter,
        space: SpaceId,
        kind: SpaceKind,
    ) -> Result<Self, Rejection> {
        if ledger.facts.spaces.contains_key(&space) {
            return Err(Rejection::Taken);
        }
        let facts = SpaceFacts {
            kind,
            owner: by.user,
            head: 0,
            documents: 0,
            members: 0,
            recovering: false,
            restored_head: None,
            deleted: false,
        };
        ledger.facts.spaces.insert(space, facts);
        ledger.space(space).created = true;
        let author = By { user: by.user, device: by.device(), role: Some(Role::Owner) };
        Ok(Self { space, by: author, connection: by.connection })
    }

    pub(super) fn space(&self) -> SpaceId {
        self.space
    }

    /// Appends; says where.
    pub(super) fn append(
        &self,
        ledger: &mut Ledger<'_>,
        event: impl FnOnce(&Ledger<'_>, u64) -> LogEvent,
    ) -> u64 {
        let seq = ledger.next_seq(self.space);
        let event = event(ledger, seq);
        let row = LogRow { space: self.space, seq, at: ledger.now, by: self.by, event };
        ledger.rows.push((row, self.connection));
        seq
    }

    /// Appends that someone comes, goes, or has another role, and sees to it.
    pub(super) fn member(
        &self,
        ledger: &mut Ledger<'_>,
        user: UserId,
        role: Option<Role>,
        lost: Option<Lost>,
    ) -> u64 {
        let name = ledger.facts.users.get(&user).map(|it| it.name.clone()).unwrap_or_default();
        let (space, by) = (self.space, self.by.user);
        let seq = self.append(ledger, |ledger, seq| {
            let receipt = ledger.seal.member(&SealedMember { space, seq, user, role, by });
            LogEvent::Member(Membership { user, name, role, receipt, lost })
        });
        ledger.set_role(space, user, role, seq);
        seq
    }

    /// Appends that a document is gone for good, and sees to it.
    pub(super) fn purge(&self, ledger: &mut Ledger<'_>, doc: DocId) {
        self.append(ledger, |_, _| LogEvent::Purged(doc));
        let now = ledger.now;
        ledger.write_doc(doc, |write| write.row.purged_at = Some(now));
        ledger.open.remove(&doc);
    }
}
