//! Taking back one's own edits, and making them again.

use umbra_model::value::{Cluster, Stamp as Deed};
use umbra_model::{DocId, schema};

use super::Engine;
use super::local::Part;
use crate::edit::{Edit, Value};
use crate::error::{BadInput, Error, Result};
use crate::store::{Stack, Tx, UndoRow};

/// A step that was taken back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TakenBack {
    /// What it was, in a few words.
    pub label: String,
    /// The documents that it touched.
    pub documents: Vec<DocId>,
    /// How many of its parts were left alone, because somebody has changed the
    /// same thing since.
    pub skipped: u32,
}

impl<T: Tx> Engine<'_, T> {
    /// Takes back the latest step of a stack. What that does is itself a step, of
    /// the other stack. No documents: others have changed all that it touched since.
    ///
    /// # Errors
    /// [`BadInput::NothingTo`] where there is none, [`Error::Refused`] where the gate
    /// would refuse it.
    pub async fn take_back(&mut self, stack: Stack) -> Result<TakenBack> {
        let verb = if stack == Stack::Undo { "undo" } else { "redo" };
        let rows = self.tx.last_step(stack).await?;
        let Some(first) = rows.last().cloned() else {
            return Err(BadInput::NothingTo(verb).into());
        };
        let step = self.tx.fresh_number().await?;
        let part = Part { step, group: None };
        let other = if stack == Stack::Undo { Stack::Redo } else { Stack::Undo };
        let mut taken = TakenBack { label: first.label.clone(), documents: Vec::new(), skipped: 0 };
        if rows.len() > 1 {
            taken.label = format!("{} and {} more", first.label, rows.len() - 1);
        }
        for row in rows {
            if let Some(skipped) = self.take_back_one(part, other, &row).await? {
                taken.skipped += skipped;
                taken.documents.push(row.doc);
            }
        }
        self.tx.remove_step(stack, first.step).await?;
        taken.documents.dedup();
        Ok(taken)
    }

    /// `None` where nothing of it is left to take back.
    async fn take_back_one(
        &mut self,
        part: Part,
        other: Stack,
        row: &UndoRow,
    ) -> Result<Option<u32>> {
        let Ok((mut opened, me)) = self.open_mine(row.doc).await else { return Ok(None) };
        let stamp = self.stamp(part);
        let skipped = if row.creates {
            // What came into being isn't unmade but put into the trash.
            if schema::spec(opened.record.facts.kind).field("deletedAt").is_none() {
                return Ok(None);
            }
            let deed =
                Deed { at: self.env.now, by: me.user }.canonical().map_err(Error::internal)?;
            let trash = Edit::set("deletedAt", Value::Str(deed));
            opened.document.edit(&me, &[trash], stamp)?.then_some(0)
        } else {
            opened.document.take_back(&me, row.hash, &row.intents, stamp)?
        };
        if skipped.is_some() {
            self.store_edit(part, opened, other).await?;
        }
        Ok(skipped)
    }
}
