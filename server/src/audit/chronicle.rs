//! The first pass over a log: who was in the space as what, which documents there
//! were and who saw them, and whether each deed was permitted, but for what is in the
//! changes.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::policy::{self, Govern};
use umbra_model::{DocId, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::wire::Receipt;

use super::life::Life;
use super::{Auditor, Discrepancy, Finding};
use crate::sequencer::SealedMember;
use crate::sequencer::core::{By, LogEvent, LogRow, Lost, Membership};
use crate::store::{StoreError, StoredSpace, Tx};

/// What a log tells.
pub(super) struct Chronicle {
    pub(super) space: SpaceId,
    pub(super) kind: SpaceKind,
    /// Whom the space belongs to, as the database has it.
    owner: UserId,
    /// Who founded it, by its first entry.
    founder: Option<UserId>,
    roles: BTreeMap<UserId, (Role, u64)>,
    /// What the last entry gave back, where it made somebody the owner.
    handed_back: Option<Lost>,
    pub(super) docs: BTreeMap<DocId, Life>,
    /// What comments are about, as the database has it; the second pass compares it
    /// with the comments' own words.
    pub(super) subjects: BTreeMap<DocId, DocId>,
}

impl Chronicle {
    /// Reads the log of a space, and reports what is wrong with it. Nothing where the
    /// space itself can't be read.
    pub(super) async fn read(
        auditor: &mut Auditor,
        tx: &mut Tx,
        stored: &StoredSpace,
    ) -> Result<Option<Self>, StoreError> {
        let (space, owner) = (SpaceId(stored.space), UserId(stored.owner_id));
        let Ok(kind) = stored.kind.parse() else {
            let what = Discrepancy::Unreadable(format!("`{}` is no kind of space", stored.kind));
            auditor.find(Finding { space, seq: None, doc: None, what });
            return Ok(None);
        };
        let comments = tx.stored_docs(space).await?;
        let about = comments.into_iter().filter_map(|(doc, row)| Some((doc, DocId(row.subject?))));
        let (roles, docs) = Default::default();
        let (founder, handed_back, subjects) = (None, None, about.collect());
        let mut it = Self { space, kind, owner, founder, roles, handed_back, docs, subjects };
        let last = it.read_log(auditor, tx).await?;
        if i64::try_from(last) != Ok(stored.head) {
            it.wrong(auditor, None, None, Discrepancy::HeadWrong { said: stored.head, last });
        }
        let counted = it.docs.len() as u64;
        if i64::try_from(counted) != Ok(stored.documents) {
            let said = stored.documents;
            it.wrong(auditor, None, None, Discrepancy::CountWrong { said, counted });
        }
        it.compare_owner(auditor);
        it.end_lives(auditor);
        it.compare_members(auditor, tx).await?;
        Ok(Some(it))
    }

    /// Goes through every entry; says which was the last.
    async fn read_log(&mut self, auditor: &mut Auditor, tx: &mut Tx) -> Result<u64, StoreError> {
        let mut last = 0;
        loop {
            let page = tx.stored_log(self.space, last).await?;
            if page.is_empty() {
                return Ok(last);
            }
            for record in page {
                let seq = record.seq();
                if seq != last + 1 {
                    self.wrong(auditor, Some(seq), None, Discrepancy::Gap { expected: last + 1 });
                }
                last = seq;
                auditor.report.entries += 1;
                match LogRow::try_from(record) {
                    Ok(row) => self.enter(auditor, &row),
                    Err(error) => {
                        let what = Discrepancy::Unreadable(error.to_string());
                        self.wrong(auditor, Some(seq), None, what);
                    }
                }
            }
        }
    }

    fn enter(&mut self, auditor: &mut Auditor, row: &LogRow) {
        let founding = LogEvent::Founded(self.kind);
        if row.seq == 1 {
            self.founder = Some(row.by.user);
        }
        if (row.seq == 1) != (row.event == founding) {
            self.wrong(auditor, Some(row.seq), None, Discrepancy::NotFounded);
        }
        match &row.event {
            LogEvent::Founded(_) => {}
            LogEvent::Member(it) => self.member(auditor, row, it),
            LogEvent::Created { doc, kind, privacy } => {
                self.created(auditor, row, *doc, *kind, *privacy);
            }
            LogEvent::Change(change) => self.changed(auditor, row, change),
            LogEvent::Privacy { doc, was, privacy } => {
                self.shown(auditor, row, *doc, *was, *privacy);
            }
            LogEvent::Purged(doc) => self.purged(auditor, row, *doc),
        }
    }

    fn member(&mut self, auditor: &mut Auditor, row: &LogRow, it: &Membership) {
        let sealed = |seq| {
            let (space, user, role, by) = (self.space, it.user, it.role, row.by.user);
            Some(auditor.seal.member(&SealedMember { space, seq, user, role, by }))
        };
        // Whoever's space was handed over is a manager by the proof of that.
        let handed_back = self.handed_back.take();
        let was = self.roles.get(&it.user).map(|(role, _)| *role);
        let steps_back = it.lost.is_some()
            && it.lost == handed_back
            && (was, it.role) == (Some(Role::Owner), Some(Role::Manager));
        let proof = it.lost.filter(|_| !steps_back);
        self.wrongs(auditor, row, None, unsealed(row.seq, it.receipt, proof, sealed));
        self.handed_back = it.lost.filter(|_| it.role == Some(Role::Owner));
        if it.lost.is_none() {
            let done = self.may_govern(row, it);
            self.wrongs(auditor, row, None, done.err());
        }
        match it.role {
            Some(role) => self.roles.insert(it.user, (role, row.seq)),
            None => self.roles.remove(&it.user),
        };
    }

    fn may_govern(&self, row: &LogRow, it: &Membership) -> Result<(), Discrepancy> {
        // Whoever founds a space owns it.
        if row.seq == 2 && (Some(it.user), it.role) == (self.founder, Some(Role::Owner)) {
            return Ok(());
        }
        let role = self.role_of(row)?;
        let was = self.roles.get(&it.user).map(|(role, _)| *role);
        let what = match (was, it.role) {
            (None, Some(role)) => Govern::Add(role),
            // The owner hands the space over, and then is a manager.
            (Some(_), Some(Role::Owner)) if it.user != row.by.user => Govern::Transfer,
            (Some(Role::Owner), Some(Role::Manager))
                if it.user == row.by.user && self.owners().any(|owner| owner != it.user) =>
            {
                Govern::Transfer
            }
            (Some(from), Some(to)) => Govern::Change { from, to },
            (Some(_), None) if it.user == row.by.user => Govern::Leave,
            (Some(role), None) => Govern::Remove(role),
            (None, None) => return Err(Discrepancy::NotPermitted { rule: "member.none" }),
        };
        policy::govern(self.kind, role, &what)
            .map_err(|denied| Discrepancy::NotPermitted { rule: denied.rule })
    }

    /// The role that the log makes of the author of an entry, which must be the one
    /// noted with it.
    pub(super) fn role_of(&self, row: &LogRow) -> Result<Role, Discrepancy> {
        let By { user, role: said, .. } = row.by;
        let was = self.roles.get(&user).map(|(role, _)| *role);
        match was {
            Some(role) if said == was => Ok(role),
            _ => Err(Discrepancy::RoleWrong { said, was }),
        }
    }

    fn owners(&self) -> impl Iterator<Item = UserId> {
        let owners = self.roles.iter().filter(|(_, (role, _))| *role == Role::Owner);
        owners.map(|(user, _)| *user)
    }

    /// Every space has one owner, whom the database names.
    fn compare_owner(&self, auditor: &mut Auditor) {
        if !self.owners().eq([self.owner]) {
            let (said, was) = (self.owner, self.owners().collect());
            self.wrong(auditor, None, None, Discrepancy::OwnerWrong { said, was });
        }
    }

    async fn compare_members(&self, auditor: &mut Auditor, tx: &mut Tx) -> Result<(), StoreError> {
        let listed = tx.stored_members(self.space).await?;
        let users: BTreeSet<_> = listed.keys().chain(self.roles.keys()).collect();
        for user in users {
            let said = listed.get(user).map(|(role, since)| (role.parse::<Role>().ok(), *since));
            let was = self.roles.get(user);
            let same = match (said, was) {
                (Some((said, since)), Some((was, seq))) => {
                    said == Some(*was) && i64::try_from(*seq) == Ok(since)
                }
                (said, was) => said.is_none() && was.is_none(),
            };
            if !same {
                let (said, was) = (said.and_then(|it| it.0), was.map(|it| it.0));
                let what = Discrepancy::MemberWrong { user: *user, said, was };
                self.wrong(auditor, None, None, what);
            }
        }
        Ok(())
    }

    pub(super) fn wrong(
        &self,
        auditor: &mut Auditor,
        seq: Option<u64>,
        doc: Option<DocId>,
        what: Discrepancy,
    ) {
        auditor.find(Finding { space: self.space, seq, doc, what });
    }

    /// The same, for what may be wrong with an entry.
    pub(super) fn wrongs(
        &self,
        auditor: &mut Auditor,
        row: &LogRow,
        doc: Option<DocId>,
        wrong: impl IntoIterator<Item = Discrepancy>,
    ) {
        for what in wrong {
            self.wrong(auditor, Some(row.seq), doc, what);
        }
    }
}

/// What is wrong with the seals of an entry.
pub(super) fn unsealed(
    seq: u64,
    receipt: Receipt,
    lost: Option<Lost>,
    sealed: impl Fn(u64) -> Option<Receipt>,
) -> Vec<Discrepancy> {
    let mut wrong = Vec::new();
    if sealed(seq) != Some(receipt) {
        wrong.push(Discrepancy::ReceiptWrong);
    }
    if lost.is_some_and(|lost| sealed(lost.seq) != Some(lost.receipt)) {
        wrong.push(Discrepancy::LostReceiptWrong);
    }
    wrong
}
