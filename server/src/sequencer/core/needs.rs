//! Which facts a batch calls for.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{DocId, Kind, Role, SpaceId, UserId};
use umbra_sync_protocol::wire::{Command, Push};

use super::facts::SpaceFacts;
use crate::sequencer::{Governance, Request, Submission};

/// Which facts a batch calls for. Where the documents live comes first
/// ([`Needs::locate`]); all else is then read under the locks of the spaces.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    /// The documents, and what each is about.
    pub docs: BTreeMap<DocId, Option<SpaceId>>,
    /// Those whose content is judged.
    pub open: BTreeSet<DocId>,
    /// The spaces, to be locked in this order.
    pub spaces: BTreeSet<SpaceId>,
    /// The roles of these accounts in these spaces.
    pub members: BTreeSet<(SpaceId, UserId)>,
    /// The spaces of which every member, and every member's devices, are needed.
    pub rosters: BTreeSet<SpaceId>,
    /// The spaces of which is asked how many members they have.
    pub crowds: BTreeSet<SpaceId>,
    /// The accounts of which more than the role is needed.
    pub users: BTreeSet<UserId>,
    /// The documents whose comments are needed.
    pub comments: BTreeSet<DocId>,
    /// The spaces of which is asked whether they have their `prefs` document.
    pub prefs: BTreeSet<SpaceId>,
    /// The memberships of which is asked what was taken back, and with each that of
    /// whom the space belongs to.
    pub regained: BTreeSet<(SpaceId, UserId)>,
    /// The spaces of which the documents that not every member sees are needed, with
    /// the comments on them.
    pub private: BTreeSet<SpaceId>,
    /// The documents of which is asked since when they are in the trash.
    pub trashed: BTreeSet<DocId>,
    /// The spaces in which documents may come into being: how much may their owners
    /// have?
    pub quotas: BTreeSet<SpaceId>,
    /// The accounts that may found a space: how many may they have?
    pub founders: BTreeSet<UserId>,
    askers: BTreeSet<(DocId, UserId)>,
    whole: BTreeSet<DocId>,
}

impl Needs {
    /// What these submissions call for.
    pub fn of(submissions: &[Submission]) -> Self {
        let mut needs = Self::default();
        for submission in submissions {
            needs.add(submission);
        }
        needs
    }

    /// The memberships of which is asked what was taken back, given whose the spaces are.
    pub fn regained_with_owners(
        &self,
        spaces: &BTreeMap<SpaceId, SpaceFacts>,
    ) -> BTreeSet<(SpaceId, UserId)> {
        let owners = self.regained.iter();
        let owners = owners.filter_map(|(space, _)| Some((*space, spaces.get(space)?.owner)));
        owners.chain(self.regained.iter().copied()).collect()
    }

    /// Completes it by where the documents live; those that live nowhere yet are
    /// left out.
    pub fn locate(&mut self, homes: &BTreeMap<DocId, SpaceId>) {
        for (doc, space) in homes {
            if let Some(home) = self.docs.get_mut(doc) {
                *home = Some(*space);
                self.spaces.insert(*space);
            }
        }
        for (doc, user) in &self.askers {
            if let Some(space) = homes.get(doc) {
                self.members.insert((*space, *user));
            }
        }
        self.rosters.extend(self.whole.iter().filter_map(|doc| homes.get(doc)));
    }

    fn add(&mut self, submission: &Submission) {
        let user = submission.by.user;
        match &submission.request {
            Request::Push(push) => self.add_push(user, push),
            Request::Command(command) => self.add_command(user, command),
            Request::Governance(what) => self.add_governance(user, what),
            Request::Behind(space, _) => {
                self.spaces.insert(*space);
                self.members.insert((*space, user));
            }
            Request::PurgeDoc(doc) => self.add_purge(user, *doc),
            Request::ExpireDoc(doc, _) => {
                self.trashed.insert(*doc);
                self.add_purge(user, *doc);
            }
        }
    }

    fn ask(&mut self, doc: DocId, user: UserId) {
        self.docs.entry(doc).or_default();
        self.askers.insert((doc, user));
    }

    fn add_purge(&mut self, user: UserId, doc: DocId) {
        self.comments.insert(doc);
        self.ask(doc, user);
    }

    fn add_push(&mut self, user: UserId, push: &Push) {
        for item in &push.items {
            self.ask(item.doc, user);
            self.open.insert(item.doc);
            if let Some(create) = &item.create {
                self.spaces.insert(create.space);
                self.quotas.insert(create.space);
                self.members.insert((create.space, user));
                if create.kind == Kind::Prefs {
                    self.prefs.insert(create.space);
                }
            }
        }
    }

    fn add_command(&mut self, user: UserId, command: &Command) {
        match command {
            Command::CreateSpace(space, _) => {
                self.spaces.insert(*space);
                self.users.insert(user);
                self.founders.insert(user);
                // The id must not be a document's either.
                self.docs.entry(DocId::from(*space)).or_default();
            }
            Command::SetPrivacy(doc, _) => {
                self.comments.insert(*doc);
                self.whole.insert(*doc);
                self.ask(*doc, user);
            }
            Command::RestoreMember(event, space, _) => {
                self.spaces.insert(*space);
                self.members.insert((*space, event.user));
                self.users.insert(event.user);
                self.regained.insert((*space, event.user));
                if event.role == Some(Role::Owner) {
                    self.rosters.insert(*space);
                    self.private.insert(*space);
                }
            }
            Command::Recovered(space) => {
                self.spaces.insert(*space);
                self.members.insert((*space, user));
            }
        }
    }

    fn add_governance(&mut self, by: UserId, what: &Governance) {
        let (space, of) = match what {
            Governance::AddMember(space, user, _)
            | Governance::ChangeRole(space, user, _)
            | Governance::RemoveMember(space, user)
            | Governance::Transfer(space, user) => (*space, *user),
            Governance::Leave(space)
            | Governance::DeleteSpace(space)
            | Governance::Close(space) => (*space, by),
        };
        self.spaces.insert(space);
        self.members.extend([(space, by), (space, of)]);
        self.users.insert(of);
        match what {
            Governance::AddMember(..) => self.crowds.insert(space),
            Governance::Transfer(..) => self.users.insert(by) | self.private.insert(space),
            Governance::DeleteSpace(_) | Governance::Close(_) => self.rosters.insert(space),
            _ => false,
        };
    }
}
