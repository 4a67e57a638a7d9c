//! Spaces, members, commands and purges, in memory.

use umbra_model::SpaceId;
use umbra_sync_protocol::wire::Command;

use super::MemoryTx;
use crate::error::Result;
use crate::store::{CommandRow, MemberRow, PurgeRow, SpaceRow, Spaces};

impl Spaces for MemoryTx {
    async fn spaces(&mut self) -> Result<Vec<SpaceRow>> {
        Ok(self.state.spaces.values().cloned().collect())
    }

    async fn space(&mut self, space: SpaceId) -> Result<Option<SpaceRow>> {
        Ok(self.state.spaces.get(&space).cloned())
    }

    async fn put_space(&mut self, row: &SpaceRow) -> Result<()> {
        self.state.spaces.insert(row.space, row.clone());
        Ok(())
    }

    async fn remove_space(&mut self, space: SpaceId) -> Result<()> {
        self.state.spaces.remove(&space);
        self.state.members.retain(|(its, _), _| *its != space);
        Ok(())
    }

    async fn members(&mut self, space: SpaceId) -> Result<Vec<MemberRow>> {
        let range = self.state.members.range((space, 0)..=(space, u64::MAX));
        Ok(range.map(|(_, row)| row.clone()).collect())
    }

    async fn put_member(&mut self, space: SpaceId, row: &MemberRow) -> Result<()> {
        self.state.members.insert((space, row.seq), row.clone());
        Ok(())
    }

    async fn drop_members_after(&mut self, space: SpaceId, seq: u64) -> Result<()> {
        self.state.members.retain(|(its, at), _| *its != space || *at <= seq);
        Ok(())
    }

    async fn commands(&mut self) -> Result<Vec<CommandRow>> {
        let commands = self.state.commands.iter();
        Ok(commands.map(|(id, command)| CommandRow { id: *id, command: command.clone() }).collect())
    }

    async fn add_command(&mut self, command: &Command) -> Result<u64> {
        let id = self.state.next();
        self.state.commands.insert(id, command.clone());
        Ok(id)
    }

    async fn remove_command(&mut self, id: u64) -> Result<()> {
        self.state.commands.remove(&id);
        Ok(())
    }

    async fn purges(&mut self) -> Result<Vec<PurgeRow>> {
        Ok(self.state.purges.values().cloned().collect())
    }

    async fn add_purge(&mut self, row: &PurgeRow) -> Result<()> {
        self.state.purges.insert(row.order, row.clone());
        Ok(())
    }
}
