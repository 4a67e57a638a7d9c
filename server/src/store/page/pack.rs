//! Pages of a space's documents, for a cold start. They are served as they lie in
//! the database: no document is opened.

use std::collections::BTreeMap;

use umbra_model::{DocId, SpaceId, UserId};
use umbra_sync_protocol::wire::{Bytes, Event, LogEntry, PackedDoc};
use uuid::Uuid;

use super::{PackPage, Reader, Seen, fitting};
use crate::sequencer::core::{DocRow, LogRow};
use crate::store::facts::{DocRecord, doc_row};
use crate::store::log::LogRecord;
use crate::store::{Store, StoreError, Tx, db, limits};

/// What documents hold, by id.
#[derive(Default)]
struct Held {
    saves: BTreeMap<DocId, Bytes>,
    chunks: BTreeMap<DocId, Vec<Bytes>>,
    views: BTreeMap<DocId, String>,
}

impl Store {
    /// The documents of a space behind this id, for one of its members: about so
    /// many bytes of them, but one at the least.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such space, or the viewer isn't in it.
    pub async fn pack(
        &self,
        viewer: UserId,
        space: SpaceId,
        after: Option<DocId>,
        views: bool,
        bytes_max: usize,
    ) -> Result<PackPage, StoreError> {
        let mut tx = self.snapshot().await?;
        let reader = Reader::admit(&mut tx, viewer, space).await?;
        let after = after.unwrap_or(DocId::from_bytes([0; 16]));
        let (rows, last) = reader.page_rows(&mut tx, after, views, bytes_max).await?;
        let packed_to = rows.last_key_value().map(|(doc, _)| *doc);
        let docs = reader.seen(&mut tx, rows).await?;
        let held = match packed_to {
            Some(to) => reader.held(&mut tx, after, to, views).await?,
            None => Held::default(),
        };
        let events = if last { Some(reader.events(&mut tx).await?) } else { None };
        let docs = pack(docs, held);
        Ok(PackPage { docs, packed_to, last, head: reader.head, events })
    }
}

impl Reader {
    /// The rows of the page, and whether nothing follows.
    async fn page_rows(
        &self,
        tx: &mut Tx,
        after: DocId,
        views: bool,
        bytes_max: usize,
    ) -> Result<(BTreeMap<DocId, DocRow>, bool), StoreError> {
        /// Ids, facts and framing of a document.
        const OVERHEAD: usize = 80;
        let records = db!(tx tx, all DocRecord,
            "SELECT space, doc, kind, creator_id, privacy, subject, created_seq, created_at, last_seq,
                    saved_seq, saved_bytes, unfolded_bytes, purged_at
             FROM documents WHERE space = $1 AND doc > $2 AND purged_at IS NULL ORDER BY doc LIMIT $3",
            self.space.0, after.0, limits::PACK_PAGE)?;
        let full = records.len() as i64 == limits::PACK_PAGE;
        let mut rows = BTreeMap::new();
        let lengths = if views { self.view_lengths(tx, after).await? } else { BTreeMap::new() };
        let mut bytes = 0;
        for record in records {
            let (doc, row) = doc_row(record)?;
            bytes += OVERHEAD
                + usize::try_from(row.bytes()).unwrap_or(usize::MAX)
                + lengths.get(&doc).copied().unwrap_or_default();
            if !rows.is_empty() && bytes > bytes_max {
                return Ok((rows, false));
            }
            rows.insert(doc, row);
        }
        Ok((rows, !full))
    }

    /// How long the plain JSON of the documents behind this id is.
    async fn view_lengths(
        &self,
        tx: &mut Tx,
        after: DocId,
    ) -> Result<BTreeMap<DocId, usize>, StoreError> {
        let rows = db!(tx tx, all (Uuid, i64),
            "SELECT doc, CAST(OCTET_LENGTH(json) AS BIGINT) FROM views
             WHERE space = $1 AND doc > $2 ORDER BY doc LIMIT $3",
            self.space.0, after.0, limits::PACK_PAGE)?;
        let length =
            |(doc, length): (Uuid, i64)| (DocId(doc), usize::try_from(length).unwrap_or(0));
        Ok(rows.into_iter().map(length).collect())
    }

    async fn held(
        &self,
        tx: &mut Tx,
        after: DocId,
        to: DocId,
        views: bool,
    ) -> Result<Held, StoreError> {
        let mut held = Held::default();
        let saves = db!(tx tx, all (Uuid, Vec<u8>),
            "SELECT doc, bytes FROM saves WHERE space = $1 AND doc > $2 AND doc <= $3",
            self.space.0, after.0, to.0)?;
        held.saves = saves.into_iter().map(|(doc, bytes)| (DocId(doc), bytes.into())).collect();
        let chunks = db!(tx tx, all (Uuid, Vec<u8>),
            "SELECT doc, chunk FROM log WHERE space = $1 AND doc > $2 AND doc <= $3 AND chunk IS NOT NULL
             ORDER BY doc, seq", self.space.0, after.0, to.0)?;
        for (doc, chunk) in chunks {
            held.chunks.entry(DocId(doc)).or_default().push(chunk.into());
        }
        if views {
            let views = db!(tx tx, all (Uuid, String),
                "SELECT doc, json FROM views WHERE space = $1 AND doc > $2 AND doc <= $3",
                self.space.0, after.0, to.0)?;
            held.views = views.into_iter().map(|(doc, json)| (DocId(doc), json)).collect();
        }
        Ok(held)
    }

    /// What a cold start begins behind.
    async fn events(&self, tx: &mut Tx) -> Result<Vec<LogEntry>, StoreError> {
        let mut events = self.members(tx).await?;
        events.extend(self.purges(tx).await?);
        Ok(events)
    }

    /// Which documents are purged, the latest of them, in a space that was restored.
    async fn purges(&self, tx: &mut Tx) -> Result<Vec<LogEntry>, StoreError> {
        let records = db!(tx tx, all DocRecord,
            "SELECT d.space, d.doc, d.kind, d.creator_id, d.privacy, d.subject, d.created_seq, d.created_at,
                    d.last_seq, d.saved_seq, d.saved_bytes, d.unfolded_bytes, d.purged_at
             FROM documents d JOIN spaces s ON s.space = d.space
             WHERE d.space = $1 AND d.purged_at IS NOT NULL AND s.restored_head IS NOT NULL
             ORDER BY d.purged_at DESC LIMIT $2",
            self.space.0, limits::PACK_PURGES)?;
        let rows = records.into_iter().map(doc_row).collect::<Result<_, _>>()?;
        let seen = self.seen(tx, rows).await?.into_iter().filter(|(_, seen)| seen.visible);
        let purged = |(doc, seen): (DocId, Seen)| LogEntry {
            seq: seen.row.last_seq,
            event: Event::Purged { doc },
        };
        Ok(seen.map(purged).collect())
    }

    /// The latest membership event of each account that is or was a member.
    async fn members(&self, tx: &mut Tx) -> Result<Vec<LogEntry>, StoreError> {
        let records = db!(tx tx, all LogRecord,
            "SELECT l.* FROM log l WHERE l.space = $1 AND l.member_id IS NOT NULL
             AND l.seq = (SELECT MAX(x.seq) FROM log x WHERE x.space = $1 AND x.member_id = l.member_id)
             ORDER BY l.seq", self.space.0)?;
        let entries = records.into_iter().map(|it| Ok(LogRow::try_from(it)?.into_entry()));
        let entries: Vec<_> = entries.collect::<Result<_, StoreError>>()?;
        Ok(entries.into_iter().flatten().collect())
    }
}

fn pack(docs: BTreeMap<DocId, Seen>, mut held: Held) -> Vec<PackedDoc> {
    let visible = docs.into_iter().filter(|(_, seen)| seen.visible);
    let packed = visible.map(|(doc, Seen { row, facts, .. })| PackedDoc {
        doc,
        kind: row.kind,
        creator: row.creator,
        privacy: facts.privacy,
        seq: row.last_seq,
        saved: held.saves.remove(&doc),
        chunks: held.chunks.remove(&doc).unwrap_or_default(),
        view: fitting(held.views.remove(&doc), usize::try_from(row.bytes()).unwrap_or(usize::MAX)),
    });
    packed.collect()
}
