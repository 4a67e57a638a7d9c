//! Log entries: a catch-up, or live.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{ActorPrefix, DocId, SpaceId};
use umbra_sync_protocol::wire::{Entries, Event, LogEntry};

use super::standing::sees_more;
use super::{Engine, violation};
use crate::document::{Facts, chunk};
use crate::error::Result;
use crate::session::{Tally, Touched};
use crate::store::{DocRow, MemberRow, Projection, Record, SpaceRow, Tx};

/// What striking out needs to know, read once.
struct Known {
    prefix: ActorPrefix,
    /// The documents of which the server lost something.
    ahead: BTreeSet<DocId>,
}

/// Changes of one document that came one after another.
#[derive(Default)]
struct Batch {
    created: Option<Facts>,
    chunks: Vec<(u64, Vec<u8>)>,
    view: Option<String>,
}

impl<T: Tx> Engine<'_, T> {
    pub(super) async fn entries(&mut self, entries: Entries) -> Result<Touched> {
        let Entries { space, from, to, body } = entries;
        let row = self.tx.space(space).await?;
        let row = row.ok_or_else(|| violation("entries of a space that isn't here"))?;
        if row.cold || from > row.cursor + 1 {
            return Err(violation(format_args!(
                "entries from {from} on follow entry {} of {space}",
                row.cursor
            )));
        }
        let mut touched = Touched { progress: vec![space], ..Touched::default() };
        let prefix = self.account().await?.prefix;
        let ahead = self.tx.documents_ahead(space).await?.into_iter().collect();
        let known = Known { prefix, ahead };
        let mut batches: BTreeMap<DocId, Batch> = BTreeMap::new();
        let entries: Vec<LogEntry> = body.unpack()?;
        for entry in entries.into_iter().filter(|entry| entry.seq > row.cursor) {
            self.entry(&row, entry, &known, &mut batches, &mut touched).await?;
        }
        for (doc, batch) in batches {
            self.flush(space, doc, batch, &known, &mut touched).await?;
        }
        touched.tally.entries += to.saturating_sub(row.cursor);
        // An event may have changed the row: it is read again.
        if let Some(row) = self.tx.space(space).await?.filter(|row| !row.cold) {
            let cursor = row.cursor.max(to);
            self.tx.put_space(&SpaceRow { cursor, ..row }).await?;
        }
        Ok(touched)
    }

    pub(super) async fn current(&mut self, space: SpaceId, seq: u64) -> Result<Touched> {
        let row = self.tx.space(space).await?;
        let row = row.filter(|row| !row.cold && row.cursor <= seq);
        let row =
            row.ok_or_else(|| violation(format_args!("{space} can't be current at {seq}")))?;
        let expected = Tally::of_entries(seq - row.cursor);
        self.tx.put_space(&SpaceRow { cursor: seq, ..row }).await?;
        self.end_recoveries().await?;
        let commands = Some(self.tx.commands().await?);
        Ok(Touched { commands, tally: expected, progress: vec![space], ..Touched::default() })
    }

    async fn entry(
        &mut self,
        space: &SpaceRow,
        entry: LogEntry,
        known: &Known,
        batches: &mut BTreeMap<DocId, Batch>,
        touched: &mut Touched,
    ) -> Result<()> {
        let LogEntry { seq, event } = entry;
        match event {
            Event::Change { doc, chunk, view } => {
                let batch = batches.entry(doc).or_default();
                batch.chunks.push((seq, chunk.into()));
                batch.view = view;
            }
            Event::Created { doc, kind, creator, privacy } => {
                let facts = Facts { doc, space: space.space, kind, creator, privacy };
                batches.entry(doc).or_default().created = Some(facts);
            }
            Event::Saved(packed) => {
                self.flush_early(space.space, packed.doc, known, batches, touched).await?;
                self.packed(space, packed, false, touched).await?;
            }
            Event::Member(event) => {
                self.member(space.space, MemberRow { seq, event }, touched).await?;
            }
            Event::Privacy { doc, privacy } => {
                self.flush_early(space.space, doc, known, batches, touched).await?;
                if let Some(record) = self.tx.record(doc).await? {
                    self.tx.put_facts(record.facts.with_privacy(privacy), record.born).await?;
                }
            }
            Event::Purged { doc } => {
                batches.remove(&doc);
                self.is_purged(doc, touched).await?;
            }
            Event::Founded { .. } => {}
        }
        Ok(())
    }

    async fn member(
        &mut self,
        space: SpaceId,
        row: MemberRow,
        touched: &mut Touched,
    ) -> Result<()> {
        let account = self.account().await?;
        let its = self.tx.space(space).await?;
        if let (true, Some(role), Some(its)) = (row.event.user == account.user, row.event.role, its)
        {
            let (kind, before) = (its.kind, its.role);
            self.tx.put_space(&SpaceRow { role, ..its }).await?;
            if sees_more(kind, role, before) {
                self.begin_anew(space, touched).await?;
            }
        }
        self.tx.put_member(space, &row).await
    }

    async fn flush_early(
        &mut self,
        space: SpaceId,
        doc: DocId,
        known: &Known,
        batches: &mut BTreeMap<DocId, Batch>,
        touched: &mut Touched,
    ) -> Result<()> {
        match batches.remove(&doc) {
            Some(batch) => self.flush(space, doc, batch, known, touched).await,
            None => Ok(()),
        }
    }

    /// Takes in what came of one document.
    async fn flush(
        &mut self,
        space: SpaceId,
        doc: DocId,
        mut batch: Batch,
        known: &Known,
        touched: &mut Touched,
    ) -> Result<()> {
        let Some(row) = self.tx.row(doc).await? else {
            return self.flush_new(space, doc, batch, touched).await;
        };
        if let Some(facts) = batch.created {
            // Made here, and the server knows it now.
            self.tx.put_facts(facts, true).await?;
        }
        batch.chunks.retain(|(seq, _)| *seq > row.seq);
        self.strike_out_known(&row, &mut batch, known, touched).await?;
        let Some((seq, _)) = batch.chunks.last() else { return Ok(()) };
        let (seq, kind) = (*seq, row.facts.kind);
        // The server's view is of the end of the stretch. What is here beyond that is not
        // in it: edits that wait, own ones that were accepted behind it, what it lost.
        let is_ahead = row.pending > 0
            || known.ahead.contains(&doc)
            || self.tx.receipts(doc).await?.iter().any(|receipt| receipt.seq > seq);
        let view = batch.view.as_ref().filter(|_| !is_ahead);
        let view = view.and_then(|view| Projection::of_view(kind, view, &self.env.zone));
        let run: Vec<u8> = batch.chunks.iter().flat_map(|(_, chunk)| chunk).copied().collect();
        if let Some(projection) = view {
            return self.append_unopened(doc, seq, &run, &projection).await;
        }
        if let Some(mut opened) = self.open(doc).await? {
            opened.absorb(batch.chunks.iter().map(|(_, chunk)| chunk.as_slice()))?;
            opened.record.seq = seq;
            self.keep(opened).await?;
        }
        Ok(())
    }

    /// What is here can't be brought in line by what comes next: with a new connection
    /// the whole space comes again, as if its cold start had only begun. So all that
    /// happened behind the cursor comes as well, as what was purged, which no pack tells.
    pub(super) async fn begin_anew(&mut self, space: SpaceId, touched: &mut Touched) -> Result<()> {
        touched.resync = true;
        if let Some(row) = self.tx.space(space).await? {
            let packed_to = (row.cursor > 0).then_some(DocId::from_bytes([0; 16]));
            let row = SpaceRow { cold: true, packed_to, round: row.round + 1, ..row };
            self.tx.put_space(&row).await?;
        }
        Ok(())
    }

    /// Takes in a document that isn't here yet.
    async fn flush_new(
        &mut self,
        space: SpaceId,
        doc: DocId,
        batch: Batch,
        touched: &mut Touched,
    ) -> Result<()> {
        let Some(facts) = batch.created else {
            // We should have been told what it is.
            return self.begin_anew(space, touched).await;
        };
        let round = self.tx.space(space).await?.map_or(0, |row| row.round);
        let mut record = Record::unborn(facts, round);
        record.born = true;
        record.seq = batch.chunks.last().map_or(0, |(seq, _)| *seq);
        record.tail = batch.chunks.into_iter().flat_map(|(_, chunk)| chunk).collect();
        let view = batch.view.unwrap_or_else(|| "{}".to_owned());
        let is_told = record.tail.is_empty() || view != "{}";
        let projection = Projection::of_view(facts.kind, &view, &self.env.zone);
        if let Some(projection) = projection.filter(|_| is_told) {
            return self.tx.put_record(&record, &projection).await;
        }
        let document = super::pack::open_record(&record)?;
        self.keep(super::Opened { record, document, is_base_new: false }).await?;
        debug_assert_eq!(doc, facts.doc);
        Ok(())
    }

    /// Strikes out of what came what is here already: the echo of this device's own
    /// edits, and what the server had lost and has again.
    async fn strike_out_known(
        &mut self,
        row: &DocRow,
        batch: &mut Batch,
        known: &Known,
        touched: &mut Touched,
    ) -> Result<()> {
        let doc = row.facts.doc;
        let pending = if row.pending > 0 { self.tx.pending(doc).await? } else { Vec::new() };
        let mut kept = Vec::with_capacity(batch.chunks.len());
        for (seq, chunk) in batch.chunks.drain(..) {
            let header = chunk::header(&chunk)?;
            let is_mine = header.actor[..8] == known.prefix.0;
            let is_known = if pending.iter().any(|edit| edit.hash == header.hash) {
                // It waits on for its verdict, which brings its receipt, but what comes
                // behind it builds on it. For an edit from before this device signed in
                // anew there will be no verdict.
                let is_over = !is_mine && self.tx.accept_pending(doc, header.hash).await?;
                if is_over {
                    self.touch(touched, doc).await?;
                }
                is_over
            } else if known.ahead.contains(&doc) && self.tx.remove_ahead(doc, header.hash).await? {
                self.touch(touched, doc).await?;
                true
            } else {
                is_mine && self.tx.receipts(doc).await?.iter().any(|it| it.hash == header.hash)
            };
            if !is_known {
                kept.push((seq, chunk));
            }
        }
        batch.chunks = kept;
        Ok(())
    }
}
