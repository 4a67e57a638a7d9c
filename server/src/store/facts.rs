//! Reading what the sequencer decides by, under the locks of the spaces.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{DeviceId, DocId, Millis, SpaceId, UserId};
use uuid::Uuid;

use super::list::{PairList, UuidList};
use super::spaces::{parse, unsigned};
use super::{StoreError, Tx, db};
use crate::sequencer::core::{DocRow, Facts, Needs, Regained, SpaceFacts, UserFacts};

#[derive(sqlx::FromRow)]
struct SpaceRecord {
    space: Uuid,
    kind: String,
    owner_id: Uuid,
    head: i64,
    documents: i64,
    recovering: bool,
    restored_head: Option<i64>,
    deleted_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
pub(super) struct DocRecord {
    space: Uuid,
    doc: Uuid,
    kind: String,
    creator_id: Uuid,
    privacy: String,
    subject: Option<Uuid>,
    created_seq: i64,
    created_at: i64,
    last_seq: i64,
    saved_seq: i64,
    saved_bytes: i64,
    unfolded_bytes: i64,
    purged_at: Option<i64>,
}

impl Tx {
    /// In which spaces these documents live, of those that there are.
    pub(crate) async fn homes(
        &mut self,
        docs: impl IntoIterator<Item = DocId>,
    ) -> Result<BTreeMap<DocId, SpaceId>, StoreError> {
        let list = UuidList::of(docs.into_iter().map(|doc| doc.0));
        if list.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = db!(tx self, all (Uuid, Uuid),
            pg "SELECT doc, space FROM homes WHERE doc = ANY($1)",
            lite "SELECT doc, space FROM homes WHERE doc IN (SELECT unhex(value) FROM json_each($1))",
            list)?;
        Ok(rows.into_iter().map(|(doc, space)| (DocId(doc), SpaceId(space))).collect())
    }

    /// Locks the spaces, in the order of their ids, and reads what is asked for.
    /// What is read stays true until the transaction ends.
    pub(crate) async fn facts(
        &mut self,
        needs: &Needs,
        restored_at: Option<Millis>,
    ) -> Result<Facts, StoreError> {
        let mut facts = Facts { restored_at, ..Facts::default() };
        facts.spaces = self.lock_spaces(&needs.spaces).await?;
        facts.docs = self.doc_rows(needs).await?;
        self.comments(needs, &mut facts).await?;
        self.private(needs, &mut facts).await?;
        self.subjects_of(&mut facts).await?;
        facts.members = self.roles(&needs.members).await?;
        self.crowds(needs, &mut facts).await?;
        self.accounts(needs, &mut facts).await?;
        self.rarities(needs, &mut facts).await?;
        self.quotas(needs, &mut facts).await?;
        Ok(facts)
    }

    async fn lock_spaces(
        &mut self,
        spaces: &BTreeSet<SpaceId>,
    ) -> Result<BTreeMap<SpaceId, SpaceFacts>, StoreError> {
        let list = UuidList::of(spaces.iter().map(|space| space.0));
        let rows = db!(tx self, all SpaceRecord,
            pg "SELECT space, kind, owner_id, head, documents, recovering, restored_head, deleted_at
                FROM spaces WHERE space = ANY($1) ORDER BY space FOR UPDATE",
            lite "SELECT space, kind, owner_id, head, documents, recovering, restored_head, deleted_at
                  FROM spaces WHERE space IN (SELECT unhex(value) FROM json_each($1)) ORDER BY space",
            list)?;
        let facts = |row: SpaceRecord| {
            let facts = SpaceFacts {
                kind: parse(&row.kind)?,
                owner: UserId(row.owner_id),
                head: unsigned(row.head)?,
                documents: unsigned(row.documents)?,
                members: 0,
                recovering: row.recovering,
                restored_head: row.restored_head.map(unsigned).transpose()?,
                deleted: row.deleted_at.is_some(),
            };
            Ok((SpaceId(row.space), facts))
        };
        rows.into_iter().map(facts).collect()
    }

    async fn doc_rows(&mut self, needs: &Needs) -> Result<BTreeMap<DocId, DocRow>, StoreError> {
        let located = needs.docs.iter().filter_map(|(doc, space)| Some(((*space)?.0, doc.0)));
        self.doc_rows_at(PairList::of_pairs(located)).await
    }

    pub(super) async fn doc_rows_at(
        &mut self,
        at: PairList,
    ) -> Result<BTreeMap<DocId, DocRow>, StoreError> {
        if at.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = db!(tx self, all DocRecord,
            pg "SELECT d.space, d.doc, d.kind, d.creator_id, d.privacy, d.subject, d.created_seq,
                       d.created_at, d.last_seq, d.saved_seq, d.saved_bytes, d.unfolded_bytes, d.purged_at
                FROM generate_series(1, cardinality($1), 2) i
                JOIN documents d ON d.space = ($1)[i] AND d.doc = ($1)[i + 1]",
            lite "SELECT d.space, d.doc, d.kind, d.creator_id, d.privacy, d.subject, d.created_seq,
                         d.created_at, d.last_seq, d.saved_seq, d.saved_bytes, d.unfolded_bytes, d.purged_at
                  FROM json_each($1) p CROSS JOIN documents d
                  ON d.space = unhex(substr(p.value, 1, 32)) AND d.doc = unhex(substr(p.value, 33))",
            at)?;
        rows.into_iter().map(doc_row).collect()
    }

    async fn roles(
        &mut self,
        pairs: &BTreeSet<(SpaceId, UserId)>,
    ) -> Result<BTreeMap<(SpaceId, UserId), umbra_model::Role>, StoreError> {
        let pairs = PairList::of_pairs(pairs.iter().map(|(space, user)| (space.0, user.0)));
        if pairs.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = db!(tx self, all (Uuid, Uuid, String),
            pg "SELECT m.space, m.user_id, m.role
                FROM generate_series(1, cardinality($1), 2) i
                JOIN members m ON m.space = ($1)[i] AND m.user_id = ($1)[i + 1]",
            lite "SELECT m.space, m.user_id, m.role
                  FROM json_each($1) p CROSS JOIN members m
                  ON m.space = unhex(substr(p.value, 1, 32)) AND m.user_id = unhex(substr(p.value, 33))",
            pairs)?;
        let role = |(space, user, role): (Uuid, Uuid, String)| {
            Ok(((SpaceId(space), UserId(user)), parse(&role)?))
        };
        rows.into_iter().map(role).collect()
    }

    /// The comments on the documents of which they are asked for.
    async fn comments(&mut self, needs: &Needs, facts: &mut Facts) -> Result<(), StoreError> {
        for doc in &needs.comments {
            let Some(space) = facts.docs.get(doc).map(|row| row.space) else { continue };
            let rows = db!(tx self, all DocRecord,
                "SELECT space, doc, kind, creator_id, privacy, subject, created_seq, created_at, last_seq,
                        saved_seq, saved_bytes, unfolded_bytes, purged_at
                 FROM documents WHERE space = $1 AND subject = $2", space.0, doc.0)?;
            let rows: BTreeMap<_, _> = rows.into_iter().map(doc_row).collect::<Result<_, _>>()?;
            facts.comments.insert(*doc, rows.keys().copied().collect());
            facts.docs.extend(rows);
        }
        Ok(())
    }

    /// What not every member sees of the spaces of which that is asked.
    async fn private(&mut self, needs: &Needs, facts: &mut Facts) -> Result<(), StoreError> {
        for space in &needs.private {
            let rows = db!(tx self, all DocRecord,
                "SELECT space, doc, kind, creator_id, privacy, subject, created_seq, created_at, last_seq,
                        saved_seq, saved_bytes, unfolded_bytes, purged_at
                 FROM documents WHERE space = $1 AND purged_at IS NULL
                 AND (privacy <> 'default' OR subject IN
                      (SELECT doc FROM documents WHERE space = $1 AND privacy <> 'default'))",
                space.0)?;
            for row in rows {
                let (doc, row) = doc_row(row)?;
                facts.docs.insert(doc, row);
            }
        }
        Ok(())
    }

    /// What the comments among the documents are about.
    pub(super) async fn subjects_of(&mut self, facts: &mut Facts) -> Result<(), StoreError> {
        let about = facts.docs.values().filter_map(|row| Some((row.space.0, row.subject?.0)));
        let about: BTreeSet<_> =
            about.filter(|(_, doc)| !facts.docs.contains_key(&DocId(*doc))).collect();
        facts.docs.extend(self.doc_rows_at(PairList::of_pairs(about)).await?);
        Ok(())
    }

    /// Everybody in the spaces of which that is asked, and how many they are where
    /// somebody may come.
    async fn crowds(&mut self, needs: &Needs, facts: &mut Facts) -> Result<(), StoreError> {
        for space in &needs.rosters {
            let rows = db!(tx self, all (Uuid, String),
                "SELECT user_id, role FROM members WHERE space = $1", space.0)?;
            for (user, role) in rows {
                facts.members.insert((*space, UserId(user)), parse(&role)?);
                facts.users.entry(UserId(user)).or_default();
            }
        }
        for space in &needs.crowds {
            let members = db!(tx self, val i64,
                "SELECT COUNT(*) FROM members WHERE space = $1", space.0)?;
            if let Some(facts) = facts.spaces.get_mut(space) {
                facts.members = unsigned(members)?;
            }
        }
        Ok(())
    }

    /// The accounts asked for, and those in the spaces read as a whole.
    async fn accounts(&mut self, needs: &Needs, facts: &mut Facts) -> Result<(), StoreError> {
        let users: BTreeSet<_> = facts.users.keys().chain(&needs.users).copied().collect();
        if users.is_empty() {
            return Ok(());
        }
        let list = UuidList::of(users.iter().map(|user| user.0));
        let rows = db!(tx self, all (Uuid, String, bool, bool, i64),
            pg "SELECT u.id, CASE WHEN u.deleted_at IS NULL THEN u.name ELSE '' END, u.disabled_at IS NULL,
                       EXISTS (SELECT 1 FROM spaces s WHERE s.owner_id = u.id AND s.kind = 'personal' AND s.deleted_at IS NULL),
                       (SELECT COUNT(*) FROM members m WHERE m.user_id = u.id)
                FROM users u WHERE u.id = ANY($1)",
            lite "SELECT u.id, CASE WHEN u.deleted_at IS NULL THEN u.name ELSE '' END, u.disabled_at IS NULL,
                         EXISTS (SELECT 1 FROM spaces s WHERE s.owner_id = u.id AND s.kind = 'personal' AND s.deleted_at IS NULL),
                         (SELECT COUNT(*) FROM members m WHERE m.user_id = u.id)
                  FROM users u WHERE u.id IN (SELECT unhex(value) FROM json_each($1))",
            list.clone())?;
        // Somebody without an account any more stays a member until removed, but
        // has no facts.
        facts.users.clear();
        for (user, name, active, personal, spaces) in rows {
            let spaces = unsigned(spaces)?;
            let account = UserFacts { name, active, devices: Vec::new(), personal, spaces };
            facts.users.insert(UserId(user), account);
        }
        let rows = db!(tx self, all (Uuid, Uuid),
            pg "SELECT user_id, id FROM devices WHERE user_id = ANY($1) ORDER BY id",
            lite "SELECT user_id, id FROM devices WHERE user_id IN
                  (SELECT unhex(value) FROM json_each($1)) ORDER BY id", list)?;
        for (user, device) in rows {
            if let Some(account) = facts.users.get_mut(&UserId(user)) {
                account.devices.push(DeviceId(device));
            }
        }
        Ok(())
    }

    /// What is seldom asked for.
    async fn rarities(&mut self, needs: &Needs, facts: &mut Facts) -> Result<(), StoreError> {
        for space in &needs.prefs {
            let has = db!(tx self, maybe Uuid,
                "SELECT doc FROM documents WHERE space = $1 AND kind = 'prefs' AND purged_at IS NULL", space.0)?;
            facts.prefs.extend(has.map(|_| *space));
        }
        for doc in &needs.trashed {
            let Some(space) = facts.docs.get(doc).map(|row| row.space) else { continue };
            let at = db!(tx self, maybe Option<i64>,
                "SELECT deleted_at FROM views WHERE space = $1 AND doc = $2", space.0, doc.0)?;
            facts.trashed.extend(at.flatten().map(|at| (*doc, Millis(at))));
        }
        for (space, user) in needs.regained_with_owners(&facts.spaces) {
            let Some(head) = facts.spaces.get(&space).and_then(|it| it.restored_head) else {
                continue;
            };
            let rows = db!(tx self, all (Option<i64>,),
                "SELECT lost_seq FROM log WHERE space = $1 AND member_id = $2 AND seq > $3",
                space.0, user.0, signed(head)?)?;
            let mut regained = Regained::default();
            for (lost,) in rows {
                regained.decided |= lost.is_none();
                regained.lost_seq = regained.lost_seq.max(lost.map(unsigned).transpose()?);
            }
            facts.regained.insert((space, user), regained);
        }
        Ok(())
    }
}

pub(super) fn doc_row(row: DocRecord) -> Result<(DocId, DocRow), StoreError> {
    let facts = DocRow {
        space: SpaceId(row.space),
        kind: parse(&row.kind)?,
        creator: UserId(row.creator_id),
        privacy: parse(&row.privacy)?,
        subject: row.subject.map(DocId),
        created_seq: unsigned(row.created_seq)?,
        created_at: Millis(row.created_at),
        last_seq: unsigned(row.last_seq)?,
        saved_seq: unsigned(row.saved_seq)?,
        saved_bytes: unsigned(row.saved_bytes)?,
        unfolded_bytes: unsigned(row.unfolded_bytes)?,
        purged_at: row.purged_at.map(Millis),
    };
    Ok((DocId(row.doc), facts))
}

/// A number as a column holds it.
pub(crate) fn signed(number: u64) -> Result<i64, StoreError> {
    number.try_into().map_err(|_| StoreError::Corrupt(format!("{number} is beyond a column")))
}
