//! Folding: a document's changes go into one saved document, and the log's rows
//! keep everything but their bytes.
//!
//! It is safe beside writers and other nodes without stopping them: what is to be
//! saved is made from a snapshot, and written only if nobody folded meanwhile.
//! Changes that came meanwhile stay as they are.

use umbra_model::{DocId, Kind, Millis, SpaceId};
use umbra_sync_protocol::gate::GateDoc;
use uuid::Uuid;

use super::facts::signed;
use super::spaces::parse;
use super::{Content, Store, StoreError, Tx, db, limits};

/// A document that is folded up to some change, to be written.
pub(crate) struct Folded {
    space: SpaceId,
    doc: DocId,
    saved_seq_was: i64,
    saved_seq: i64,
    saved: Vec<u8>,
    changes: u64,
    bytes: usize,
    rest_since: i64,
}

/// A document as it is to be folded.
struct Foldable {
    kind: Kind,
    saved_seq: i64,
    content: Content,
    /// The place, time and size of each chunk.
    chunks: Vec<(i64, i64, usize)>,
}

impl Store {
    /// Documents that are worth folding: those with many changes, some of them old,
    /// and those with large ones.
    pub(crate) async fn foldable(&self, now: Millis) -> Result<Vec<(SpaceId, DocId)>, StoreError> {
        let mut tx = self.snapshot().await?;
        let heavy = db!(tx tx, all (Uuid, Uuid),
            "SELECT space, doc FROM documents WHERE unfolded_bytes >= 131072 ORDER BY space, doc LIMIT $1",
            limits::FOLD_ROUND)?;
        let old = db!(tx tx, all (Uuid, Uuid),
            "SELECT space, doc FROM documents WHERE unfolded >= 16 AND unfolded_since < $1
             ORDER BY unfolded_since LIMIT $2", now.0 - limits::FOLD_AFTER_MILLIS, limits::FOLD_ROUND)?;
        let mut docs: Vec<_> = heavy.into_iter().chain(old).collect();
        docs.sort_unstable();
        docs.dedup();
        Ok(docs.into_iter().map(|(space, doc)| (SpaceId(space), DocId(doc))).collect())
    }

    /// Folds what there is to fold now. Says how many documents it folded. One that
    /// can't be folded stays as it is, and keeps nobody else from it.
    pub(crate) async fn fold(&self, now: Millis) -> Result<usize, StoreError> {
        let mut folded = 0;
        for (space, doc) in self.foldable(now).await? {
            match self.fold_one(space, doc, now).await {
                Ok(done) => folded += usize::from(done),
                Err(StoreError::Corrupt(what)) => tracing::error!(%space, what, "not folded"),
                Err(error) => return Err(error),
            }
        }
        Ok(folded)
    }

    async fn fold_one(&self, space: SpaceId, doc: DocId, now: Millis) -> Result<bool, StoreError> {
        match self.prepare_fold(space, doc, now).await? {
            Some(it) => self.write_fold(it).await,
            None => Ok(false),
        }
    }

    /// Makes the saved document of all changes but the recent ones, which readers who
    /// were away for a moment want one by one; of all, if they are large. Nothing where
    /// there is nothing to fold.
    pub(crate) async fn prepare_fold(
        &self,
        space: SpaceId,
        doc: DocId,
        now: Millis,
    ) -> Result<Option<Folded>, StoreError> {
        let Some(mut it) = self.read_foldable(space, doc).await? else { return Ok(None) };
        let heavy =
            it.chunks.iter().map(|(_, _, bytes)| bytes).sum::<usize>() >= limits::FOLD_BYTES;
        let old = |(_, at, _): &(i64, i64, usize)| heavy || *at < now.0 - limits::FOLD_KEEP_MILLIS;
        let (kind, changes) = (it.kind, it.chunks.partition_point(old));
        let Some((saved_seq, _, _)) = changes.checked_sub(1).map(|last| it.chunks[last]) else {
            return Ok(None);
        };
        it.content.chunks.truncate(changes);
        let saved = tokio::task::spawn_blocking(move || save(kind, &it.content)).await;
        let saved =
            saved.map_err(|error| StoreError::Corrupt(format!("document {doc}: {error}")))?;
        let saved =
            saved.map_err(|error| StoreError::Corrupt(format!("document {doc}: {error}")))?;
        Ok(Some(Folded {
            space,
            doc,
            saved_seq_was: it.saved_seq,
            saved_seq,
            saved,
            changes: changes as u64,
            bytes: it.chunks[..changes].iter().map(|(_, _, bytes)| bytes).sum(),
            rest_since: it.chunks.get(changes).map_or(0, |(_, at, _)| *at),
        }))
    }

    async fn read_foldable(
        &self,
        space: SpaceId,
        doc: DocId,
    ) -> Result<Option<Foldable>, StoreError> {
        let mut tx = self.snapshot().await?;
        let row = db!(tx tx, opt (String, i64),
            "SELECT kind, saved_seq FROM documents WHERE space = $1 AND doc = $2 AND purged_at IS NULL",
            space.0, doc.0)?;
        let Some((kind, saved_seq)) = row else { return Ok(None) };
        let saved = db!(tx tx, maybe Vec<u8>,
            "SELECT bytes FROM saves WHERE space = $1 AND doc = $2", space.0, doc.0)?;
        let rows = db!(tx tx, all (i64, i64, Vec<u8>),
            "SELECT seq, at, chunk FROM log WHERE space = $1 AND doc = $2 AND chunk IS NOT NULL ORDER BY seq",
            space.0, doc.0)?;
        let chunks = rows.iter().map(|(seq, at, chunk)| (*seq, *at, chunk.len())).collect();
        let content = Content { saved, chunks: rows.into_iter().map(|(_, _, it)| it).collect() };
        Ok(Some(Foldable { kind: parse(&kind)?, saved_seq, content, chunks }))
    }

    /// Writes it, unless somebody else folded the document meanwhile, or it is gone.
    pub(crate) async fn write_fold(&self, it: Folded) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        // The same lock that a writer takes, so that the counts are right.
        tx.lock_space(it.space).await?;
        let taken = db!(tx tx, exec
            "UPDATE documents SET saved_seq = $4, saved_bytes = $5, unfolded = unfolded - $6,
                    unfolded_bytes = unfolded_bytes - $7, unfolded_since = $8
             WHERE space = $1 AND doc = $2 AND saved_seq = $3 AND purged_at IS NULL",
            it.space.0, it.doc.0, it.saved_seq_was, it.saved_seq, signed(it.saved.len() as u64)?,
            signed(it.changes)?, signed(it.bytes as u64)?, it.rest_since)?;
        if taken == 0 {
            return Ok(false);
        }
        db!(tx tx, exec
            "INSERT INTO saves (space, doc, bytes) VALUES ($1, $2, $3)
             ON CONFLICT (space, doc) DO UPDATE SET bytes = excluded.bytes",
            it.space.0, it.doc.0, it.saved)?;
        let emptied = db!(tx tx, exec
            "UPDATE log SET chunk = NULL WHERE space = $1 AND doc = $2 AND seq <= $3 AND chunk IS NOT NULL",
            it.space.0, it.doc.0, it.saved_seq)?;
        if emptied != it.changes {
            let what =
                format!("document {}: {} changes folded, {emptied} there", it.doc, it.changes);
            return Err(StoreError::Corrupt(what));
        }
        tx.commit().await?;
        Ok(true)
    }
}

impl Tx {
    async fn lock_space(&mut self, space: SpaceId) -> Result<(), StoreError> {
        db!(tx self, maybe i64,
            pg "SELECT head FROM spaces WHERE space = $1 FOR UPDATE",
            lite "SELECT head FROM spaces WHERE space = $1", space.0)?;
        Ok(())
    }
}

/// Saves the document, and makes sure that what was saved is it.
fn save(kind: Kind, content: &Content) -> Result<Vec<u8>, String> {
    let gate = content.open(kind).map_err(|broken| broken.to_string())?;
    let saved = gate.save();
    let again = GateDoc::open(kind, Some(&saved), []).map_err(|broken| broken.to_string())?;
    if (again.heads(), again.changes_len()) != (gate.heads(), gate.changes_len()) {
        return Err("what was saved isn't what was there".to_owned());
    }
    Ok(saved)
}
