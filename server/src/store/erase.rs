//! Erasing what is no longer anybody's: the content of deleted spaces, and what has
//! long been in the trash.

use umbra_model::{DocId, Millis, SpaceId, UserId};
use uuid::Uuid;

use super::{Store, StoreError, db, limits};

impl Store {
    /// Erases some of what deleted spaces left. Says whether there may be more.
    pub(crate) async fn erase_some(&self, now: Millis) -> Result<bool, StoreError> {
        let space = db!(self, maybe Uuid,
            "SELECT space FROM spaces WHERE deleted_at IS NOT NULL AND erased_at IS NULL ORDER BY space LIMIT 1")?;
        let Some(space) = space else { return Ok(false) };
        let mut tx = self.begin().await?;
        let mut erased = db!(tx tx, exec
            "DELETE FROM log WHERE space = $1 AND seq <= $2 + (SELECT MIN(x.seq) FROM log x WHERE x.space = $1)",
            space, limits::ERASE_ROUND)?;
        erased += db!(tx tx, exec
            "DELETE FROM homes WHERE doc IN
             (SELECT d.doc FROM documents d WHERE d.space = $1 ORDER BY d.doc LIMIT $2)", space, limits::ERASE_ROUND)?;
        erased += db!(tx tx, exec
            "DELETE FROM saves WHERE space = $1 AND doc IN
             (SELECT d.doc FROM documents d WHERE d.space = $1 ORDER BY d.doc LIMIT $2)", space, limits::ERASE_ROUND)?;
        erased += db!(tx tx, exec
            "DELETE FROM views WHERE space = $1 AND doc IN
             (SELECT d.doc FROM documents d WHERE d.space = $1 ORDER BY d.doc LIMIT $2)", space, limits::ERASE_ROUND)?;
        erased += db!(tx tx, exec
            "DELETE FROM documents WHERE space = $1 AND doc IN
             (SELECT d.doc FROM documents d WHERE d.space = $1 ORDER BY d.doc LIMIT $2)", space, limits::ERASE_ROUND)?;
        if erased == 0 {
            db!(tx tx, exec "UPDATE spaces SET erased_at = $2 WHERE space = $1", space, now.0)?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Documents that have been in the trash since before this moment, each with the
    /// owner of its space.
    pub(crate) async fn expired(
        &self,
        before: Millis,
    ) -> Result<Vec<(SpaceId, DocId, UserId)>, StoreError> {
        let rows = db!(
            self,
            all(Uuid, Uuid, Uuid),
            "SELECT v.space, v.doc, s.owner_id FROM views v JOIN spaces s ON s.space = v.space
             WHERE v.deleted_at <= $1 AND s.deleted_at IS NULL AND NOT s.recovering
             ORDER BY v.deleted_at LIMIT $2",
            before.0,
            limits::EXPIRE_ROUND
        )?;
        let ids = |(space, doc, owner)| (SpaceId(space), DocId(doc), UserId(owner));
        Ok(rows.into_iter().map(ids).collect())
    }
}
