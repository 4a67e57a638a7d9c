//! Documents that are kept open for the next change to them: the least recently
//! used go when they take more memory than they may.

use std::collections::BTreeMap;

use lru::LruCache;
use umbra_model::{DocId, SpaceId};
use umbra_sync_protocol::gate::GateDoc;

use super::core::Kept;

/// The open documents of one node.
pub(super) struct Shelf {
    docs: LruCache<DocId, (Kept, usize)>,
    bytes: usize,
    bytes_max: usize,
}

impl Shelf {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { docs: LruCache::unbounded(), bytes: 0, bytes_max }
    }

    /// Where those of these documents live that are here. That never changes.
    pub(super) fn homes<'d>(
        &self,
        docs: impl IntoIterator<Item = &'d DocId>,
    ) -> BTreeMap<DocId, SpaceId> {
        let homes = docs
            .into_iter()
            .filter_map(|doc| self.docs.peek(doc).map(|(kept, _)| (*doc, kept.space)));
        homes.collect()
    }

    /// Takes a document off the shelf, if it is as the database says that it should
    /// be; another node may have written to it.
    pub(super) fn take(&mut self, doc: DocId, last_seq: u64) -> Option<Box<GateDoc>> {
        let (kept, bytes) = self.docs.pop(&doc)?;
        self.bytes -= bytes;
        (kept.last_seq == last_seq).then_some(kept.gate)
    }

    /// Puts one back.
    pub(super) fn put(&mut self, kept: Kept) {
        let bytes = kept.gate.memory_bytes();
        if let Some((_, replaced)) = self.docs.put(kept.doc, (kept, bytes)) {
            self.bytes -= replaced;
        }
        self.bytes += bytes;
        while self.bytes > self.bytes_max {
            let Some((_, (_, bytes))) = self.docs.pop_lru() else { break };
            self.bytes -= bytes;
        }
    }

    /// The memory that the documents take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
