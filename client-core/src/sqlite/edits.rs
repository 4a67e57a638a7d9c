//! Edits on their way to the server, and what it lost.

use sqlx::FromRow;
use umbra_model::{DocId, Millis, SpaceId};
use umbra_sync_protocol::wire::{ChangeHash, Receipt};

use super::SqliteTx;
use super::codec::{array, doc_of, i64_of, json, of_json, space_of, u64_of};
use crate::document::Pending;
use crate::error::Result;
use crate::store::{AheadRow, Edits, OutboxRow, ReceiptRow};

#[derive(FromRow)]
struct Columns {
    ord: i64,
    hash: Vec<u8>,
    chunk: Vec<u8>,
    intents: String,
    label: String,
    made: i64,
    grp: Option<i64>,
    creates: bool,
    reissued: u8,
}

impl Columns {
    fn edit(self, doc: DocId) -> Result<Pending> {
        Ok(Pending {
            order: u64_of(self.ord)?,
            doc,
            hash: ChangeHash(array(&self.hash)?),
            chunk: self.chunk,
            intents: of_json(&self.intents)?,
            label: self.label,
            made: Millis(self.made),
            group: self.grp.map(u64_of).transpose()?,
            creates: self.creates,
            reissued: self.reissued,
        })
    }
}

#[derive(FromRow)]
struct OutboxColumns {
    ord: i64,
    doc: Vec<u8>,
    space: Vec<u8>,
    bytes: i64,
    grp: Option<i64>,
    returned: bool,
}

impl OutboxColumns {
    fn row(self) -> Result<OutboxRow> {
        Ok(OutboxRow {
            order: u64_of(self.ord)?,
            doc: doc_of(&self.doc)?,
            space: space_of(&self.space)?,
            bytes: usize::try_from(self.bytes).unwrap_or(usize::MAX),
            group: self.grp.map(u64_of).transpose()?,
            returned: self.returned,
        })
    }
}

impl SqliteTx {
    /// Adds a pending edit; at its own place where it has one.
    async fn insert_pending(&mut self, edit: &Pending, order: Option<u64>) -> Result<u64> {
        let added = sqlx::query(
            "INSERT INTO pending
                (ord, doc, hash, chunk, intents, label, made, grp, creates, reissued)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )
        .bind(order.map(i64_of))
        .bind(edit.doc.as_bytes().as_slice())
        .bind(edit.hash.0.as_slice())
        .bind(edit.chunk.as_slice())
        .bind(json(&edit.intents)?)
        .bind(&edit.label)
        .bind(edit.made.0)
        .bind(edit.group.map(i64_of))
        .bind(edit.creates)
        .bind(edit.reissued)
        .execute(self.connection())
        .await?;
        u64_of(added.last_insert_rowid())
    }
}

impl Edits for SqliteTx {
    async fn pending(&mut self, doc: DocId) -> Result<Vec<Pending>> {
        let rows: Vec<Columns> = sqlx::query_as(
            "SELECT ord, hash, chunk, intents, label, made, grp, creates, reissued
             FROM pending WHERE doc = ?1 ORDER BY ord",
        )
        .bind(doc.as_bytes().as_slice())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(|row| row.edit(doc)).collect()
    }

    async fn add_pending(&mut self, edit: &Pending) -> Result<u64> {
        self.insert_pending(edit, None).await
    }

    async fn replace_pending(&mut self, doc: DocId, edits: &[Pending]) -> Result<()> {
        sqlx::query("DELETE FROM pending WHERE doc = ?1")
            .bind(doc.as_bytes().as_slice())
            .execute(self.connection())
            .await?;
        for edit in edits {
            self.insert_pending(edit, Some(edit.order)).await?;
        }
        Ok(())
    }

    async fn accept_pending(&mut self, doc: DocId, hash: ChangeHash) -> Result<bool> {
        let chunk: Option<Vec<u8>> =
            sqlx::query_scalar("DELETE FROM pending WHERE doc = ?1 AND hash = ?2 RETURNING chunk")
                .bind(doc.as_bytes().as_slice())
                .bind(hash.0.as_slice())
                .fetch_optional(self.connection())
                .await?;
        let Some(chunk) = chunk else { return Ok(false) };
        sqlx::query("UPDATE contents SET tail = CAST(tail || ?2 AS BLOB) WHERE doc = ?1")
            .bind(doc.as_bytes().as_slice())
            .bind(chunk)
            .execute(self.connection())
            .await?;
        Ok(true)
    }

    async fn outbox(&mut self, after: u64) -> Result<Vec<OutboxRow>> {
        let rows: Vec<OutboxColumns> = sqlx::query_as(
            "SELECT ord, doc, space, length(chunk) AS bytes, NULL AS grp, 1 AS returned
             FROM ahead JOIN documents USING (doc) WHERE mine
             UNION ALL
             SELECT ord, doc, space, length(chunk), grp, 0
             FROM pending JOIN documents USING (doc) WHERE ord > ?1
             ORDER BY returned DESC, ord",
        )
        .bind(i64_of(after))
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(OutboxColumns::row).collect()
    }

    async fn ahead(&mut self, doc: DocId) -> Result<Vec<AheadRow>> {
        type Row = (i64, Vec<u8>, Vec<u8>, bool);
        let rows: Vec<Row> =
            sqlx::query_as("SELECT ord, hash, chunk, mine FROM ahead WHERE doc = ?1 ORDER BY ord")
                .bind(doc.as_bytes().as_slice())
                .fetch_all(self.connection())
                .await?;
        let row = |(order, hash, chunk, mine): Row| {
            let hash = ChangeHash(array(&hash)?);
            Ok(AheadRow { order: u64_of(order)?, doc, hash, chunk, mine })
        };
        rows.into_iter().map(row).collect()
    }

    async fn add_ahead(&mut self, row: &AheadRow) -> Result<u64> {
        let added =
            sqlx::query("INSERT INTO ahead (doc, hash, chunk, mine) VALUES (?1, ?2, ?3, ?4)")
                .bind(row.doc.as_bytes().as_slice())
                .bind(row.hash.0.as_slice())
                .bind(row.chunk.as_slice())
                .bind(row.mine)
                .execute(self.connection())
                .await?;
        u64_of(added.last_insert_rowid())
    }

    async fn remove_ahead(&mut self, doc: DocId, hash: ChangeHash) -> Result<bool> {
        let removed = sqlx::query("DELETE FROM ahead WHERE doc = ?1 AND hash = ?2")
            .bind(doc.as_bytes().as_slice())
            .bind(hash.0.as_slice())
            .execute(self.connection())
            .await?;
        Ok(removed.rows_affected() > 0)
    }

    async fn documents_ahead(&mut self, space: SpaceId) -> Result<Vec<DocId>> {
        let docs: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT DISTINCT doc FROM ahead JOIN documents USING (doc) WHERE space = ?1
             ORDER BY doc",
        )
        .bind(space.as_bytes().as_slice())
        .fetch_all(self.connection())
        .await?;
        docs.iter().map(|doc| Ok(doc_of(doc)?)).collect()
    }

    async fn receipts(&mut self, doc: DocId) -> Result<Vec<ReceiptRow>> {
        type Row = (Vec<u8>, Vec<u8>, i64, Vec<u8>);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT hash, space, seq, receipt FROM receipts WHERE doc = ?1 ORDER BY hash",
        )
        .bind(doc.as_bytes().as_slice())
        .fetch_all(self.connection())
        .await?;
        let row = |(hash, space, seq, receipt): Row| {
            Ok(ReceiptRow {
                doc,
                hash: ChangeHash(array(&hash)?),
                space: space_of(&space)?,
                seq: u64_of(seq)?,
                receipt: Receipt(array(&receipt)?),
            })
        };
        rows.into_iter().map(row).collect()
    }

    async fn put_receipt(&mut self, row: &ReceiptRow) -> Result<()> {
        sqlx::query(
            "INSERT OR REPLACE INTO receipts (doc, hash, space, seq, receipt)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(row.doc.as_bytes().as_slice())
        .bind(row.hash.0.as_slice())
        .bind(row.space.as_bytes().as_slice())
        .bind(i64_of(row.seq))
        .bind(row.receipt.0.as_slice())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
