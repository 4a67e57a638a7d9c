//! Documents: their accepted state and their projections.

use sqlx::FromRow;
use umbra_model::{DocId, SpaceId};

use super::SqliteTx;
use super::codec::{array, doc_of, i64_of, named, space_of, u32_of, u64_of, user_of};
use crate::document::Facts;
use crate::error::Result;
use crate::store::{DocRow, Documents, Projection, Query, Record};

/// What a list needs of a document.
#[derive(FromRow)]
pub(super) struct RowColumns {
    doc: Vec<u8>,
    space: Vec<u8>,
    kind: String,
    creator: Vec<u8>,
    privacy: String,
    born: bool,
    seq: i64,
    view: String,
    pending: i64,
}

impl RowColumns {
    pub fn row(self) -> Result<DocRow> {
        Ok(DocRow {
            facts: Facts {
                doc: doc_of(&self.doc)?,
                space: space_of(&self.space)?,
                kind: named(&self.kind)?,
                creator: user_of(&self.creator)?,
                privacy: named(&self.privacy)?,
            },
            born: self.born,
            seq: u64_of(self.seq)?,
            view: self.view,
            pending: u32_of(self.pending)?,
        })
    }
}

#[derive(FromRow)]
struct RecordColumns {
    space: Vec<u8>,
    kind: String,
    creator: Vec<u8>,
    privacy: String,
    born: bool,
    seq: i64,
    round: i64,
    generation: Option<Vec<u8>>,
    saved: Option<Vec<u8>>,
    tail: Vec<u8>,
}

impl RecordColumns {
    fn record(self, doc: DocId) -> Result<Record> {
        Ok(Record {
            facts: Facts {
                doc,
                space: space_of(&self.space)?,
                kind: named(&self.kind)?,
                creator: user_of(&self.creator)?,
                privacy: named(&self.privacy)?,
            },
            born: self.born,
            saved: self.saved,
            tail: self.tail,
            seq: u64_of(self.seq)?,
            generation: self.generation.map(|bytes| array(&bytes)).transpose()?,
            round: u32_of(self.round)?,
        })
    }
}

impl Documents for SqliteTx {
    async fn record(&mut self, doc: DocId) -> Result<Option<Record>> {
        let row: Option<RecordColumns> = sqlx::query_as(
            "SELECT space, kind, creator, privacy, born, seq, round, generation, saved, tail
             FROM documents JOIN contents USING (doc) WHERE doc = ?1",
        )
        .bind(doc.as_bytes().as_slice())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| row.record(doc)).transpose()
    }

    async fn row(&mut self, doc: DocId) -> Result<Option<DocRow>> {
        let row: Option<RowColumns> = sqlx::query_as(
            "SELECT doc, space, kind, creator, privacy, born, seq, view,
                    (SELECT count(*) FROM pending WHERE pending.doc = documents.doc) AS pending
             FROM documents WHERE doc = ?1",
        )
        .bind(doc.as_bytes().as_slice())
        .fetch_optional(self.connection())
        .await?;
        row.map(RowColumns::row).transpose()
    }

    async fn put_record(&mut self, record: &Record, projection: &Projection) -> Result<()> {
        let Facts { doc, space, kind, creator, privacy } = record.facts;
        let Projection { view, summary, extent, uid } = projection;
        sqlx::query(
            "INSERT INTO documents
                (doc, space, kind, creator, privacy, born, seq, title, starts, due, first, last,
                 done, deleted, subject, uid, view, text)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
             ON CONFLICT (doc) DO UPDATE SET
                space = excluded.space, kind = excluded.kind, creator = excluded.creator,
                privacy = excluded.privacy, born = excluded.born, seq = excluded.seq,
                title = excluded.title, starts = excluded.starts, due = excluded.due,
                first = excluded.first, last = excluded.last, done = excluded.done,
                deleted = excluded.deleted, subject = excluded.subject, uid = excluded.uid,
                view = excluded.view, text = excluded.text",
        )
        .bind(doc.as_bytes().as_slice())
        .bind(space.as_bytes().as_slice())
        .bind(kind.as_str())
        .bind(creator.as_bytes().as_slice())
        .bind(privacy.as_str())
        .bind(record.born)
        .bind(i64_of(record.seq))
        .bind(&summary.title)
        .bind(summary.starts.map(|at| at.0))
        .bind(summary.due.map(|at| at.0))
        .bind(extent.map(|(first, _)| first.0))
        .bind(extent.and_then(|(_, last)| last).map(|last| last.0))
        .bind(summary.done)
        .bind(summary.deleted)
        .bind(summary.subject.map(|subject| subject.as_bytes().to_vec()))
        .bind(uid)
        .bind(view)
        .bind(&summary.text)
        .execute(self.connection())
        .await?;
        sqlx::query(
            "INSERT OR REPLACE INTO contents (doc, round, generation, saved, tail)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(doc.as_bytes().as_slice())
        .bind(record.round)
        .bind(record.generation.map(|bytes| bytes.to_vec()))
        .bind(record.saved.as_deref())
        .bind(record.tail.as_slice())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn append(
        &mut self,
        doc: DocId,
        seq: u64,
        chunks: &[u8],
        projection: &Projection,
    ) -> Result<usize> {
        let Projection { view, summary, extent, uid } = projection;
        sqlx::query(
            "UPDATE documents SET seq = ?2, title = ?3, starts = ?4, due = ?5, first = ?6,
                    last = ?7, done = ?8, deleted = ?9, subject = ?10, uid = ?11, view = ?12,
                    text = ?13
             WHERE doc = ?1",
        )
        .bind(doc.as_bytes().as_slice())
        .bind(i64_of(seq))
        .bind(&summary.title)
        .bind(summary.starts.map(|at| at.0))
        .bind(summary.due.map(|at| at.0))
        .bind(extent.map(|(first, _)| first.0))
        .bind(extent.and_then(|(_, last)| last).map(|last| last.0))
        .bind(summary.done)
        .bind(summary.deleted)
        .bind(summary.subject.map(|subject| subject.as_bytes().to_vec()))
        .bind(uid)
        .bind(view)
        .bind(&summary.text)
        .execute(self.connection())
        .await?;
        // `||` makes text of two blobs; the cast makes a blob of it again, unchanged.
        let tail: i64 = sqlx::query_scalar(
            "UPDATE contents SET tail = CAST(tail || ?2 AS BLOB) WHERE doc = ?1
             RETURNING length(tail)",
        )
        .bind(doc.as_bytes().as_slice())
        .bind(chunks)
        .fetch_one(self.connection())
        .await?;
        Ok(usize::try_from(tail).unwrap_or(usize::MAX))
    }

    async fn put_facts(&mut self, facts: Facts, born: bool) -> Result<()> {
        sqlx::query(
            "UPDATE documents SET space = ?2, kind = ?3, creator = ?4, privacy = ?5, born = ?6
             WHERE doc = ?1",
        )
        .bind(facts.doc.as_bytes().as_slice())
        .bind(facts.space.as_bytes().as_slice())
        .bind(facts.kind.as_str())
        .bind(facts.creator.as_bytes().as_slice())
        .bind(facts.privacy.as_str())
        .bind(born)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn remove_record(&mut self, doc: DocId) -> Result<()> {
        for sql in [
            "DELETE FROM documents WHERE doc = ?1",
            "DELETE FROM contents WHERE doc = ?1",
            "DELETE FROM pending WHERE doc = ?1",
            "DELETE FROM ahead WHERE doc = ?1",
            "DELETE FROM receipts WHERE doc = ?1",
            "DELETE FROM undo WHERE doc = ?1",
        ] {
            sqlx::query(sql).bind(doc.as_bytes().as_slice()).execute(self.connection()).await?;
        }
        Ok(())
    }

    async fn documents(&mut self, space: SpaceId) -> Result<Vec<DocId>> {
        let docs: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT doc FROM documents WHERE space = ?1 ORDER BY doc")
                .bind(space.as_bytes().as_slice())
                .fetch_all(self.connection())
                .await?;
        docs.iter().map(|doc| Ok(doc_of(doc)?)).collect()
    }

    async fn list(&mut self, query: &Query) -> Result<Vec<DocRow>> {
        super::query::list(self.connection(), query).await
    }

    async fn by_id_digits(&mut self, digits: &str, limit: u32) -> Result<Vec<DocRow>> {
        let rows: Vec<RowColumns> = sqlx::query_as(
            "SELECT doc, space, kind, creator, privacy, born, seq, view,
                    (SELECT count(*) FROM pending WHERE pending.doc = documents.doc) AS pending
             FROM documents WHERE lower(substr(hex(doc), 1, length(?1))) = ?1
                OR lower(substr(hex(doc), -length(?1))) = ?1
             ORDER BY doc LIMIT ?2",
        )
        .bind(digits)
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(RowColumns::row).collect()
    }
}
