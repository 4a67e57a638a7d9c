//! What is in the spaces that an account owns, for their owner to take along.

use umbra_model::{DocId, Kind, Millis, SpaceId, UserId};
use uuid::Uuid;

use super::spaces::parse;
use super::{Content, Store, StoreError, db, limits};

/// A document to be taken along.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct OwnDocument {
    pub(crate) doc: DocId,
    pub(crate) kind: Kind,
    pub(crate) creator: UserId,
    pub(crate) privacy: String,
    pub(crate) created_at: Millis,
    /// Its plain JSON.
    pub(crate) view: Option<String>,
    pub(crate) content: Content,
}

type DocumentRow = (Uuid, String, Uuid, String, i64, Option<String>);

impl Store {
    /// Some documents of a space behind this one, in the order of their ids, for its
    /// owner: they see all that is in it.
    ///
    /// # Errors
    /// Where the database fails. Nobody but the owner gets anything.
    pub(crate) async fn own_documents(
        &self,
        owner: UserId,
        space: SpaceId,
        after: DocId,
    ) -> Result<Vec<OwnDocument>, StoreError> {
        let mut tx = self.snapshot().await?;
        let rows = db!(tx tx, all DocumentRow,
            "SELECT d.doc, d.kind, d.creator_id, d.privacy, d.created_at, v.json
             FROM spaces s JOIN documents d ON d.space = s.space
             LEFT JOIN views v ON v.space = d.space AND v.doc = d.doc
             WHERE s.space = $1 AND s.owner_id = $2 AND s.deleted_at IS NULL
             AND d.doc > $3 AND d.purged_at IS NULL ORDER BY d.doc LIMIT $4",
            space.0, owner.0, after.0, limits::EXPORT_PAGE)?;
        let docs: Vec<_> = rows.iter().map(|row| (space, DocId(row.0))).collect();
        let mut contents = tx.contents(&docs).await?;
        rows.into_iter()
            .map(|(doc, kind, creator, privacy, created_at, view)| {
                let (doc, kind) = (DocId(doc), parse(&kind)?);
                let content = contents.remove(&doc).unwrap_or_default();
                let (creator, created_at) = (UserId(creator), Millis(created_at));
                Ok(OwnDocument { doc, kind, creator, privacy, created_at, view, content })
            })
            .collect()
    }
}
