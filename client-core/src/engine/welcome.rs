//! What the server says of the user and their spaces.

use umbra_model::{Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{Command, Fault, SpaceState, Welcome};

use super::standing::sees_more;
use super::{Engine, violation};
use crate::error::{Error, Result};
use crate::session::{Outcome, Tally, Touched};
use crate::store::{CommandRow, SpaceRow, TrayReason, Tx};

impl SpaceRow {
    /// Whether it was left behind by a restore, as [`Engine::space_is_lost`] leaves it,
    /// and hasn't come back.
    fn was_lost(&self) -> bool {
        self.cold && self.packed_to.is_none() && self.cursor > 0
    }
}

impl<T: Tx> Engine<'_, T> {
    pub(super) async fn welcome(&mut self, welcome: Welcome) -> Result<Outcome> {
        let Welcome { epoch, user, device, prefix, spaces, .. } = welcome;
        let mut meta = self.tx.meta().await?;
        let account = meta.account.as_mut().ok_or_else(|| violation("nobody is signed in here"))?;
        if account.user != user {
            let text =
                format!("this replica is {}'s, and the server took us for another", account.name);
            return Err(Error::Conflict(text));
        }
        (account.device, account.prefix) = (device, prefix);
        let is_restored = meta.epoch.is_some_and(|known| known != epoch);
        meta.epoch = Some(epoch);
        self.tx.put_meta(&meta).await?;

        let mut touched = Touched::default();
        let named: Vec<SpaceId> = spaces.iter().map(|state| state.space).collect();
        for state in spaces {
            self.space_arrives(&state, false, &mut touched).await?;
            if is_restored {
                self.was_there_before(state.space).await?;
            }
        }
        for row in self.tx.spaces().await? {
            // A member asks again, since the owner may have been away, and the space with
            // them.
            let is_lost = is_restored || (row.was_lost() && row.role != Role::Owner);
            if is_lost && !named.contains(&row.space) && !row.unsynced {
                self.space_is_lost(row).await?;
            }
        }
        let Touched { tally, resync, .. } = touched;
        let touched = Touched { tally, resync, ..self.scan(0).await? };
        Ok(Outcome::Welcomed { spaces: named, touched })
    }

    /// A space was gained, or changed for the user, while the connection was live.
    pub(super) async fn space_state(
        &mut self,
        state: SpaceState,
        is_news: bool,
    ) -> Result<Touched> {
        let mut touched = Touched { progress: vec![state.space], ..Touched::default() };
        self.space_arrives(&state, is_news, &mut touched).await?;
        touched.commands = Some(self.tx.commands().await?);
        Ok(touched)
    }

    /// Takes in what the server says of a space. `is_new`: the connection hadn't
    /// heard of it, so all of it comes.
    async fn space_arrives(
        &mut self,
        state: &SpaceState,
        is_new: bool,
        touched: &mut Touched,
    ) -> Result<()> {
        let SpaceState { space, kind, role, head, reset, recovering } = state.clone();
        let held = self.tx.space(space).await?;
        let is_held = held.is_some();
        let before = held.as_ref().map(|row| row.role);
        let mut row = held.unwrap_or_else(|| SpaceRow::gained(space, kind, role));
        let is_cold = reset || is_new || !row.has_cursor();
        if is_cold && is_held {
            self.members_are_lost(space, head).await?;
            row.round += 1;
        }
        if is_cold {
            (row.cold, row.cursor, row.packed_to) = (true, 0, None);
        }
        (row.kind, row.role, row.recovering, row.unsynced) = (kind, role, recovering, false);
        self.tx.put_space(&row).await?;
        touched.tally.expected += head.saturating_sub(row.cursor);
        if !is_cold && before.is_some_and(|before| sees_more(kind, role, before)) {
            self.begin_anew(space, touched).await?;
        }
        Ok(())
    }

    /// A space that came back with a restore, after this device had lost it: with
    /// nothing to give back, the device is none that is new to it.
    async fn was_there_before(&mut self, space: SpaceId) -> Result<()> {
        match self.tx.space(space).await? {
            Some(row) if row.round == 0 => self.tx.put_space(&SpaceRow { round: 1, ..row }).await,
            _ => Ok(()),
        }
    }

    /// The server was restored from a backup that is older than a space, or than the
    /// user's membership. The owner founds it again; its documents follow when its cold
    /// start doesn't bring them. A member shows what proves that they are one. Should
    /// the space come back, it is another log, where the cursor of before says nothing.
    async fn space_is_lost(&mut self, row: SpaceRow) -> Result<()> {
        if row.kind == SpaceKind::Personal {
            return Ok(());
        }
        let is_mine = row.role == Role::Owner;
        if is_mine {
            self.tx.add_command(&Command::CreateSpace(row.space, row.kind)).await?;
        }
        self.give_members_back(row.space, 0).await?;
        if is_mine {
            self.tx.drop_members_after(row.space, 0).await?;
        }
        let row = SpaceRow { unsynced: is_mine, cold: true, packed_to: None, ..row };
        self.tx.put_space(&row).await
    }

    /// Membership events behind the end of the server's log are given back.
    async fn members_are_lost(&mut self, space: SpaceId, head: u64) -> Result<()> {
        self.give_members_back(space, head).await?;
        self.tx.drop_members_after(space, head).await
    }

    async fn give_members_back(&mut self, space: SpaceId, head: u64) -> Result<()> {
        for row in self.tx.members(space).await? {
            if row.seq > head {
                let command = Command::RestoreMember(row.event, space, row.seq);
                if self.tx.commands().await?.iter().all(|row| row.command != command) {
                    self.tx.add_command(&command).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether the server had the space once, or has it now.
    async fn was_here_before(&mut self, space: SpaceId) -> Result<bool> {
        let row = self.tx.space(space).await?;
        Ok(row.is_some_and(|row| !row.unsynced || row.cursor > 0))
    }

    pub(super) async fn answered(
        &mut self,
        row: CommandRow,
        error: Option<Fault>,
    ) -> Result<Touched> {
        self.tx.remove_command(row.id).await?;
        let mut touched =
            Touched { tally: Tally { commands: 1, ..Tally::default() }, ..Touched::default() };
        match (row.command, error) {
            (Command::CreateSpace(space, _), Some(_)) if self.was_here_before(space).await? => {
                // It had been handed over to this account since the backup, and is
                // somebody's. What this account was there is on its way as well.
                if let Some(row) = self.tx.space(space).await? {
                    self.tx.put_space(&SpaceRow { unsynced: false, ..row }).await?;
                }
            }
            (Command::CreateSpace(space, _), Some(fault)) => {
                let mut why = TrayReason::of_refusal(&fault.code, None, None);
                why.message = format!("the server didn't take the space: {}", fault.message);
                self.purge_space(space, &why, &mut touched).await?;
            }
            (Command::CreateSpace(..) | Command::RestoreMember(..), _) => {}
            // It is so here already, and its place in the log says what came after it.
            (Command::SetPrivacy(..), None) => {}
            // How it was before, only the server can tell.
            (Command::SetPrivacy(doc, _), Some(_)) => {
                if let Some(record) = self.tx.record(doc).await?.filter(|record| record.born) {
                    self.begin_anew(record.facts.space, &mut touched).await?;
                }
            }
            (Command::Recovered(space), None) => {
                if let Some(row) = self.tx.space(space).await? {
                    self.tx.put_space(&SpaceRow { recovering: false, ..row }).await?;
                }
                touched.progress.push(space);
            }
            // It is asked again when something happens there, not at once.
            (Command::Recovered(_), Some(_)) => {
                touched.commands = Some(self.tx.commands().await?);
                return Ok(touched);
            }
        }
        self.end_recoveries().await?;
        touched.commands = Some(self.tx.commands().await?);
        touched.refused = self.refused_count().await?;
        Ok(touched)
    }
}
