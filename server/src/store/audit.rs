//! What `audit` reads: rows as they are, unbelieved.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{ActorPrefix, DeviceId, DocId, SpaceId, UserId};
use uuid::Uuid;

use super::facts::signed;
use super::log::LogRecord;
use super::{StoreError, Tx, db, limits};

/// A row of `spaces`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct StoredSpace {
    pub(crate) space: Uuid,
    pub(crate) kind: String,
    pub(crate) owner_id: Uuid,
    pub(crate) head: i64,
    pub(crate) documents: i64,
    pub(crate) deleted_at: Option<i64>,
}

/// A row of `documents`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct StoredDoc {
    pub(crate) doc: Uuid,
    pub(crate) kind: String,
    pub(crate) creator_id: Uuid,
    pub(crate) privacy: String,
    pub(crate) subject: Option<Uuid>,
    pub(crate) created_seq: i64,
    pub(crate) last_seq: i64,
    pub(crate) saved_seq: i64,
    pub(crate) saved_bytes: i64,
    pub(crate) unfolded: i64,
    pub(crate) unfolded_bytes: i64,
    pub(crate) purged_at: Option<i64>,
}

/// A row of `views`.
#[derive(Clone, PartialEq, Eq, Debug, sqlx::FromRow)]
pub(crate) struct StoredView {
    pub(crate) json: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) starts_at: Option<i64>,
    pub(crate) ends_at: Option<i64>,
    pub(crate) due_at: Option<i64>,
    pub(crate) done: bool,
    pub(crate) repeats: bool,
    pub(crate) deleted_at: Option<i64>,
}

/// A row about something that isn't there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stray {
    pub(crate) table: &'static str,
    pub(crate) space: SpaceId,
    pub(crate) doc: Option<DocId>,
}

impl Tx {
    pub(crate) async fn stored_spaces(&mut self) -> Result<Vec<StoredSpace>, StoreError> {
        Ok(db!(tx self, all StoredSpace,
            "SELECT space, kind, owner_id, head, documents, deleted_at FROM spaces ORDER BY space")?)
    }

    /// A stretch of a log.
    pub(crate) async fn stored_log(
        &mut self,
        space: SpaceId,
        after: u64,
    ) -> Result<Vec<LogRecord>, StoreError> {
        Ok(db!(tx self, all LogRecord,
            "SELECT * FROM log WHERE space = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            space.0, signed(after)?, limits::ENTRIES_PAGE)?)
    }

    /// The changes of one document.
    pub(crate) async fn stored_changes(
        &mut self,
        space: SpaceId,
        doc: DocId,
    ) -> Result<Vec<LogRecord>, StoreError> {
        Ok(db!(tx self, all LogRecord,
            "SELECT * FROM log WHERE space = $1 AND doc = $2 AND actor IS NOT NULL ORDER BY seq",
            space.0, doc.0)?)
    }

    pub(crate) async fn stored_members(
        &mut self,
        space: SpaceId,
    ) -> Result<BTreeMap<UserId, (String, i64)>, StoreError> {
        let rows = db!(tx self, all (Uuid, String, i64),
            "SELECT user_id, role, since_seq FROM members WHERE space = $1", space.0)?;
        Ok(rows.into_iter().map(|(user, role, since)| (UserId(user), (role, since))).collect())
    }

    pub(crate) async fn stored_docs(
        &mut self,
        space: SpaceId,
    ) -> Result<BTreeMap<DocId, StoredDoc>, StoreError> {
        let rows = db!(tx self, all StoredDoc,
            "SELECT doc, kind, creator_id, privacy, subject, created_seq, last_seq, saved_seq, saved_bytes,
                    unfolded, unfolded_bytes, purged_at
             FROM documents WHERE space = $1", space.0)?;
        Ok(rows.into_iter().map(|row| (DocId(row.doc), row)).collect())
    }

    pub(crate) async fn stored_save(
        &mut self,
        space: SpaceId,
        doc: DocId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(db!(tx self, maybe Vec<u8>,
            "SELECT bytes FROM saves WHERE space = $1 AND doc = $2", space.0, doc.0)?)
    }

    pub(crate) async fn stored_view(
        &mut self,
        space: SpaceId,
        doc: DocId,
    ) -> Result<Option<StoredView>, StoreError> {
        Ok(db!(tx self, opt StoredView,
            "SELECT json, title, text, starts_at, ends_at, due_at, done, repeats, deleted_at
             FROM views WHERE space = $1 AND doc = $2", space.0, doc.0)?)
    }

    /// The devices: whose they are, and with what their actor ids begin.
    pub(crate) async fn stored_devices(
        &mut self,
    ) -> Result<BTreeMap<DeviceId, (UserId, ActorPrefix)>, StoreError> {
        let rows =
            db!(tx self, all (Uuid, Uuid, Vec<u8>), "SELECT id, user_id, prefix FROM devices")?;
        let device = |(id, user, prefix): (Uuid, Uuid, Vec<u8>)| {
            let prefix = ActorPrefix(super::meta::exactly(prefix, "devices.prefix")?);
            Ok((DeviceId(id), (UserId(user), prefix)))
        };
        rows.into_iter().map(device).collect()
    }

    /// Rows about spaces and documents that aren't there; so many at most.
    pub(crate) async fn strays(&mut self, most: usize) -> Result<Vec<Stray>, StoreError> {
        let most = signed(most as u64)?;
        let mut strays = Vec::new();
        macro_rules! docs_without {
            ($table:literal, $of:literal) => {
                let rows = db!(tx self, all (Uuid, Uuid), $of, most)?;
                strays.extend(rows.into_iter().map(|(space, doc)| Stray {
                    table: $table,
                    space: SpaceId(space),
                    doc: Some(DocId(doc)),
                }));
            };
        }
        docs_without!(
            "homes",
            "SELECT h.space, h.doc FROM homes h WHERE NOT EXISTS
             (SELECT 1 FROM documents d WHERE d.space = h.space AND d.doc = h.doc) LIMIT $1"
        );
        docs_without!(
            "documents",
            "SELECT d.space, d.doc FROM documents d WHERE NOT EXISTS
             (SELECT 1 FROM homes h WHERE h.doc = d.doc AND h.space = d.space) LIMIT $1"
        );
        docs_without!("saves",
            "SELECT s.space, s.doc FROM saves s WHERE NOT EXISTS
             (SELECT 1 FROM documents d WHERE d.space = s.space AND d.doc = s.doc AND d.purged_at IS NULL) LIMIT $1");
        docs_without!("views",
            "SELECT v.space, v.doc FROM views v WHERE NOT EXISTS
             (SELECT 1 FROM documents d WHERE d.space = v.space AND d.doc = v.doc AND d.purged_at IS NULL) LIMIT $1");
        let spaces: BTreeSet<_> =
            self.stored_spaces().await?.into_iter().map(|it| it.space).collect();
        let named = db!(tx self, all (Uuid,), "SELECT DISTINCT space FROM log")?;
        let members = db!(tx self, all (Uuid,), "SELECT DISTINCT space FROM members")?;
        for (table, named) in [("log", named), ("members", members)] {
            let strange = named.into_iter().filter(|(space,)| !spaces.contains(space));
            strays.extend(strange.map(|(space,)| Stray {
                table,
                space: SpaceId(space),
                doc: None,
            }));
        }
        Ok(strays)
    }
}
