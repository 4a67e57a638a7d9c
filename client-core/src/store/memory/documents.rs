//! Documents, in memory.

use umbra_model::{DocId, SpaceId};

use super::{MemoryTx, missing};
use crate::document::Facts;
use crate::error::Result;
use crate::store::{DocRow, Documents, Projection, Query, Record};

impl Documents for MemoryTx {
    async fn record(&mut self, doc: DocId) -> Result<Option<Record>> {
        Ok(self.state.documents.get(&doc).map(|(record, _)| record.clone()))
    }

    async fn row(&mut self, doc: DocId) -> Result<Option<DocRow>> {
        Ok(self.state.row(doc))
    }

    async fn put_record(&mut self, record: &Record, projection: &Projection) -> Result<()> {
        self.state.documents.insert(record.facts.doc, (record.clone(), projection.clone()));
        Ok(())
    }

    async fn append(
        &mut self,
        doc: DocId,
        seq: u64,
        chunks: &[u8],
        projection: &Projection,
    ) -> Result<usize> {
        let held = self.state.documents.get_mut(&doc).ok_or_else(|| missing(doc))?;
        held.0.tail.extend_from_slice(chunks);
        held.0.seq = seq;
        held.1 = projection.clone();
        Ok(held.0.tail.len())
    }

    async fn put_facts(&mut self, facts: Facts, born: bool) -> Result<()> {
        let held = self.state.documents.get_mut(&facts.doc).ok_or_else(|| missing(facts.doc))?;
        held.0.facts = facts;
        held.0.born = born;
        Ok(())
    }

    async fn remove_record(&mut self, doc: DocId) -> Result<()> {
        self.state.documents.remove(&doc);
        self.state.pending.retain(|_, edit| edit.doc != doc);
        self.state.ahead.retain(|_, row| row.doc != doc);
        self.state.receipts.retain(|(its, _), _| *its != doc);
        self.state.undo.retain(|_, row| row.doc != doc);
        Ok(())
    }

    async fn documents(&mut self, space: SpaceId) -> Result<Vec<DocId>> {
        let documents = self.state.documents.iter();
        Ok(documents.filter(|(_, (it, _))| it.facts.space == space).map(|(doc, _)| *doc).collect())
    }

    async fn list(&mut self, query: &Query) -> Result<Vec<DocRow>> {
        let mut found: Vec<_> = self
            .state
            .documents
            .values()
            .filter(|(record, projection)| query.takes(record, projection))
            .collect();
        found.sort_by(|(one, left), (other, right)| {
            query
                .sort
                .key(left, query)
                .cmp(&query.sort.key(right, query))
                .then_with(|| one.facts.doc.cmp(&other.facts.doc))
        });
        let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
        Ok(found.into_iter().take(limit).filter_map(|it| self.state.row(it.0.facts.doc)).collect())
    }

    async fn by_id_digits(&mut self, digits: &str, limit: u32) -> Result<Vec<DocRow>> {
        let matches = |doc: &&DocId| {
            let id = doc.0.simple().to_string();
            id.starts_with(digits) || id.ends_with(digits)
        };
        let found = self.state.documents.keys().filter(matches).take(limit as usize);
        Ok(found.filter_map(|doc| self.state.row(*doc)).collect())
    }
}
