//! Writing what the sequencer decided. Each kind of row is written in as few
//! statements as the engine gains by: PostgreSQL unnests arrays, since there each
//! statement is a round trip; SQLite takes many rows a statement, since there each
//! statement is a start and a stop of its machine.

mod cells;
mod postgres;
mod sqlite;

use std::collections::BTreeMap;

use umbra_model::{DocId, SpaceId};
use umbra_sync_protocol::wire::Receipt;

pub(crate) use self::cells::storable;
use self::cells::{DocCells, LogCells, Rows, SpaceCells, ViewCells};
use super::facts::signed;
use super::list::PairList;
use super::spaces::unsigned;
use super::{StoreError, Tx, TxKind, db, meta};
use crate::sequencer::core::{Decision, Earlier, LogEvent, Looked, Withdrawal};

impl Tx {
    /// Writes all of it, and looks up what only the database knows.
    pub(crate) async fn write(&mut self, decision: &Decision) -> Result<Looked, StoreError> {
        self.found_spaces(decision).await?;
        self.write_rows(decision).await?;
        self.erase_purged(decision).await?;
        self.write_members(decision).await?;
        for withdrawal in decision.withdrawn() {
            self.withdraw(withdrawal, decision).await?;
        }
        let mut looked = Looked { purges: self.issue(decision).await?, ..Looked::default() };
        for earlier in decision.earlier() {
            looked.earlier.push(self.look_up(earlier).await?);
        }
        let subjects = decision.subjects().into_iter().map(|(space, doc)| (space.0, doc.0));
        let subjects = self.doc_rows_at(PairList::of_pairs(subjects)).await?;
        let who = subjects.into_iter().map(|(doc, row)| (doc, (row.creator, row.privacy)));
        looked.subjects = who.collect();
        Ok(looked)
    }

    async fn found_spaces(&mut self, decision: &Decision) -> Result<(), StoreError> {
        let now = decision.now();
        for (space, _, facts) in decision.spaces().filter(|(_, write, _)| write.created) {
            let cells = SpaceCells::of(space, facts, now)?;
            db!(tx self, exec
                "INSERT INTO spaces (space, kind, owner_id, head, documents, recovering, restored_head, created_at, deleted_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                cells.space, facts.kind.as_str(), facts.owner.0, cells.head, cells.documents, cells.recovering,
                cells.restored_head, now.0, cells.deleted_at)?;
        }
        Ok(())
    }

    async fn write_rows(&mut self, decision: &Decision) -> Result<(), StoreError> {
        let now = decision.now();
        let moved = decision.spaces().filter(|(_, write, _)| !write.created);
        let spaces = moved.map(|(space, _, facts)| SpaceCells::of(space, facts, now));
        let spaces = spaces.collect::<Result<Vec<_>, StoreError>>()?;
        let docs = decision.docs().iter().map(|(doc, write)| DocCells::of(*doc, write));
        let docs = docs.collect::<Result<Vec<_>, StoreError>>()?;
        let log = decision.rows().iter().map(LogCells::of);
        let log = log.collect::<Result<Vec<_>, StoreError>>()?;
        let views = decision.views().iter().map(|(doc, view)| ViewCells::of(*doc, view, now));
        let views: Vec<_> = views.collect();
        let rows = Rows { spaces: &spaces, docs: &docs, log: &log, views: &views };
        match &mut self.kind {
            TxKind::Postgres(c) => {
                postgres::homes(c, &docs).await?;
                postgres::rows(c, rows, now.0).await
            }
            TxKind::Sqlite(c) => {
                sqlite::homes(c, &docs).await?;
                sqlite::rows(c, rows, now.0).await
            }
        }
    }

    /// Takes the content of what was removed for good. The log's rows stay, without
    /// bytes.
    async fn erase_purged(&mut self, decision: &Decision) -> Result<(), StoreError> {
        let rows = decision.rows().iter();
        let purged = rows.filter_map(|row| match row.event {
            LogEvent::Purged(doc) => Some((row.space, doc)),
            _ => None,
        });
        for (space, doc) in purged {
            self.erase_doc(space, doc).await?;
        }
        Ok(())
    }

    async fn erase_doc(&mut self, space: SpaceId, doc: DocId) -> Result<(), StoreError> {
        db!(tx self, exec "DELETE FROM saves WHERE space = $1 AND doc = $2", space.0, doc.0)?;
        db!(tx self, exec "DELETE FROM views WHERE space = $1 AND doc = $2", space.0, doc.0)?;
        db!(tx self, exec
            "UPDATE log SET chunk = NULL WHERE space = $1 AND doc = $2 AND chunk IS NOT NULL",
            space.0, doc.0)?;
        db!(tx self, exec
            "UPDATE documents SET saved_seq = 0, saved_bytes = 0, unfolded = 0, unfolded_bytes = 0 WHERE space = $1 AND doc = $2",
            space.0, doc.0)?;
        Ok(())
    }

    async fn write_members(&mut self, decision: &Decision) -> Result<(), StoreError> {
        for ((space, user), write) in decision.members() {
            match write.role {
                Some(role) => db!(tx self, exec
                    "INSERT INTO members (space, user_id, role, since_seq) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (space, user_id) DO UPDATE SET role = excluded.role, since_seq = excluded.since_seq",
                    space.0, user.0, role.as_str(), signed(write.since)?)?,
                None => db!(tx self, exec
                    "DELETE FROM members WHERE space = $1 AND user_id = $2", space.0, user.0)?,
            };
        }
        Ok(())
    }

    async fn withdraw(
        &mut self,
        Withdrawal { user, space, doc }: &Withdrawal,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        let now = decision.now().0;
        match doc {
            Some(doc) => db!(tx self, exec
                "UPDATE purge_orders SET withdrawn_at = $4
                 WHERE space = $1 AND user_id = $2 AND doc = $3 AND confirmed_at IS NULL AND withdrawn_at IS NULL",
                space.0, user.0, doc.0, now)?,
            None => db!(tx self, exec
                "UPDATE purge_orders SET withdrawn_at = $3
                 WHERE space = $1 AND user_id = $2 AND doc IS NULL AND confirmed_at IS NULL AND withdrawn_at IS NULL
                 AND reason <> 'device_revoked'",
                space.0, user.0, now)?,
        };
        Ok(())
    }

    /// Gives the purge orders, and says their numbers.
    async fn issue(&mut self, decision: &Decision) -> Result<Vec<u64>, StoreError> {
        let (orders, now) = (decision.purges(), decision.now().0);
        match &mut self.kind {
            TxKind::Postgres(c) => postgres::purges(c, orders, now).await,
            TxKind::Sqlite(c) => sqlite::purges(c, orders, now).await,
        }
    }

    async fn look_up(&mut self, it: &Earlier) -> Result<Option<(u64, Receipt)>, StoreError> {
        let found = db!(tx self, opt (i64, Option<Vec<u8>>),
            "SELECT seq, receipt FROM log WHERE space = $1 AND doc = $2 AND actor = $3 AND actor_seq = $4
             AND actor IS NOT NULL",
            it.space.0, it.doc.0, it.actor.as_slice(), signed(it.actor_seq)?)?;
        let Some((seq, receipt)) = found else { return Ok(None) };
        let receipt =
            receipt.ok_or_else(|| StoreError::Corrupt("a change without receipt".into()))?;
        Ok(Some((unsigned(seq)?, Receipt(meta::exactly(receipt, "log.receipt")?))))
    }
}
