//! How much accounts may have, for the sequencer to decide by.

use std::collections::BTreeSet;

use umbra_model::UserId;
use uuid::Uuid;

use super::list::UuidList;
use super::spaces::unsigned;
use super::{StoreError, Tx, Usage, db};
use crate::sequencer::core::{Allowance, Facts, Needs};

type QuotaRow = (Uuid, Option<i64>, Option<i64>, Option<i64>);

impl Tx {
    /// The quotas of those who may found a space, or in whose spaces documents may come
    /// into being; only of those who have one is looked how much they have. They are
    /// locked, so that two batches at once can't both take the last of it.
    pub(super) async fn quotas(
        &mut self,
        needs: &Needs,
        facts: &mut Facts,
    ) -> Result<(), StoreError> {
        let owners = needs.quotas.iter().filter_map(|space| Some(facts.spaces.get(space)?.owner));
        let people: BTreeSet<_> = owners.chain(needs.founders.iter().copied()).collect();
        if people.is_empty() {
            return Ok(());
        }
        let list = UuidList::of(people.iter().map(|user| user.0));
        let rows = db!(tx self, all QuotaRow,
            pg "SELECT u.id,
                       COALESCE(u.quota_spaces, (SELECT CAST(s.value AS BIGINT) FROM settings s WHERE s.name = 'quota_spaces')),
                       COALESCE(u.quota_documents, (SELECT CAST(s.value AS BIGINT) FROM settings s WHERE s.name = 'quota_documents')),
                       COALESCE(u.quota_bytes, (SELECT CAST(s.value AS BIGINT) FROM settings s WHERE s.name = 'quota_bytes'))
                FROM users u WHERE u.id = ANY($1) ORDER BY u.id",
            lite "SELECT u.id,
                         COALESCE(u.quota_spaces, (SELECT CAST(s.value AS INTEGER) FROM settings s WHERE s.name = 'quota_spaces')),
                         COALESCE(u.quota_documents, (SELECT CAST(s.value AS INTEGER) FROM settings s WHERE s.name = 'quota_documents')),
                         COALESCE(u.quota_bytes, (SELECT CAST(s.value AS INTEGER) FROM settings s WHERE s.name = 'quota_bytes'))
                  FROM users u WHERE u.id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY u.id", list)?;
        let bounded = |row: &QuotaRow| row.1.is_some() || row.2.is_some() || row.3.is_some();
        for (user, spaces, documents, bytes) in rows.into_iter().filter(bounded) {
            let quota = |cell: Option<i64>| cell.map(unsigned).transpose();
            let allowance = Allowance {
                spaces: quota(spaces)?,
                documents: quota(documents)?,
                bytes: quota(bytes)?,
                used: self.used_by(user).await?,
            };
            facts.quotas.insert(UserId(user), allowance);
        }
        Ok(())
    }

    async fn used_by(&mut self, user: Uuid) -> Result<Usage, StoreError> {
        // Whoever else is about to add to it has to wait until this batch is written.
        db!(tx self, all (Uuid,),
            pg "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE",
            lite "SELECT id FROM users WHERE id = $1", user)?;
        self.usage(user).await
    }

    /// How much an account has.
    pub(super) async fn usage(&mut self, user: Uuid) -> Result<Usage, StoreError> {
        let (spaces, documents, bytes) = db!(tx self, one (i64, i64, i64),
            "SELECT (SELECT COUNT(*) FROM spaces s
                     WHERE s.owner_id = $1 AND s.deleted_at IS NULL AND s.kind <> 'personal'),
                    COUNT(*), CAST(COALESCE(SUM(d.saved_bytes + d.unfolded_bytes), 0) AS BIGINT)
             FROM spaces s JOIN documents d ON d.space = s.space
             WHERE s.owner_id = $1 AND s.deleted_at IS NULL AND d.purged_at IS NULL", user)?;
        Ok(Usage {
            spaces: unsigned(spaces)?,
            documents: unsigned(documents)?,
            bytes: unsigned(bytes)?,
        })
    }
}
