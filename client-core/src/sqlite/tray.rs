//! The refused tray, and what can be taken back.

use sqlx::FromRow;
use umbra_model::{DocId, Millis};
use umbra_sync_protocol::wire::ChangeHash;

use super::SqliteTx;
use super::codec::{array, doc_of, i64_of, json, named, of_json, space_of, u64_of, user_of};
use crate::document::Facts;
use crate::error::Result;
use crate::store::{Stack, Tray, TrayRow, UndoRow};

#[derive(FromRow)]
struct TrayColumns {
    id: i64,
    doc: Vec<u8>,
    space: Vec<u8>,
    kind: String,
    creator: Vec<u8>,
    privacy: String,
    space_kind: String,
    title: String,
    label: String,
    made: i64,
    refused: i64,
    reason: String,
    creates: bool,
    intents: String,
    grp: Option<i64>,
}

impl TrayColumns {
    fn row(self) -> Result<TrayRow> {
        Ok(TrayRow {
            id: u64_of(self.id)?,
            facts: Facts {
                doc: doc_of(&self.doc)?,
                space: space_of(&self.space)?,
                kind: named(&self.kind)?,
                creator: user_of(&self.creator)?,
                privacy: named(&self.privacy)?,
            },
            space_kind: named(&self.space_kind)?,
            title: self.title,
            label: self.label,
            made: Millis(self.made),
            refused: Millis(self.refused),
            reason: of_json(&self.reason)?,
            creates: self.creates,
            intents: of_json(&self.intents)?,
            group: self.grp.map(u64_of).transpose()?,
        })
    }
}

#[derive(FromRow)]
struct UndoColumns {
    id: i64,
    redo: bool,
    step: i64,
    doc: Vec<u8>,
    hash: Vec<u8>,
    intents: String,
    creates: bool,
    label: String,
}

impl UndoColumns {
    fn row(self) -> Result<UndoRow> {
        Ok(UndoRow {
            id: u64_of(self.id)?,
            stack: if self.redo { Stack::Redo } else { Stack::Undo },
            step: u64_of(self.step)?,
            doc: doc_of(&self.doc)?,
            hash: ChangeHash(array(&self.hash)?),
            intents: of_json(&self.intents)?,
            creates: self.creates,
            label: self.label,
        })
    }
}

impl Tray for SqliteTx {
    async fn tray(&mut self) -> Result<Vec<TrayRow>> {
        let rows: Vec<TrayColumns> =
            sqlx::query_as("SELECT * FROM tray ORDER BY id").fetch_all(self.connection()).await?;
        rows.into_iter().map(TrayColumns::row).collect()
    }

    async fn add_tray(&mut self, row: &TrayRow) -> Result<u64> {
        let added = sqlx::query(
            "INSERT INTO tray
                (doc, space, kind, creator, privacy, space_kind, title, label, made, refused,
                 reason, creates, intents, grp)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )
        .bind(row.facts.doc.as_bytes().as_slice())
        .bind(row.facts.space.as_bytes().as_slice())
        .bind(row.facts.kind.as_str())
        .bind(row.facts.creator.as_bytes().as_slice())
        .bind(row.facts.privacy.as_str())
        .bind(row.space_kind.as_str())
        .bind(&row.title)
        .bind(&row.label)
        .bind(row.made.0)
        .bind(row.refused.0)
        .bind(json(&row.reason)?)
        .bind(row.creates)
        .bind(json(&row.intents)?)
        .bind(row.group.map(i64_of))
        .execute(self.connection())
        .await?;
        u64_of(added.last_insert_rowid())
    }

    async fn remove_tray(&mut self, id: u64) -> Result<bool> {
        let removed = sqlx::query("DELETE FROM tray WHERE id = ?1")
            .bind(i64_of(id))
            .execute(self.connection())
            .await?;
        Ok(removed.rows_affected() > 0)
    }

    async fn last_step(&mut self, stack: Stack) -> Result<Vec<UndoRow>> {
        let rows: Vec<UndoColumns> = sqlx::query_as(
            "SELECT * FROM undo
             WHERE redo = ?1 AND step = (SELECT max(step) FROM undo WHERE redo = ?1)
             ORDER BY id DESC",
        )
        .bind(stack == Stack::Redo)
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(UndoColumns::row).collect()
    }

    async fn push_undo(&mut self, row: &UndoRow) -> Result<()> {
        sqlx::query(
            "INSERT INTO undo (redo, step, doc, hash, intents, creates, label)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .bind(row.stack == Stack::Redo)
        .bind(i64_of(row.step))
        .bind(row.doc.as_bytes().as_slice())
        .bind(row.hash.0.as_slice())
        .bind(json(&row.intents)?)
        .bind(row.creates)
        .bind(&row.label)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn remove_step(&mut self, stack: Stack, step: u64) -> Result<()> {
        sqlx::query("DELETE FROM undo WHERE redo = ?1 AND step = ?2")
            .bind(stack == Stack::Redo)
            .bind(i64_of(step))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn trim_undo(&mut self, steps_max: u32) -> Result<()> {
        sqlx::query("DELETE FROM undo WHERE redo").execute(self.connection()).await?;
        sqlx::query(
            "DELETE FROM undo WHERE step NOT IN
                (SELECT DISTINCT step FROM undo ORDER BY step DESC LIMIT ?1)",
        )
        .bind(steps_max)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn rename_undo(
        &mut self,
        doc: DocId,
        from: ChangeHash,
        to: Option<ChangeHash>,
    ) -> Result<()> {
        let sql = match to {
            Some(_) => "UPDATE undo SET hash = ?3 WHERE doc = ?1 AND hash = ?2",
            None => "DELETE FROM undo WHERE doc = ?1 AND hash = ?2 AND ?3 IS NULL",
        };
        sqlx::query(sql)
            .bind(doc.as_bytes().as_slice())
            .bind(from.0.as_slice())
            .bind(to.map(|to| to.0.to_vec()))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
