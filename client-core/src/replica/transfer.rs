//! Much at once: import and export.

use serde_json::{Value as Json, json};
use umbra_model::schema::{self, Write};
use umbra_model::{DocId, Kind};

use super::AtWork;
use crate::edit::Edit;
use crate::engine::{NewDocument, Part};
use crate::error::Result;
use crate::replica::{Filter, Import, Imported, Progress, Replica, Trash};
use crate::store::{Documents, Query, Tx};

/// After how many documents an import tells how far it has come.
const REPORT_EVERY: usize = 100;

impl Replica {
    /// Makes or updates many documents in one transaction: all of them or, on an
    /// error, none. Importing the same again changes nothing. It is one step for
    /// undo.
    ///
    /// # Errors
    /// As [`Replica::create`].
    pub async fn import(
        &self,
        batch: Vec<Import>,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Imported> {
        let mut engine = self.write().await?;
        let part = engine.step(false).await?;
        let total = batch.len() as u64;
        let mut imported = Imported::default();
        for (at, import) in batch.into_iter().enumerate() {
            if at % REPORT_EVERY == 0 {
                progress(Progress::Imported { done: at as u64, total });
            }
            let doc = match known(&mut engine, &import).await? {
                Some(doc) => {
                    let mut again = import.edits;
                    again.retain(|edit| !is_once(import.kind, edit));
                    let is_new = engine.edit(part, doc, &again).await?;
                    *(if is_new { &mut imported.updated } else { &mut imported.unchanged }) += 1;
                    doc
                }
                None => {
                    imported.created += 1;
                    create(&mut engine, part, import).await?
                }
            };
            imported.documents.push(doc);
        }
        engine.tx.commit().await?;
        progress(Progress::Imported { done: total, total });
        Ok(imported)
    }

    /// Everything here in plain JSON: account, spaces with members, documents with
    /// all their fields, and the refused tray.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn export(&self) -> Result<Json> {
        let mut spaces = Vec::new();
        for space in self.spaces().await? {
            let members = self.members(space.id).await?;
            let filter = Filter { spaces: vec![space.id], trash: Trash::With, ..Filter::default() };
            let documents = self.list(&filter).await?;
            spaces.push(json!({ "space": space, "members": members, "documents": documents }));
        }
        let account = self.account().await?;
        Ok(json!({ "account": account, "spaces": spaces, "refused": self.refused().await? }))
    }
}

/// The document that an import is about, if it is here.
async fn known(engine: &mut AtWork, import: &Import) -> Result<Option<DocId>> {
    if engine.tx.row(import.doc).await?.is_some() {
        return Ok(Some(import.doc));
    }
    let Some(uid) = &import.uid else { return Ok(None) };
    let query = Query::of_uid(import.space, import.kind, uid);
    Ok(engine.tx.list(&query).await?.first().map(|row| row.facts.doc))
}

async fn create(engine: &mut AtWork, part: Part, import: Import) -> Result<DocId> {
    let Import { doc, space, kind, uid, privacy, mut edits } = import;
    let says_uid = edits.iter().any(|edit| edit.field() == "uid");
    edits.extend(uid.filter(|_| !says_uid).map(|uid| Edit::set("uid", uid)));
    engine.create(part, NewDocument { doc, space, kind, privacy, edits }).await?;
    Ok(doc)
}

/// Whether a field keeps its first value.
fn is_once(kind: Kind, edit: &Edit) -> bool {
    schema::spec(kind).field(edit.field()).is_some_and(|field| field.write == Write::Once)
}
