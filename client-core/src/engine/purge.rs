//! Removing what the user may no longer see, by order. What they wrote and the
//! server never judged is rescued first.

use umbra_model::{DocId, SpaceId};
use umbra_sync_protocol::wire::{Command, PurgeOrder};

use super::Engine;
use crate::document::Dropped;
use crate::error::Result;
use crate::session::{Outcome, Tally, Touched};
use crate::store::{PurgeRow, TrayReason, Tx};

impl<T: Tx> Engine<'_, T> {
    pub(super) async fn purge(&mut self, order: PurgeOrder) -> Result<Outcome> {
        let PurgeOrder { order, space, doc, reason } = order;
        let why = TrayReason::of_purge(&reason);
        let mut touched = Touched::default();
        match doc {
            Some(doc) => self.purge_document(doc, &why, &mut touched).await?,
            None => self.purge_space(space, &why, &mut touched).await?,
        }
        let at = self.env.now;
        self.tx.add_purge(&PurgeRow { order, space, doc, reason, at }).await?;
        touched.commands = Some(self.tx.commands().await?);
        touched.refused = self.refused_count().await?;
        touched.tally = Tally { purged: 1, ..touched.tally };
        Ok(Outcome::Purged { order, space: doc.is_none().then_some(space), touched })
    }

    pub(super) async fn purge_space(
        &mut self,
        space: SpaceId,
        why: &TrayReason,
        touched: &mut Touched,
    ) -> Result<()> {
        for doc in self.tx.documents(space).await? {
            self.purge_document(doc, why, touched).await?;
        }
        for row in self.tx.commands().await? {
            let is_its = match row.command {
                Command::CreateSpace(its, _)
                | Command::RestoreMember(_, its, _)
                | Command::Recovered(its) => its == space,
                Command::SetPrivacy(..) => false,
            };
            if is_its {
                self.tx.remove_command(row.id).await?;
            }
        }
        self.tx.remove_space(space).await
    }

    /// The log says that a document is gone for good.
    pub(super) async fn is_purged(&mut self, doc: DocId, touched: &mut Touched) -> Result<()> {
        self.purge_document(doc, &TrayReason::of_purge("purged"), touched).await?;
        touched.refused = self.refused_count().await?;
        Ok(())
    }

    pub(super) async fn purge_document(
        &mut self,
        doc: DocId,
        why: &TrayReason,
        touched: &mut Touched,
    ) -> Result<()> {
        let Some(record) = self.tx.record(doc).await? else { return Ok(()) };
        let facts = record.facts;
        let dropped = match self.open(doc).await {
            Ok(Some(mut opened)) => opened.document.drop_pending(),
            // Damaged or not, what the person wrote is rescued.
            _ => {
                let edits = self.tx.pending(doc).await?.into_iter();
                edits.map(|edit| Dropped { edit, denied: None }).collect()
            }
        };
        touched.tally.refused += if record.born {
            self.shelve(facts, dropped, why).await?
        } else {
            self.shelve_whole(facts, dropped, why.clone()).await?
        };
        for row in self.tx.commands().await? {
            if matches!(row.command, Command::SetPrivacy(its, _) if its == doc) {
                self.tx.remove_command(row.id).await?;
            }
        }
        self.tx.remove_record(doc).await?;
        touched.outbox.push((doc, Vec::new()));
        Ok(())
    }
}
