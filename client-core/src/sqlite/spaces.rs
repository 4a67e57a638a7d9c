//! Spaces, members, commands and purges.

use sqlx::FromRow;
use umbra_model::{Millis, SpaceId};
use umbra_sync_protocol::wire::Command;

use super::SqliteTx;
use super::codec::{cbor, doc_of, i64_of, named, of_cbor, space_of, u32_of, u64_of};
use crate::error::Result;
use crate::store::{CommandRow, MemberRow, PurgeRow, SpaceRow, Spaces};

#[derive(FromRow)]
struct Columns {
    space: Vec<u8>,
    kind: String,
    role: String,
    cursor: i64,
    packed_to: Option<Vec<u8>>,
    cold: bool,
    round: i64,
    unsynced: bool,
    recovering: bool,
}

impl Columns {
    fn row(self) -> Result<SpaceRow> {
        Ok(SpaceRow {
            space: space_of(&self.space)?,
            kind: named(&self.kind)?,
            role: named(&self.role)?,
            cursor: u64_of(self.cursor)?,
            packed_to: self.packed_to.map(|doc| doc_of(&doc)).transpose()?,
            cold: self.cold,
            round: u32_of(self.round)?,
            unsynced: self.unsynced,
            recovering: self.recovering,
        })
    }
}

impl Spaces for SqliteTx {
    async fn spaces(&mut self) -> Result<Vec<SpaceRow>> {
        let rows: Vec<Columns> = sqlx::query_as("SELECT * FROM spaces ORDER BY space")
            .fetch_all(self.connection())
            .await?;
        rows.into_iter().map(Columns::row).collect()
    }

    async fn space(&mut self, space: SpaceId) -> Result<Option<SpaceRow>> {
        let row: Option<Columns> = sqlx::query_as("SELECT * FROM spaces WHERE space = ?1")
            .bind(space.as_bytes().as_slice())
            .fetch_optional(self.connection())
            .await?;
        row.map(Columns::row).transpose()
    }

    async fn put_space(&mut self, row: &SpaceRow) -> Result<()> {
        sqlx::query(
            "INSERT OR REPLACE INTO spaces
                (space, kind, role, cursor, packed_to, cold, round, unsynced, recovering)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .bind(row.space.as_bytes().as_slice())
        .bind(row.kind.as_str())
        .bind(row.role.as_str())
        .bind(i64_of(row.cursor))
        .bind(row.packed_to.map(|doc| doc.as_bytes().to_vec()))
        .bind(row.cold)
        .bind(row.round)
        .bind(row.unsynced)
        .bind(row.recovering)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn remove_space(&mut self, space: SpaceId) -> Result<()> {
        for sql in ["DELETE FROM spaces WHERE space = ?1", "DELETE FROM members WHERE space = ?1"] {
            sqlx::query(sql).bind(space.as_bytes().as_slice()).execute(self.connection()).await?;
        }
        Ok(())
    }

    async fn members(&mut self, space: SpaceId) -> Result<Vec<MemberRow>> {
        let rows: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT seq, event FROM members WHERE space = ?1 ORDER BY seq")
                .bind(space.as_bytes().as_slice())
                .fetch_all(self.connection())
                .await?;
        let row = |(seq, event): (i64, Vec<u8>)| {
            Ok(MemberRow { seq: u64_of(seq)?, event: of_cbor(&event)? })
        };
        rows.into_iter().map(row).collect()
    }

    async fn put_member(&mut self, space: SpaceId, row: &MemberRow) -> Result<()> {
        sqlx::query("INSERT OR REPLACE INTO members (space, seq, event) VALUES (?1, ?2, ?3)")
            .bind(space.as_bytes().as_slice())
            .bind(i64_of(row.seq))
            .bind(cbor(&row.event))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn drop_members_after(&mut self, space: SpaceId, seq: u64) -> Result<()> {
        sqlx::query("DELETE FROM members WHERE space = ?1 AND seq > ?2")
            .bind(space.as_bytes().as_slice())
            .bind(i64_of(seq))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn commands(&mut self) -> Result<Vec<CommandRow>> {
        let rows: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT id, command FROM commands ORDER BY id")
                .fetch_all(self.connection())
                .await?;
        let row = |(id, command): (i64, Vec<u8>)| {
            Ok(CommandRow { id: u64_of(id)?, command: of_cbor(&command)? })
        };
        rows.into_iter().map(row).collect()
    }

    async fn add_command(&mut self, command: &Command) -> Result<u64> {
        let added = sqlx::query("INSERT INTO commands (command) VALUES (?1)")
            .bind(cbor(command))
            .execute(self.connection())
            .await?;
        u64_of(added.last_insert_rowid())
    }

    async fn remove_command(&mut self, id: u64) -> Result<()> {
        sqlx::query("DELETE FROM commands WHERE id = ?1")
            .bind(i64_of(id))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn purges(&mut self) -> Result<Vec<PurgeRow>> {
        type Row = (i64, Vec<u8>, Option<Vec<u8>>, String, i64);
        let rows: Vec<Row> =
            sqlx::query_as("SELECT ord, space, doc, reason, at FROM purges ORDER BY ord")
                .fetch_all(self.connection())
                .await?;
        let row = |(order, space, doc, reason, at): Row| {
            Ok(PurgeRow {
                order: u64_of(order)?,
                space: space_of(&space)?,
                doc: doc.map(|doc| doc_of(&doc)).transpose()?,
                reason,
                at: Millis(at),
            })
        };
        rows.into_iter().map(row).collect()
    }

    async fn add_purge(&mut self, row: &PurgeRow) -> Result<()> {
        sqlx::query(
            "INSERT OR REPLACE INTO purges (ord, space, doc, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(i64_of(row.order))
        .bind(row.space.as_bytes().as_slice())
        .bind(row.doc.map(|doc| doc.as_bytes().to_vec()))
        .bind(&row.reason)
        .bind(row.at.0)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
