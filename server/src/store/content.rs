//! What documents hold, as it lies in the database.

use std::collections::BTreeMap;

use metrics::counter;
use umbra_model::{DocId, Kind, SpaceId};
use umbra_sync_protocol::gate::{BrokenDoc, GateDoc};
use uuid::Uuid;

use super::list::PairList;
use super::{StoreError, Tx, db, limits};

/// What a document holds, unopened.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Content {
    /// The saved document, if it was folded.
    pub(crate) saved: Option<Vec<u8>>,
    /// The chunks behind that, in the order of the log.
    pub(crate) chunks: Vec<Vec<u8>>,
}

impl Content {
    /// Opens it, to judge by it or to fold it.
    pub(crate) fn open(&self, kind: Kind) -> Result<GateDoc, BrokenDoc> {
        counter!("umbra_documents_opened_total").increment(1);
        GateDoc::open(kind, self.saved.as_deref(), self.chunks.iter().map(Vec::as_slice))
    }

    fn bytes(&self) -> usize {
        self.saved.as_ref().map_or(0, Vec::len) + self.chunks.iter().map(Vec::len).sum::<usize>()
    }
}

impl Tx {
    /// What these documents hold; so many of them, in their order, as keep within a
    /// bound, but the first at any rate.
    pub(crate) async fn contents(
        &mut self,
        docs: &[(SpaceId, DocId)],
    ) -> Result<BTreeMap<DocId, Content>, StoreError> {
        let mut contents = BTreeMap::new();
        let mut bytes = 0;
        for docs in docs.chunks(limits::CONTENTS_GROUP) {
            if bytes >= limits::CONTENTS_BYTES_MAX {
                break;
            }
            let group = self.content_group(docs).await?;
            bytes += group.values().map(Content::bytes).sum::<usize>();
            contents.extend(group);
        }
        Ok(contents)
    }

    async fn content_group(
        &mut self,
        docs: &[(SpaceId, DocId)],
    ) -> Result<BTreeMap<DocId, Content>, StoreError> {
        let pairs = PairList::of_pairs(docs.iter().map(|(space, doc)| (space.0, doc.0)));
        let mut contents: BTreeMap<_, _> =
            docs.iter().map(|(_, doc)| (*doc, Content::default())).collect();
        let saves = db!(tx self, all (Uuid, Vec<u8>),
            pg "SELECT s.doc, s.bytes FROM generate_series(1, cardinality($1), 2) i
                JOIN saves s ON s.space = ($1)[i] AND s.doc = ($1)[i + 1]",
            lite "SELECT s.doc, s.bytes FROM json_each($1) p CROSS JOIN saves s
                  ON s.space = unhex(substr(p.value, 1, 32)) AND s.doc = unhex(substr(p.value, 33))",
            pairs.clone())?;
        for (doc, bytes) in saves {
            contents.entry(DocId(doc)).or_default().saved = Some(bytes);
        }
        let chunks = db!(tx self, all (Uuid, Vec<u8>),
            pg "SELECT l.doc, l.chunk FROM generate_series(1, cardinality($1), 2) i
                JOIN log l ON l.space = ($1)[i] AND l.doc = ($1)[i + 1] AND l.chunk IS NOT NULL
                ORDER BY l.space, l.seq",
            lite "SELECT l.doc, l.chunk FROM json_each($1) p CROSS JOIN log l
                  ON l.space = unhex(substr(p.value, 1, 32)) AND l.doc = unhex(substr(p.value, 33))
                     AND l.chunk IS NOT NULL
                  ORDER BY l.space, l.seq",
            pairs)?;
        for (doc, chunk) in chunks {
            contents.entry(DocId(doc)).or_default().chunks.push(chunk);
        }
        Ok(contents)
    }
}
