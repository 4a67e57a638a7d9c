//! Pages of a space's log.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{DocId, SpaceId, UserId};
use umbra_sync_protocol::wire::{Event, LogEntry, PackedDoc};
use uuid::Uuid;

use super::{EntriesPage, Reader, Seen, fitting};
use crate::sequencer::core::{LogEvent, LogRow};
use crate::store::facts::signed;
use crate::store::log::LogRecord;
use crate::store::spaces::unsigned;
use crate::store::{Content, Store, StoreError, Tx, db, limits};

/// How large a log entry is, before it is read.
#[derive(sqlx::FromRow)]
struct Size {
    seq: i64,
    event: String,
    doc: Option<Uuid>,
    chunk: i64,
    saved_seq: Option<i64>,
    saved: Option<i64>,
    unfolded: Option<i64>,
    view: Option<i64>,
}

impl Store {
    /// The log of a space behind this place, for one of its members: about so many
    /// bytes of it, but one entry at the least.
    ///
    /// Who is behind the point to which a document's changes were folded gets the
    /// saved document in place of the last of them; to whom a document became
    /// visible, all of it in place of the entry that says so.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such space, or the viewer isn't in it.
    pub async fn entries(
        &self,
        viewer: UserId,
        space: SpaceId,
        after: u64,
        views: bool,
        bytes_max: usize,
    ) -> Result<EntriesPage, StoreError> {
        let mut tx = self.snapshot().await?;
        let reader = Reader::admit(&mut tx, viewer, space).await?;
        let to = reader.page_end(&mut tx, after, views, bytes_max).await?;
        let rows = reader.rows(&mut tx, after, to).await?;
        let entries = reader.entries(&mut tx, rows, views).await?;
        Ok(EntriesPage { from: after + 1, to, entries, head: reader.head })
    }
}

impl Reader {
    /// Where the page ends.
    async fn page_end(
        &self,
        tx: &mut Tx,
        after: u64,
        views: bool,
        bytes_max: usize,
    ) -> Result<u64, StoreError> {
        let (space, after_seq) = (self.space.0, signed(after)?);
        // A view is large, and far from the log: it isn't touched unless it is asked for.
        let sizes = match views {
            true => db!(tx tx, all Size,
                "SELECT l.seq, l.event, l.doc, CAST(COALESCE(OCTET_LENGTH(l.chunk), 0) AS BIGINT) AS chunk,
                        d.saved_seq, d.saved_bytes AS saved, d.unfolded_bytes AS unfolded,
                        CAST(OCTET_LENGTH(v.json) AS BIGINT) AS view
                 FROM log l LEFT JOIN documents d ON d.space = l.space AND d.doc = l.doc
                 LEFT JOIN views v ON v.space = l.space AND v.doc = l.doc
                 WHERE l.space = $1 AND l.seq > $2 ORDER BY l.seq LIMIT $3",
                space, after_seq, limits::ENTRIES_PAGE)?,
            false => db!(tx tx, all Size,
                "SELECT l.seq, l.event, l.doc, CAST(COALESCE(OCTET_LENGTH(l.chunk), 0) AS BIGINT) AS chunk,
                        d.saved_seq, d.saved_bytes AS saved, d.unfolded_bytes AS unfolded,
                        CAST(NULL AS BIGINT) AS view
                 FROM log l LEFT JOIN documents d ON d.space = l.space AND d.doc = l.doc
                 WHERE l.space = $1 AND l.seq > $2 ORDER BY l.seq LIMIT $3",
                space, after_seq, limits::ENTRIES_PAGE)?,
        };
        let (mut to, mut bytes) = (after, 0);
        let mut viewed = BTreeSet::new();
        for size in sizes {
            bytes += size.bytes();
            if views && size.doc.is_some() && viewed.insert(size.doc) {
                bytes += size.view.unwrap_or_default();
            }
            if to > after && bytes > signed(bytes_max as u64)? {
                break;
            }
            to = unsigned(size.seq)?;
        }
        Ok(to)
    }

    async fn rows(&self, tx: &mut Tx, after: u64, to: u64) -> Result<Vec<LogRow>, StoreError> {
        let records = db!(tx tx, all LogRecord,
            "SELECT * FROM log WHERE space = $1 AND seq > $2 AND seq <= $3 ORDER BY seq",
            self.space.0, signed(after)?, signed(to)?)?;
        records.into_iter().map(LogRow::try_from).collect()
    }

    async fn entries(
        &self,
        tx: &mut Tx,
        rows: Vec<LogRow>,
        views: bool,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let named: BTreeSet<_> = rows.iter().filter_map(|row| row.event.doc()).collect();
        let docs = self.docs(tx, named).await?;
        let last = last_changes(&rows);
        let whole = rows.iter().filter(|row| self.gives_whole(row, &docs));
        let whole: BTreeSet<_> = whole.filter_map(|row| row.event.doc()).collect();
        let mut json = BTreeMap::new();
        if views {
            let changed = last.keys().chain(&whole).copied().collect::<BTreeSet<_>>();
            let shown = |doc: &DocId| docs.get(doc).is_some_and(|doc| doc.visible);
            json = self.views(tx, changed.into_iter().filter(shown)).await?;
        }
        let whole: Vec<_> = whole.into_iter().map(|doc| (self.space, doc)).collect();
        let contents = tx.contents(&whole).await?;
        let page = Page { reader: self, docs, last, json, contents };
        Ok(rows.into_iter().filter_map(|row| page.entry(row)).collect())
    }

    /// Whether the row is given as the document, instead of as itself.
    fn gives_whole(&self, row: &LogRow, docs: &BTreeMap<DocId, Seen>) -> bool {
        let Some(doc) = row.event.doc().and_then(|doc| docs.get(&doc)) else { return false };
        if !doc.visible || doc.row.purged_at.is_some() {
            return false;
        }
        match &row.event {
            LogEvent::Change(change) => change.chunk.is_none() && row.seq == doc.row.saved_seq,
            LogEvent::Privacy { was, .. } => {
                let mut before = doc.facts;
                before.privacy = *was;
                !self.viewer.sees(&before)
            }
            _ => false,
        }
    }
}

impl Size {
    fn bytes(&self) -> i64 {
        /// Ids, seals and framing.
        const OVERHEAD: i64 = 96;
        let whole = match self.event.as_str() {
            "change" if self.saved_seq == Some(self.seq) => self.saved.unwrap_or_default(),
            "privacy" => self.saved.unwrap_or_default() + self.unfolded.unwrap_or_default(),
            _ => 0,
        };
        OVERHEAD + self.chunk + whole
    }
}

/// The last change of each document among the rows.
fn last_changes(rows: &[LogRow]) -> BTreeMap<DocId, u64> {
    let changes = rows.iter().filter_map(|row| match &row.event {
        LogEvent::Change(change) => Some((change.doc, row.seq)),
        _ => None,
    });
    changes.collect()
}

/// What a page is made of.
struct Page<'r> {
    reader: &'r Reader,
    docs: BTreeMap<DocId, Seen>,
    last: BTreeMap<DocId, u64>,
    json: BTreeMap<DocId, String>,
    contents: BTreeMap<DocId, Content>,
}

impl Page<'_> {
    fn entry(&self, row: LogRow) -> Option<LogEntry> {
        let Some(doc) = row.event.doc() else { return row.into_entry() };
        let seen = self.docs.get(&doc).filter(|seen| seen.visible)?;
        if seen.row.purged_at.is_some() && !matches!(row.event, LogEvent::Purged(_)) {
            return None;
        }
        if self.reader.gives_whole(&row, &self.docs) {
            return Some(LogEntry { seq: row.seq, event: self.whole(&row, seen)? });
        }
        let seq = row.seq;
        let mut entry = row.into_entry()?;
        if let Event::Change { view, chunk, .. } = &mut entry.event
            && self.last.get(&doc) == Some(&seq)
        {
            *view = fitting(self.json.get(&doc).cloned(), chunk.len());
        }
        Some(entry)
    }

    /// The saved document for what was folded into it; all there is for what has
    /// become visible.
    fn whole(&self, row: &LogRow, seen: &Seen) -> Option<Event> {
        let content = self.contents.get(&seen.facts.doc)?;
        let folded = matches!(row.event, LogEvent::Change(_));
        let chunks = if folded { &[][..] } else { &content.chunks[..] };
        let bytes = usize::try_from(seen.row.bytes()).unwrap_or(usize::MAX);
        Some(Event::Saved(PackedDoc {
            doc: seen.facts.doc,
            kind: seen.facts.kind,
            creator: seen.facts.creator,
            privacy: seen.facts.privacy,
            seq: if folded { seen.row.saved_seq } else { seen.row.last_seq },
            saved: content.saved.clone().map(Into::into),
            chunks: chunks.iter().map(|chunk| chunk.clone().into()).collect(),
            view: fitting(self.json.get(&seen.facts.doc).cloned(), bytes),
        }))
    }
}
