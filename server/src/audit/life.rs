//! The course of each document, as the log tells it.

use umbra_model::policy::{self, Action, Ask};
use umbra_model::{DocId, Kind, Privacy, Role, UserId};
use umbra_sync_protocol::gate::DocFacts;

use super::chronicle::{Chronicle, unsealed};
use super::{Auditor, Discrepancy};
use crate::sequencer::SealedChange;
use crate::sequencer::core::{Change, LogRow};
use crate::store::Viewer;

/// A document's course.
pub(super) struct Life {
    pub(super) kind: Kind,
    pub(super) creator: UserId,
    pub(super) created_seq: u64,
    /// Its privacy from each entry on, the first from its creation.
    privacy: Vec<(u64, Privacy)>,
    pub(super) last_seq: u64,
    pub(super) purged: bool,
    /// It came back after a restore, and no change with a receipt has shown yet that
    /// it had been there.
    unproven: bool,
}

impl Life {
    /// Its own privacy as it is in the end.
    pub(super) fn privacy(&self) -> Privacy {
        self.privacy_at(u64::MAX)
    }

    /// Its own privacy behind this entry.
    fn privacy_at(&self, seq: u64) -> Privacy {
        let since = self.privacy.iter().rev().find(|(since, _)| *since <= seq);
        since.map_or(Privacy::Default, |(_, privacy)| *privacy)
    }
}

impl Chronicle {
    /// What decided who saw the document, and wrote to it, behind this entry.
    pub(super) fn facts_at(&self, doc: DocId, life: &Life, seq: u64) -> DocFacts {
        let subject = self.subjects.get(&doc).and_then(|subject| self.docs.get(subject));
        DocFacts {
            doc,
            kind: life.kind,
            space: self.kind,
            creator: life.creator,
            privacy: subject.unwrap_or(life).privacy_at(seq),
            subject_creator: subject.map(|subject| subject.creator),
        }
    }

    pub(super) fn created(
        &mut self,
        auditor: &mut Auditor,
        row: &LogRow,
        doc: DocId,
        kind: Kind,
        privacy: Privacy,
    ) {
        if self.docs.contains_key(&doc) {
            self.wrongs(auditor, row, Some(doc), [Discrepancy::CreatedTwice]);
            return;
        }
        let life = Life {
            kind,
            creator: row.by.user,
            created_seq: row.seq,
            privacy: vec![(row.seq, privacy)],
            last_seq: row.seq,
            purged: false,
            unproven: row.by.role.is_none(),
        };
        if !life.unproven {
            let founded = row.seq == 3 && kind == Kind::Space && doc == DocId::from(self.space);
            let done = self.role_of(row).and_then(|role| match founded {
                true => Ok(()),
                false => self.may(row, role, &self.facts_at(doc, &life, row.seq), Action::Create),
            });
            self.wrongs(auditor, row, Some(doc), done.err());
        }
        self.docs.insert(doc, life);
    }

    pub(super) fn changed(&mut self, auditor: &mut Auditor, row: &LogRow, change: &Change) {
        let doc = change.doc;
        let sealed = |seq| {
            let (space, hash, device) = (self.space, change.hash, row.by.device?);
            Some(auditor.seal.change(&SealedChange { space, seq, doc, hash, device }))
        };
        let wrong = unsealed(row.seq, change.receipt, change.lost, sealed);
        self.wrongs(auditor, row, Some(doc), wrong);
        let device = row.by.device.map(|device| auditor.devices.get(&device));
        if device.is_none_or(|it| it.is_some_and(|(user, _)| *user != row.by.user)) {
            self.wrongs(auditor, row, Some(doc), [Discrepancy::DeviceWrong]);
        }
        let done = self.may_change(row, change);
        self.wrongs(auditor, row, Some(doc), done.err());
        if let Some(life) = self.docs.get_mut(&doc) {
            life.last_seq = row.seq;
            life.unproven &= change.lost.is_none();
        }
    }

    fn may_change(&self, row: &LogRow, change: &Change) -> Result<(), Discrepancy> {
        let life = self.docs.get(&change.doc).filter(|life| !life.purged);
        let life = life.ok_or(Discrepancy::NotThere)?;
        if change.lost.is_some() {
            return Ok(());
        }
        let viewer = Viewer { user: row.by.user, role: self.role_of(row)? };
        let seen = viewer.sees(&self.facts_at(change.doc, life, row.seq));
        if seen { Ok(()) } else { Err(Discrepancy::Hidden) }
    }

    pub(super) fn shown(
        &mut self,
        auditor: &mut Auditor,
        row: &LogRow,
        doc: DocId,
        said: Privacy,
        privacy: Privacy,
    ) {
        let done = self.may_show(row, doc, said, privacy);
        self.wrongs(auditor, row, Some(doc), done.err());
        if let Some(life) = self.docs.get_mut(&doc).filter(|life| life.kind != Kind::Comment) {
            life.privacy.push((row.seq, privacy));
        }
    }

    fn may_show(
        &self,
        row: &LogRow,
        doc: DocId,
        said: Privacy,
        privacy: Privacy,
    ) -> Result<(), Discrepancy> {
        let life = self.docs.get(&doc).filter(|life| !life.purged).ok_or(Discrepancy::NotThere)?;
        let role = self.role_of(row)?;
        if life.kind == Kind::Comment {
            // It follows the entry about what the comment is about.
            let now = self.facts_at(doc, life, row.seq).privacy;
            let follows = now == privacy;
            return if follows {
                Ok(())
            } else {
                Err(Discrepancy::PrivacyWrong { said, was: now })
            };
        }
        let before = self.facts_at(doc, life, row.seq - 1);
        if before.privacy != said {
            return Err(Discrepancy::PrivacyWrong { said, was: before.privacy });
        }
        self.may(row, role, &before, Action::SetPrivacy(privacy))
    }

    pub(super) fn purged(&mut self, auditor: &mut Auditor, row: &LogRow, doc: DocId) {
        let done = self.may_purge(row, doc);
        self.wrongs(auditor, row, Some(doc), done.err());
        if let Some(life) = self.docs.get_mut(&doc) {
            life.purged = true;
        }
    }

    fn may_purge(&self, row: &LogRow, doc: DocId) -> Result<(), Discrepancy> {
        let life = self.docs.get(&doc).filter(|life| !life.purged).ok_or(Discrepancy::NotThere)?;
        let role = self.role_of(row)?;
        // What a comment was about takes it along.
        let subject = self.subjects.get(&doc).and_then(|subject| self.docs.get(subject));
        if subject.is_some_and(|subject| subject.purged) {
            return Ok(());
        }
        self.may(row, role, &self.facts_at(doc, life, row.seq), Action::Purge)
    }

    fn may(
        &self,
        row: &LogRow,
        role: Role,
        doc: &DocFacts,
        action: Action<'_>,
    ) -> Result<(), Discrepancy> {
        policy::decide(&Ask {
            space: self.kind,
            role,
            kind: doc.kind,
            privacy: doc.privacy,
            own: doc.creator == row.by.user,
            own_subject: doc.subject_creator == Some(row.by.user),
            action,
        })
        .map_err(|denied| Discrepancy::NotPermitted { rule: denied.rule })
    }

    /// What came back without anything to show for it.
    pub(super) fn end_lives(&self, auditor: &mut Auditor) {
        for (doc, life) in self.docs.iter().filter(|(_, life)| life.unproven) {
            let what = Discrepancy::NotPermitted { rule: "created.without_receipt" };
            self.wrong(auditor, Some(life.created_seq), Some(*doc), what);
        }
    }
}
