//! Pages of a space's log and of its documents, as the stream to a client wants
//! them: read at one moment, filtered for one member, bounded in bytes.

mod entries;
mod pack;

use std::collections::BTreeMap;

use umbra_model::{DocId, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::gate::DocFacts;
use umbra_sync_protocol::wire::{LogEntry, PackedDoc};
use uuid::Uuid;

use super::list::PairList;
use super::spaces::{parse, unsigned};
use super::{Store, StoreError, Tx, Viewer, db, limits};
use crate::sequencer::core::{DocRow, Facts, SpaceFacts};

/// A page of a space's log, filtered for one viewer.
#[derive(Clone, PartialEq, Debug)]
pub struct EntriesPage {
    /// The first sequence number covered.
    pub from: u64,
    /// The last covered; `from - 1` where there is nothing.
    pub to: u64,
    /// What of it concerns what the viewer may see.
    pub entries: Vec<LogEntry>,
    /// The end of the log, at the moment of reading.
    pub head: u64,
}

/// A page of a space's documents, in the order of their ids, filtered for one viewer.
#[derive(Clone, PartialEq, Debug)]
pub struct PackPage {
    /// The documents.
    pub docs: Vec<PackedDoc>,
    /// The last document id covered, seen or not; none where there is nothing.
    pub packed_to: Option<DocId>,
    /// Whether nothing follows.
    pub last: bool,
    /// The end of the log, at the moment of reading: all up to it is in what the
    /// pages hold, if the first page was read no earlier.
    pub head: u64,
    /// With the last page: the latest membership event of each account that is or
    /// was a member, and where the space was restored, which documents are purged.
    pub events: Option<Vec<LogEntry>>,
}

impl Store {
    /// What decides who sees this document, where this member of the space does;
    /// none where it is missing or hidden, which nobody is told.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the viewer isn't in the space.
    pub async fn visible_doc(
        &self,
        viewer: UserId,
        space: SpaceId,
        doc: DocId,
    ) -> Result<Option<DocFacts>, StoreError> {
        let mut tx = self.snapshot().await?;
        let reader = Reader::admit(&mut tx, viewer, space).await?;
        let seen = reader.docs(&mut tx, [doc]).await?.remove(&doc);
        Ok(seen.filter(|it| it.visible && it.row.purged_at.is_none()).map(|it| it.facts))
    }
}

/// A member who reads, and what of. Reading a space takes one, and only the
/// database makes one.
struct Reader {
    space: SpaceId,
    kind: SpaceKind,
    head: u64,
    viewer: Viewer,
}

impl Reader {
    async fn admit(tx: &mut Tx, user: UserId, space: SpaceId) -> Result<Self, StoreError> {
        let (kind, head, role) = db!(tx tx, one (String, i64, String),
            "SELECT s.kind, s.head, m.role FROM members m JOIN spaces s ON s.space = m.space
             WHERE m.space = $1 AND m.user_id = $2 AND s.deleted_at IS NULL", space.0, user.0)?;
        let viewer = Viewer { user, role: parse(&role)? };
        Ok(Self { space, kind: parse(&kind)?, head: unsigned(head)?, viewer })
    }

    /// What is to be known of these documents, and of what they are about.
    async fn docs(
        &self,
        tx: &mut Tx,
        docs: impl IntoIterator<Item = DocId>,
    ) -> Result<BTreeMap<DocId, Seen>, StoreError> {
        let pairs = docs.into_iter().map(|doc| (self.space.0, doc.0));
        let rows = tx.doc_rows_at(PairList::of_pairs(pairs)).await?;
        self.seen(tx, rows).await
    }

    /// The documents of which these are the rows, as the viewer has them.
    async fn seen(
        &self,
        tx: &mut Tx,
        rows: BTreeMap<DocId, DocRow>,
    ) -> Result<BTreeMap<DocId, Seen>, StoreError> {
        let mut facts = Facts { docs: rows.clone(), ..Facts::default() };
        facts.spaces.insert(self.space, self.space_facts());
        tx.subjects_of(&mut facts).await?;
        let seen = rows.into_iter().filter_map(|(doc, row)| {
            let facts = facts.doc(doc, &row)?;
            Some((doc, Seen { visible: self.viewer.sees(&facts), facts, row }))
        });
        Ok(seen.collect())
    }

    fn space_facts(&self) -> SpaceFacts {
        SpaceFacts {
            kind: self.kind,
            owner: self.viewer.user,
            head: self.head,
            documents: 0,
            members: 0,
            recovering: false,
            restored_head: None,
            deleted: false,
        }
    }

    /// The plain JSON of these documents.
    async fn views(
        &self,
        tx: &mut Tx,
        docs: impl IntoIterator<Item = DocId>,
    ) -> Result<BTreeMap<DocId, String>, StoreError> {
        let pairs = PairList::of_pairs(docs.into_iter().map(|doc| (self.space.0, doc.0)));
        if pairs.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = db!(tx tx, all (Uuid, String),
            pg "SELECT v.doc, v.json FROM generate_series(1, cardinality($1), 2) i
                JOIN views v ON v.space = ($1)[i] AND v.doc = ($1)[i + 1]",
            lite "SELECT v.doc, v.json FROM json_each($1) p CROSS JOIN views v
                  ON v.space = unhex(substr(p.value, 1, 32)) AND v.doc = unhex(substr(p.value, 33))",
            pairs)?;
        Ok(rows.into_iter().map(|(doc, json)| (DocId(doc), json)).collect())
    }
}

/// A document as a viewer has it.
struct Seen {
    row: DocRow,
    facts: DocFacts,
    visible: bool,
}

/// The view, if it fits into a frame beside so many bytes. Else the client makes it
/// from the document.
fn fitting(view: Option<String>, beside: usize) -> Option<String> {
    view.filter(|view| view.len().saturating_add(beside) <= limits::VIEWED_BYTES_MAX)
}
