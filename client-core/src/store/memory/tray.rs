//! The refused tray and what can be taken back, in memory.

use std::collections::BTreeSet;

use umbra_model::DocId;
use umbra_sync_protocol::wire::ChangeHash;

use super::MemoryTx;
use crate::error::Result;
use crate::store::{Stack, Tray, TrayRow, UndoRow};

impl Tray for MemoryTx {
    async fn tray(&mut self) -> Result<Vec<TrayRow>> {
        Ok(self.state.tray.values().cloned().collect())
    }

    async fn add_tray(&mut self, row: &TrayRow) -> Result<u64> {
        let id = self.state.next();
        self.state.tray.insert(id, TrayRow { id, ..row.clone() });
        Ok(id)
    }

    async fn remove_tray(&mut self, id: u64) -> Result<bool> {
        Ok(self.state.tray.remove(&id).is_some())
    }

    async fn last_step(&mut self, stack: Stack) -> Result<Vec<UndoRow>> {
        let rows = || self.state.undo.values().filter(|row| row.stack == stack);
        let step = rows().map(|row| row.step).max();
        Ok(rows().filter(|row| Some(row.step) == step).rev().cloned().collect())
    }

    async fn push_undo(&mut self, row: &UndoRow) -> Result<()> {
        let id = self.state.next();
        self.state.undo.insert(id, UndoRow { id, ..row.clone() });
        Ok(())
    }

    async fn remove_step(&mut self, stack: Stack, step: u64) -> Result<()> {
        self.state.undo.retain(|_, row| row.stack != stack || row.step != step);
        Ok(())
    }

    async fn trim_undo(&mut self, steps_max: u32) -> Result<()> {
        self.state.undo.retain(|_, row| row.stack == Stack::Undo);
        let steps: BTreeSet<u64> = self.state.undo.values().map(|row| row.step).collect();
        let kept: BTreeSet<u64> = steps.into_iter().rev().take(steps_max as usize).collect();
        self.state.undo.retain(|_, row| kept.contains(&row.step));
        Ok(())
    }

    async fn rename_undo(
        &mut self,
        doc: DocId,
        from: ChangeHash,
        to: Option<ChangeHash>,
    ) -> Result<()> {
        let is_it = |row: &UndoRow| row.doc == doc && row.hash == from;
        match to {
            None => self.state.undo.retain(|_, row| !is_it(row)),
            Some(to) => {
                self.state.undo.values_mut().filter(|row| is_it(row)).for_each(|it| it.hash = to);
            }
        }
        Ok(())
    }
}
