//! What commands work with.

use std::path::PathBuf;

use directories::ProjectDirs;
use umbra_client_core::Replica;
use umbra_model::{SpaceId, UserId};

use crate::cli::Global;
use crate::failure::{Failure, Result};
use crate::look::Look;
use crate::output::Output;

/// What commands work with.
pub struct App<'a> {
    /// Everything that is here.
    pub replica: Replica,
    /// Where answers go.
    pub output: &'a Output,
    /// The server that was named.
    pub server: Option<String>,
}

impl<'a> App<'a> {
    /// Opens the replica.
    pub async fn open(global: &Global, output: &'a Output) -> Result<Self> {
        let dir = data_dir(global)?;
        let zone = output.look.zone.to_string();
        let replica = Replica::open(&dir).await?.in_zone(&zone)?;
        Ok(Self { replica, output, server: global.server.clone() })
    }

    /// Whose replica this is, as a member of this space. That is known without a
    /// sign-in.
    pub async fn me(&self, space: SpaceId) -> Result<UserId> {
        let members = self.replica.members(space).await?;
        members
            .iter()
            .find(|member| member.me)
            .map(|member| member.user)
            .ok_or_else(|| Failure::internal("this replica doesn't know whose it is"))
    }

    /// How things look.
    pub fn look(&self) -> &Look {
        &self.output.look
    }
}

/// Where the replica is kept.
fn data_dir(global: &Global) -> Result<PathBuf> {
    if let Some(dir) = &global.data_dir {
        return Ok(dir.clone());
    }
    let dirs = ProjectDirs::from("", "", "umbra").ok_or_else(|| {
        Failure::usage("there is no home directory to keep the replica in")
            .remedy("Name a directory with --data-dir or UMBRA_DATA_DIR.")
    })?;
    Ok(dirs.data_dir().to_owned())
}
