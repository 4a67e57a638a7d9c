//! Saved documents of a cold start, and of stretches of a log that were folded.

use umbra_sync_protocol::wire::{Event, LogEntry, Pack, PackedDoc};

use super::{Engine, Opened, violation};
use crate::document::{Document, Facts};
use crate::error::Result;
use crate::session::Touched;
use crate::store::{MemberRow, Projection, Record, SpaceRow, Tx};

impl<T: Tx> Engine<'_, T> {
    pub(super) async fn pack(&mut self, pack: Pack) -> Result<Touched> {
        let Pack { space, seq, packed_to, last, body, events } = pack;
        let row = self.tx.space(space).await?;
        let row = row.filter(|row| row.cold).ok_or_else(|| violation("a pack nobody waits for"))?;
        let docs: Vec<PackedDoc> = body.unpack()?;
        let mut touched = Touched::default();
        touched.tally.documents = docs.len() as u64;
        touched.cold = Some((space, !last));
        for doc in docs {
            self.packed(&row, doc, true, &mut touched).await?;
        }
        let events: Vec<LogEntry> = events.map(|it| it.unpack()).transpose()?.unwrap_or_default();
        for LogEntry { seq, event } in events {
            match event {
                Event::Member(event) => {
                    self.tx.put_member(space, &MemberRow { seq, event }).await?;
                }
                Event::Purged { doc } => self.is_purged(doc, &mut touched).await?,
                _ => {}
            }
        }
        let packed_to = packed_to.or(row.packed_to);
        let mut row = SpaceRow { cursor: seq, packed_to, ..row };
        if last {
            (row.cold, row.packed_to) = (false, None);
            touched.tally.spared = seq;
            self.end_cold_start(&row, &mut touched).await?;
        }
        self.tx.put_space(&row).await?;
        Ok(touched)
    }

    /// Takes in a document as the server has it. `cold`: in a cold start, where what
    /// is here beyond that is what the server lost.
    pub(super) async fn packed(
        &mut self,
        space: &SpaceRow,
        packed: PackedDoc,
        cold: bool,
        touched: &mut Touched,
    ) -> Result<()> {
        let PackedDoc { doc, kind, creator, privacy, seq, saved, chunks, view } = packed;
        let facts = Facts { doc, space: space.space, kind, creator, privacy };
        let mut record = Record::unborn(facts, space.round);
        record.born = true;
        record.seq = seq;
        record.saved = saved.map(Vec::from);
        record.tail = chunks.iter().flat_map(|chunk| chunk.iter().copied()).collect();
        match self.open(doc).await? {
            None => {
                let projection =
                    view.and_then(|view| Projection::of_view(kind, &view, &self.env.zone));
                match projection {
                    Some(projection) => self.tx.put_record(&record, &projection).await,
                    None => {
                        let document = open_record(&record)?;
                        self.keep(Opened { record, document, is_base_new: false }).await
                    }
                }
            }
            Some(opened) => self.packed_again(opened, record, cold, touched).await,
        }
    }

    /// Takes in a document that is here already.
    async fn packed_again(
        &mut self,
        mut opened: Opened,
        theirs: Record,
        cold: bool,
        touched: &mut Touched,
    ) -> Result<()> {
        let server = open_record(&theirs)?;
        let doc = theirs.facts.doc;
        let is_first = opened.record.round < theirs.round;
        if cold && is_first && !opened.record.is_blank() {
            self.note_ahead(&opened, &server).await?;
        }
        let came = server.beyond(&opened.document)?;
        opened.absorb(came.iter().map(Vec::as_slice))?;
        for row in self.tx.ahead(doc).await? {
            if server.contains(row.hash) {
                self.tx.remove_ahead(doc, row.hash).await?;
            }
        }
        let Record { facts, seq, round, .. } = theirs;
        // In a new cold start the places may be those of another log.
        let seq = if is_first { seq } else { seq.max(opened.record.seq) };
        opened.record = Record { facts, seq, round, born: true, ..opened.record };
        self.keep(opened).await?;
        self.touch(touched, doc).await
    }
}

pub(super) fn open_record(record: &Record) -> Result<Document> {
    let pending = Vec::new();
    let saved = record.saved.as_deref();
    Ok(Document::open(record.facts, saved, &record.tail, pending, record.generation)?)
}
