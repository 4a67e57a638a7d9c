//! Rows as their columns.

use umbra_model::{DocId, Millis, SpaceId};
use uuid::Uuid;

use super::{StoreError, signed};
use crate::sequencer::core::{DocWrite, LogEvent, LogRow, Lost, SpaceFacts, ViewWrite};

/// What a commit writes of the kinds that most commits write.
#[derive(Clone, Copy)]
pub(super) struct Rows<'r, 'a> {
    pub(super) spaces: &'r [SpaceCells],
    pub(super) docs: &'r [DocCells],
    pub(super) log: &'r [LogCells<'a>],
    pub(super) views: &'r [ViewCells<'a>],
}

impl Rows<'_, '_> {
    /// So many rows there are of each kind.
    pub(super) fn of_each(&self) -> usize {
        self.spaces.len().min(self.docs.len()).min(self.log.len()).min(self.views.len())
    }

    /// So many of each kind, and the rest.
    pub(super) fn split_at(&self, mid: usize) -> (Self, Self) {
        let (spaces, more_spaces) = self.spaces.split_at(mid);
        let (docs, more_docs) = self.docs.split_at(mid);
        let (log, more_log) = self.log.split_at(mid);
        let (views, more_views) = self.views.split_at(mid);
        let rest = Self { spaces: more_spaces, docs: more_docs, log: more_log, views: more_views };
        (Self { spaces, docs, log, views }, rest)
    }
}

/// What changes of a row of `spaces`.
pub(super) struct SpaceCells {
    pub(super) space: Uuid,
    pub(super) owner_id: Uuid,
    pub(super) head: i64,
    pub(super) documents: i64,
    pub(super) recovering: bool,
    pub(super) restored_head: Option<i64>,
    pub(super) deleted_at: Option<i64>,
}

impl SpaceCells {
    pub(super) fn of(space: SpaceId, facts: &SpaceFacts, now: Millis) -> Result<Self, StoreError> {
        Ok(Self {
            space: space.0,
            owner_id: facts.owner.0,
            head: signed(facts.head)?,
            documents: signed(facts.documents)?,
            recovering: facts.recovering,
            restored_head: facts.restored_head.map(signed).transpose()?,
            deleted_at: facts.deleted.then_some(now.0),
        })
    }
}

/// A row of `log`.
#[derive(Default)]
pub(super) struct LogCells<'a> {
    pub(super) space: Uuid,
    pub(super) seq: i64,
    pub(super) event: &'static str,
    pub(super) at: i64,
    pub(super) by_user: Uuid,
    pub(super) by_device: Option<Uuid>,
    pub(super) by_role: Option<&'static str>,
    pub(super) doc: Option<Uuid>,
    pub(super) hash: Option<&'a [u8]>,
    pub(super) actor: Option<&'a [u8]>,
    pub(super) actor_seq: Option<i64>,
    pub(super) chunk: Option<&'a [u8]>,
    pub(super) kind: Option<&'static str>,
    pub(super) privacy: Option<&'static str>,
    pub(super) privacy_was: Option<&'static str>,
    pub(super) member_id: Option<Uuid>,
    pub(super) member_name: Option<&'a str>,
    pub(super) member_role: Option<&'static str>,
    pub(super) receipt: Option<&'a [u8]>,
    pub(super) lost_seq: Option<i64>,
    pub(super) lost_receipt: Option<&'a [u8]>,
}

impl<'a> LogCells<'a> {
    pub(super) fn of(row: &'a LogRow) -> Result<Self, StoreError> {
        let mut cells = Self {
            space: row.space.0,
            seq: signed(row.seq)?,
            at: row.at.0,
            by_user: row.by.user.0,
            by_device: row.by.device.map(|device| device.0),
            by_role: row.by.role.map(|role| role.as_str()),
            doc: row.event.doc().map(|doc| doc.0),
            ..Self::default()
        };
        match &row.event {
            LogEvent::Founded(kind) => {
                cells.event = "founded";
                cells.kind = Some(kind.as_str());
            }
            LogEvent::Member(it) => {
                cells.event = "member";
                cells.member_id = Some(it.user.0);
                cells.member_name = Some(&it.name);
                cells.member_role = it.role.map(|role| role.as_str());
                cells.receipt = Some(&it.receipt.0);
                cells.set_lost(it.lost.as_ref())?;
            }
            LogEvent::Created { kind, privacy, .. } => {
                cells.event = "created";
                cells.kind = Some(kind.as_str());
                cells.privacy = Some(privacy.as_str());
            }
            LogEvent::Change(it) => {
                cells.event = "change";
                cells.hash = Some(&it.hash.0);
                cells.actor = Some(&it.actor);
                cells.actor_seq = Some(signed(it.actor_seq)?);
                cells.chunk = it.chunk.as_ref().map(|chunk| chunk.as_slice());
                cells.receipt = Some(&it.receipt.0);
                cells.set_lost(it.lost.as_ref())?;
            }
            LogEvent::Privacy { was, privacy, .. } => {
                cells.event = "privacy";
                cells.privacy = Some(privacy.as_str());
                cells.privacy_was = Some(was.as_str());
            }
            LogEvent::Purged(_) => cells.event = "purged",
        }
        Ok(cells)
    }

    fn set_lost(&mut self, lost: Option<&'a Lost>) -> Result<(), StoreError> {
        self.lost_seq = lost.map(|lost| signed(lost.seq)).transpose()?;
        self.lost_receipt = lost.map(|lost| lost.receipt.0.as_slice());
        Ok(())
    }
}

/// A row of `documents`; the counts are what is added.
pub(super) struct DocCells {
    pub(super) created: bool,
    pub(super) space: Uuid,
    pub(super) doc: Uuid,
    pub(super) kind: &'static str,
    pub(super) creator_id: Uuid,
    pub(super) privacy: &'static str,
    pub(super) subject: Option<Uuid>,
    pub(super) created_seq: i64,
    pub(super) created_at: i64,
    pub(super) last_seq: i64,
    pub(super) unfolded: i64,
    pub(super) unfolded_bytes: i64,
    pub(super) purged_at: Option<i64>,
}

impl DocCells {
    pub(super) fn of(doc: DocId, write: &DocWrite) -> Result<Self, StoreError> {
        let row = &write.row;
        Ok(Self {
            created: write.created,
            space: row.space.0,
            doc: doc.0,
            kind: row.kind.as_str(),
            creator_id: row.creator.0,
            privacy: row.privacy.as_str(),
            subject: row.subject.map(|subject| subject.0),
            created_seq: signed(row.created_seq)?,
            created_at: row.created_at.0,
            last_seq: signed(row.last_seq)?,
            unfolded: signed(write.changes)?,
            unfolded_bytes: signed(write.bytes)?,
            purged_at: row.purged_at.map(|at| at.0),
        })
    }
}

/// A row of `views`.
pub(super) struct ViewCells<'a> {
    pub(super) space: Uuid,
    pub(super) doc: Uuid,
    pub(super) json: &'a str,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) starts_at: Option<i64>,
    pub(super) ends_at: Option<i64>,
    pub(super) due_at: Option<i64>,
    pub(super) done: bool,
    pub(super) repeats: bool,
    pub(super) deleted_at: Option<i64>,
}

impl<'a> ViewCells<'a> {
    pub(super) fn of(doc: DocId, view: &'a ViewWrite, now: Millis) -> Self {
        let summary = &view.rendered.summary;
        let at = |instant: Option<Millis>| instant.map(|it| it.0);
        Self {
            space: view.space.0,
            doc: doc.0,
            json: &view.rendered.json,
            title: storable(&summary.title),
            text: storable(&summary.text),
            starts_at: at(summary.starts),
            ends_at: at(summary.ends),
            due_at: at(summary.due),
            done: summary.done,
            repeats: summary.repeats,
            deleted_at: summary.deleted.then_some(now.0),
        }
    }
}

/// The text as both engines store it: PostgreSQL takes no NUL. In JSON it is
/// escaped, so there it stays.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
