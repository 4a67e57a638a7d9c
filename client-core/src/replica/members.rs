//! Members and sharing. Who has which role is the server's to say: these
//! commands need the network, but for the list of members.

use umbra_model::{Role, SpaceId, UserId};

use super::spaces::present;
use crate::error::{BadInput, Error, Result};
use crate::replica::{Member, Replica};
use crate::store::{Spaces, Tx};

impl Replica {
    /// The members of a space, as last synced, from the greatest role down.
    ///
    /// # Errors
    /// [`BadInput::NoSpace`] where it isn't here.
    pub async fn members(&self, space: SpaceId) -> Result<Vec<Member>> {
        let mut engine = self.read().await?;
        let row = engine.tx.space(space).await?.ok_or(BadInput::NoSpace(space))?;
        let account = engine.tx.meta().await?.account;
        let me = account.as_ref().map(|account| account.user);
        let rows = engine.tx.members(space).await?;
        let member = |event: &umbra_sync_protocol::wire::MemberEvent| {
            let (user, name) = (event.user, event.name.clone());
            Some(Member { user, name, role: event.role?, me: Some(user) == me })
        };
        let mut members: Vec<Member> =
            present(&rows).into_iter().filter_map(|row| member(&row.event)).collect();
        // The founder is no event of the log, and here before the first sync.
        if let Some(account) = account.filter(|_| members.iter().all(|member| !member.me)) {
            let (user, name) = (account.user, account.name);
            members.push(Member { user, name, role: row.role, me: true });
        }
        members.sort_by(|one, other| (other.role, &one.name).cmp(&(one.role, &other.name)));
        Ok(members)
    }

    /// Lets an account into a space, or changes the role that it has there.
    ///
    /// # Errors
    /// [`Error::Refused`] where the user may not, [`Error::Input`] where there is
    /// no such account, [`Error::Offline`] where the server can't be reached.
    pub async fn share(&self, space: SpaceId, name: &str, role: Role) -> Result<()> {
        self.must_be_synced(space).await?;
        let rest = self.rest().await?;
        if let Some(user) = self.known_member(space, name).await? {
            return match rest.change_member(space, user, role).await {
                // Gone since the last sync.
                Err(Error::Refused(refused)) if refused.code == "not_member" => {
                    rest.add_member(space, name, role).await
                }
                other => other,
            };
        }
        match rest.add_member(space, name, role).await {
            // Here since the last sync.
            Err(Error::Conflict(message)) => match rest.member(space, name).await? {
                Some(user) => rest.change_member(space, user, role).await,
                None => Err(Error::Conflict(message)),
            },
            other => other,
        }
    }

    /// Removes a member. Their devices are ordered to purge the space.
    ///
    /// # Errors
    /// As [`Replica::share`].
    pub async fn unshare(&self, space: SpaceId, name: &str) -> Result<()> {
        self.must_be_synced(space).await?;
        let rest = self.rest().await?;
        let user = match self.known_member(space, name).await? {
            Some(user) => Some(user),
            None => rest.member(space, name).await?,
        };
        let user = user.ok_or_else(|| BadInput::Other(format!("{name} is no member of it")))?;
        rest.remove_member(space, user).await
    }

    /// Leaves a space. The next sync purges it here.
    ///
    /// # Errors
    /// As [`Replica::share`].
    pub async fn leave(&self, space: SpaceId) -> Result<()> {
        self.must_be_synced(space).await?;
        self.rest().await?.leave(space).await
    }

    /// Deletes a space with all that is in it, for everybody. The next sync purges
    /// it here.
    ///
    /// # Errors
    /// As [`Replica::share`].
    pub async fn delete_space(&self, space: SpaceId) -> Result<()> {
        self.must_be_synced(space).await?;
        self.rest().await?.delete_space(space).await
    }

    async fn must_be_synced(&self, space: SpaceId) -> Result<()> {
        if self.space(space).await?.unsynced {
            let text = "the server doesn't know of this space yet; sync first";
            return Err(Error::Conflict(text.to_owned()));
        }
        Ok(())
    }

    async fn known_member(&self, space: SpaceId, name: &str) -> Result<Option<UserId>> {
        let wanted = name.trim().to_lowercase();
        let members = self.members(space).await?.into_iter();
        let mut named = members.filter(|member| member.name.to_lowercase() == wanted);
        Ok(named.next().map(|member| member.user))
    }
}
