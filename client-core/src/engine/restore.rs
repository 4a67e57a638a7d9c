//! When the server was restored from a backup: what it lost is kept, and what
//! this device made of it is given back.
//!
//! A cold start after a restore brings every document as the server has it. What a
//! document here has beyond that is *ahead*: it stays where it is, its own device
//! gives it back with the receipt that proves that it was accepted once, and the
//! devices of others do the same with theirs. A change that builds on one of theirs
//! waits for it. Only where the server can't take a change back as it was, since
//! nobody gave back in time what it builds on, is the document taken back to what the
//! server has, and this device's part of the rest made again.

use std::collections::BTreeSet;

use umbra_model::{DocId, Role, SpaceId};
use umbra_sync_protocol::wire::{ChangeHash, Command};

use super::{Engine, Opened};
use crate::document::{Document, chunk};
use crate::error::{BadInput, Result};
use crate::session::Touched;
use crate::store::{AheadRow, SpaceRow, Tx};

impl<T: Tx> Engine<'_, T> {
    /// Notes what a document has beyond what the server has of it.
    pub(super) async fn note_ahead(&mut self, opened: &Opened, server: &Document) -> Result<()> {
        self.note_ahead_chunks(opened.record.facts.doc, opened.document.beyond(server)?).await
    }

    async fn note_ahead_chunks(&mut self, doc: DocId, chunks: Vec<Vec<u8>>) -> Result<()> {
        let account = self.account().await?;
        let known: Vec<ChangeHash> =
            self.tx.ahead(doc).await?.into_iter().map(|row| row.hash).collect();
        for chunk in chunks {
            let header = chunk::header(&chunk)?;
            if !known.contains(&header.hash) {
                let mine = header.actor[..8] == account.prefix.0;
                let row = AheadRow { order: 0, doc, hash: header.hash, chunk, mine };
                self.tx.add_ahead(&row).await?;
            }
        }
        Ok(())
    }

    /// A cold start has ended: what it didn't bring, the server doesn't have.
    pub(super) async fn end_cold_start(
        &mut self,
        space: &SpaceRow,
        touched: &mut Touched,
    ) -> Result<()> {
        if space.round == 0 {
            return Ok(());
        }
        for doc in self.tx.documents(space.space).await? {
            let Some(record) = self.tx.record(doc).await? else { continue };
            if record.round >= space.round || !record.born {
                continue;
            }
            if let Some(mut opened) = self.open(doc).await? {
                let nothing = Document::new(opened.record.facts);
                self.note_ahead(&opened, &nothing).await?;
                // The `space` document comes with its space.
                opened.record.born = doc == DocId::from(space.space);
                (opened.record.round, opened.record.seq) = (space.round, 0);
                self.keep(opened).await?;
                self.touch(touched, doc).await?;
            }
        }
        Ok(())
    }

    /// Takes a document back to what the server has. What this device had made of the
    /// rest is made again, as new edits before those that are pending; what others
    /// had made goes to the refused tray, to be read or written again.
    pub(super) async fn give_up_ahead(&mut self, doc: DocId) -> Result<()> {
        let rows = self.tx.ahead(doc).await?;
        let Some(mut opened) = self.open(doc).await?.filter(|_| !rows.is_empty()) else {
            return Ok(());
        };
        let with = opened.document.clone();
        let (mine, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.mine);
        let chunks: Vec<Vec<u8>> = mine.iter().map(|row| row.chunk.clone()).collect();
        opened.document.take_up_again(&chunks, !opened.record.born)?;
        let gone: Vec<ChangeHash> = rows.iter().map(|row| row.hash).collect();
        opened.document.forget(&gone)?;
        opened.is_base_new = true;
        let lost = opened.document.lost_from(&with);
        if !others.is_empty() && !lost.is_empty() {
            let label = "what the server lost".to_owned();
            self.shelve_lost(opened.record.facts, label, lost).await?;
        }
        for hash in gone {
            self.tx.remove_ahead(doc, hash).await?;
        }
        self.reissue(opened).await
    }

    /// The owner ends the recovery of a space once this device has given back what
    /// it had. A device that came after the restore has nothing to give back and may
    /// be the first to come, so it leaves that to those that were there before.
    pub(super) async fn end_recoveries(&mut self) -> Result<()> {
        for row in self.tx.spaces().await? {
            let was_there = row.round > 0;
            let is_mine_to_end = row.recovering && row.role == Role::Owner && !row.cold;
            if was_there && is_mine_to_end && self.has_given_back(row.space).await? {
                self.tx.add_command(&Command::Recovered(row.space)).await?;
            }
        }
        Ok(())
    }

    /// The owner ends the recovery of a space without waiting for the devices that
    /// were there before: they are lost, or know nothing that matters.
    ///
    /// # Errors
    /// [`BadInput::NoSpace`] where it isn't here, [`BadInput::Other`] where it isn't
    /// recovering or isn't this account's to end.
    pub async fn end_recovery(&mut self, space: SpaceId) -> Result<()> {
        let row = self.tx.space(space).await?.ok_or(BadInput::NoSpace(space))?;
        if row.role != Role::Owner {
            let text = "only its owner can end the recovery of a space";
            return Err(BadInput::Other(text.to_owned()).into());
        }
        if !row.recovering {
            let text = "it isn't recovering: everybody's edits go through as ever";
            return Err(BadInput::Other(text.to_owned()).into());
        }
        self.tx.add_command(&Command::Recovered(space)).await?;
        Ok(())
    }

    async fn has_given_back(&mut self, space: SpaceId) -> Result<bool> {
        let is_its = |command: &Command| match command {
            Command::CreateSpace(its, _)
            | Command::RestoreMember(_, its, _)
            | Command::Recovered(its) => *its == space,
            Command::SetPrivacy(..) => false,
        };
        if self.tx.commands().await?.iter().any(|row| is_its(&row.command)) {
            return Ok(false);
        }
        for doc in self.tx.documents_ahead(space).await? {
            if !is_given_back(&self.tx.ahead(doc).await?)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether nothing is left of these that this device can give back. What builds on
/// changes of others waits for them, and nobody is kept waiting for that.
fn is_given_back(ahead: &[AheadRow]) -> Result<bool> {
    let (mine, others): (Vec<_>, Vec<_>) = ahead.iter().partition(|row| row.mine);
    let mut missing: BTreeSet<ChangeHash> = others.iter().map(|row| row.hash).collect();
    for row in mine {
        if !chunk::deps(&row.chunk)?.iter().any(|dep| missing.contains(dep)) {
            return Ok(false);
        }
        missing.insert(row.hash);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use umbra_model::{ActorPrefix, Kind, Millis, Privacy, SpaceId, SpaceKind, UserId};

    use super::*;
    use crate::document::{Facts, Me, Stamp};
    use crate::edit::Edit;

    /// Changes of one document, each built on the one before it, by these devices.
    fn chain(by: &[u8]) -> Vec<AheadRow> {
        let (doc, user) = (DocId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        let (space, kind, privacy) = (SpaceId::from_bytes([3; 16]), Kind::Todo, Privacy::Default);
        let facts = Facts { doc, space, kind, creator: user, privacy };
        let mut document = Document::new(facts);
        let mut rows = Vec::new();
        for (at, device) in by.iter().enumerate() {
            let prefix = ActorPrefix([*device; 8]);
            let space = SpaceKind::List;
            let me = Me { user, prefix, space, role: Role::Editor, own_subject: false };
            let stamp = Stamp { made: Millis(0), fresh: [at as u8; 8], group: None };
            document.edit(&me, &[Edit::set("title", at.to_string())], stamp).unwrap();
            let made = document.pending().last().unwrap().clone();
            document.accept(made.hash).unwrap();
            let (hash, chunk, mine) = (made.hash, made.chunk, *device == 0);
            rows.push(AheadRow { order: at as u64, doc, hash, chunk, mine });
        }
        rows
    }

    #[test]
    fn what_waits_for_others_is_as_good_as_given_back() {
        assert!(is_given_back(&chain(&[])).unwrap());
        assert!(is_given_back(&chain(&[1])).unwrap());
        assert!(!is_given_back(&chain(&[0])).unwrap());
        assert!(!is_given_back(&chain(&[0, 1, 0])).unwrap(), "the first can go at once");
        let rest = &chain(&[0, 1, 0, 0])[1..];
        assert!(is_given_back(rest).unwrap(), "directly or not, they wait for the other");
        assert!(!is_given_back(&rest[1..]).unwrap(), "until it is there");
    }
}
