//! What a batch comes to, before it is durable.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{DocId, Kind, Millis, SpaceId, UserId};
use umbra_sync_protocol::gate::{DocFacts, GateDoc};

use super::ledger::{DocWrite, Earlier, Ledger, MemberWrite, Open, Purge, SpaceWrite, Withdrawal};
use super::log_row::{LogEvent, LogRow};
use super::push::JudgedPush;
use super::view::{Rendered, render};
use super::{Facts, SpaceFacts};
use crate::sequencer::{ConnectionId, Rejection};

/// What a batch comes to: all that is to be written, in one transaction. Only
/// [`decide`](super::decide) makes one.
#[derive(Debug)]
pub struct Decision {
    pub(super) now: Millis,
    pub(super) facts: Facts,
    pub(super) open: Open,
    pub(super) broken: BTreeSet<DocId>,
    pub(super) rows: Vec<LogRow>,
    pub(super) origins: Vec<Option<ConnectionId>>,
    pub(super) spaces: BTreeMap<SpaceId, SpaceWrite>,
    pub(super) docs: BTreeMap<DocId, DocWrite>,
    pub(super) facts_were: BTreeMap<DocId, DocFacts>,
    pub(super) views: BTreeMap<DocId, ViewWrite>,
    pub(super) members: BTreeMap<(SpaceId, UserId), MemberWrite>,
    pub(super) purges: Vec<Purge>,
    pub(super) withdrawn: BTreeSet<Withdrawal>,
    pub(super) earlier: Vec<Earlier>,
    pub(super) answers: Vec<Answer>,
}

/// A document's read model as it is to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ViewWrite {
    /// The space.
    pub space: SpaceId,
    /// The read model.
    pub rendered: Rendered,
}

#[derive(Debug)]
pub(super) enum Answer {
    Push(JudgedPush, Option<ConnectionId>),
    Done(Result<(), Rejection>),
}

impl Decision {
    pub(super) fn of(ledger: Ledger<'_>, answers: Vec<Answer>, stale: BTreeSet<DocId>) -> Self {
        let sound = |doc: &DocId, gate: &GateDoc| !gate.is_broken() && !stale.contains(doc);
        let (rows, origins) = ledger.rows.into_iter().unzip();
        let rendered = ledger.docs.iter().filter(|(_, write)| {
            (write.created || write.changes > 0) && write.row.purged_at.is_none()
        });
        let views = rendered.filter_map(|(doc, write)| {
            let rendered = render(ledger.open.get(doc).filter(|gate| sound(doc, gate))?);
            Some((*doc, ViewWrite { space: write.row.space, rendered }))
        });
        Self {
            now: ledger.now,
            views: views.collect(),
            broken: ledger
                .open
                .iter()
                .filter(|(doc, gate)| !sound(doc, gate))
                .map(|it| *it.0)
                .collect(),
            facts: ledger.facts,
            open: ledger.open,
            rows,
            origins,
            spaces: ledger.spaces,
            docs: ledger.docs,
            facts_were: ledger.facts_were,
            members: ledger.members,
            purges: ledger.purges,
            withdrawn: ledger.withdrawn,
            earlier: ledger.earlier,
            answers,
        }
    }

    /// When it was decided.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// The log rows, in the order in which they were appended.
    pub fn rows(&self) -> &[LogRow] {
        &self.rows
    }

    /// The spaces that are touched, and the facts of each as they become.
    pub fn spaces(&self) -> impl Iterator<Item = (SpaceId, &SpaceWrite, &SpaceFacts)> {
        self.spaces
            .iter()
            .filter_map(|(space, write)| Some((*space, write, self.facts.spaces.get(space)?)))
    }

    /// The documents that are touched.
    pub fn docs(&self) -> &BTreeMap<DocId, DocWrite> {
        &self.docs
    }

    /// The read models that change.
    pub fn views(&self) -> &BTreeMap<DocId, ViewWrite> {
        &self.views
    }

    /// Who comes, goes, or has another role.
    pub fn members(&self) -> &BTreeMap<(SpaceId, UserId), MemberWrite> {
        &self.members
    }

    /// The purge orders to be given, behind those taken back. The database numbers
    /// them.
    pub fn purges(&self) -> &[Purge] {
        &self.purges
    }

    /// The purge orders to be taken back, where they are unconfirmed.
    pub fn withdrawn(&self) -> &BTreeSet<Withdrawal> {
        &self.withdrawn
    }

    /// The changes whose earlier place is to be looked up, behind the rows.
    pub fn earlier(&self) -> &[Earlier] {
        &self.earlier
    }

    /// What comments are about that came into being: to be looked up, so that they
    /// are told only to those who see it.
    pub fn subjects(&self) -> BTreeSet<(SpaceId, DocId)> {
        let comments = self.docs.values().filter_map(|write| {
            let subject = write.row.subject?;
            (!self.facts.docs.contains_key(&subject)).then_some((write.row.space, subject))
        });
        comments.collect()
    }

    /// Documents that the library failed on in a way that couldn't be undone, or that
    /// are otherwise not as the log will have them. What was accepted stands; they are
    /// to be opened anew from the store and [`chunks_of`](Self::chunks_of) it, and
    /// given to [`mend`](Self::mend).
    pub fn broken(&self) -> Vec<(SpaceId, DocId)> {
        let there = |doc: &DocId| Some((self.facts.docs.get(doc)?.space, *doc));
        self.broken.iter().filter_map(there).collect()
    }

    /// What this document is.
    pub fn kind_of(&self, doc: DocId) -> Option<Kind> {
        self.facts.docs.get(&doc).map(|row| row.kind)
    }

    /// The chunks that are to be written of this document, in order.
    pub fn chunks_of(&self, doc: DocId) -> impl Iterator<Item = &[u8]> {
        self.rows.iter().filter_map(move |row| match &row.event {
            LogEvent::Change(change) if change.doc == doc => {
                change.chunk.as_ref().map(|it| it.as_slice())
            }
            _ => None,
        })
    }

    /// Takes a document that was opened anew in place of one that broke.
    pub fn mend(&mut self, doc: DocId, gate: GateDoc) {
        if let Some(write) = self.docs.get(&doc) {
            let (space, rendered) = (write.row.space, render(&gate));
            self.views.insert(doc, ViewWrite { space, rendered });
        }
        self.open.insert(doc, Box::new(gate));
        self.broken.remove(&doc);
    }
}
