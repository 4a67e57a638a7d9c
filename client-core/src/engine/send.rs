//! What goes out: hello, and what waits to be pushed.

use umbra_model::Millis;
use umbra_sync_protocol::wire::{Accepted, Bytes, ChangeHash, Create, Cursor, Push, PushItem};

use super::Engine;
use crate::error::Result;
use crate::outbox::{Flight, FlightItem};
use crate::session::{Begun, Loaded, Touched};
use crate::store::{Meta, Record, SpaceRow, Tx};

impl<T: Tx> Engine<'_, T> {
    pub(super) async fn begin(&mut self) -> Result<Begun> {
        let epoch = self.tx.meta().await?.epoch;
        let spaces = self.tx.spaces().await?;
        let cursors = spaces.iter().filter(|row| row.has_cursor());
        let cursor =
            |row: &SpaceRow| Cursor { space: row.space, seq: row.cursor, packed_to: row.packed_to };
        Ok(Begun { epoch, cursors: cursors.map(cursor).collect() })
    }

    pub(super) async fn scan(&mut self, after: u64) -> Result<Touched> {
        Ok(Touched {
            fresh: self.tx.outbox(after).await?,
            commands: Some(self.tx.commands().await?),
            refused: self.refused_count().await?,
            ..Touched::default()
        })
    }

    pub(super) async fn in_step(&mut self) -> Result<Touched> {
        let meta = self.tx.meta().await?;
        let synced: Option<Millis> = Some(self.env.now);
        self.tx.put_meta(&Meta { synced, ..meta }).await?;
        Ok(Touched::default())
    }

    pub(super) async fn signed_out(&mut self) -> Result<Touched> {
        let mut meta = self.tx.meta().await?;
        if let Some(account) = &mut meta.account {
            account.token = None;
        }
        self.tx.put_meta(&meta).await?;
        Ok(Touched::default())
    }

    /// Reads a push's changes. What isn't there any more, because another process
    /// has made it anew, is left out.
    pub(super) async fn load(&mut self, flight: Flight) -> Result<Loaded> {
        let Flight { id, atomic, items: planned } = flight;
        let (mut items, mut push) = (Vec::new(), Vec::new());
        for item in planned {
            let Some(record) = self.tx.record(item.doc).await? else { continue };
            let loaded = if item.returned {
                self.load_returned(item, &record).await?
            } else {
                self.load_pending(item, &record).await?
            };
            if let Some((item, pushed)) = loaded {
                items.push(item);
                push.push(pushed);
            }
        }
        Ok(Loaded { flight: Flight { id, atomic, items }, push: Push { id, atomic, items: push } })
    }

    async fn load_pending(
        &mut self,
        item: FlightItem,
        record: &Record,
    ) -> Result<Option<(FlightItem, PushItem)>> {
        let edits = self.tx.pending(item.doc).await?;
        let edits = edits.into_iter().take_while(|edit| item.orders.contains(&edit.order));
        let (hashes, chunks) = edits.map(|edit| (edit.hash, Bytes::from(edit.chunk))).unzip();
        Ok(pushed(item, record, hashes, chunks, None))
    }

    /// What is given back goes with its receipts. What has none is judged as if it
    /// were new, so the two don't mix.
    async fn load_returned(
        &mut self,
        item: FlightItem,
        record: &Record,
    ) -> Result<Option<(FlightItem, PushItem)>> {
        let receipts = self.tx.receipts(item.doc).await?;
        let rows = self.tx.ahead(item.doc).await?.into_iter();
        let mut rows = rows
            .filter(|row| row.mine && item.orders.contains(&row.order))
            .map(|row| {
                let receipt = receipts.iter().find(|receipt| receipt.hash == row.hash);
                let seal = receipt.map(|it| Accepted {
                    space: it.space,
                    seq: it.seq,
                    receipt: it.receipt,
                });
                (row, seal)
            })
            .peekable();
        let is_sealed = rows.peek().is_some_and(|(_, seal)| seal.is_some());
        let (mut hashes, mut chunks, mut seals) = (Vec::new(), Vec::new(), Vec::new());
        for (row, seal) in rows.take_while(|(_, seal)| seal.is_some() == is_sealed) {
            hashes.push(row.hash);
            chunks.push(row.chunk.into());
            seals.extend(seal);
        }
        Ok(pushed(item, record, hashes, chunks, is_sealed.then_some(seals)))
    }
}

fn pushed(
    item: FlightItem,
    record: &Record,
    hashes: Vec<ChangeHash>,
    chunks: Vec<Bytes>,
    receipts: Option<Vec<Accepted>>,
) -> Option<(FlightItem, PushItem)> {
    if hashes.is_empty() {
        return None;
    }
    let facts = record.facts;
    let create = (!record.born).then_some(Create {
        space: facts.space,
        kind: facts.kind,
        privacy: facts.privacy,
    });
    let pushed = PushItem { doc: item.doc, create, chunks, receipts };
    Some((FlightItem { hashes, ..item }, pushed))
}

impl SpaceRow {
    /// Whether there is anything of its log here that hello can name.
    pub(super) fn has_cursor(&self) -> bool {
        !self.unsynced && (!self.cold || self.packed_to.is_some())
    }
}
