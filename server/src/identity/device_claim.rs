//! The device that signs in, and how it carries its token.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::DeviceId;

use super::short_text::{BadText, short};
use crate::http::{Problem, ProblemCode};
use crate::limits::NAME_CHARS_MAX;

/// How the client wants to carry its token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// In the `Authorization` header; for everything that is no browser.
    #[default]
    Bearer,
    /// In a cookie that scripts can't read.
    Cookie,
}

/// The device that signs in: a new one, or one that had signed in before and wants
/// to stay the same, since its unsynced changes carry its prefix.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceClaim {
    /// Which one it was before, if it was.
    pub id: Option<DeviceId>,
    /// What it is to be called.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX))]
    pub name: String,
    /// What it runs, such as `linux` or `web`.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX))]
    pub platform: String,
}

impl DeviceClaim {
    /// Whether its texts can be those of a device.
    ///
    /// # Errors
    /// [`BadText`] names the one that can't.
    pub fn check(self) -> Result<Self, BadText> {
        let name = short(self.name, "device.name")?;
        let platform = short(self.platform, "device.platform")?;
        Ok(Self { id: self.id, name, platform })
    }

    /// The same of one that signs in to an account that is yet to be made, which has no
    /// devices: to be asked before the account is there.
    ///
    /// # Errors
    /// That its texts can't be those of a device, or that it claims to be one of the
    /// account's already.
    pub fn check_first(self) -> Result<Self, Problem> {
        match self.id {
            None => Ok(self.check()?),
            Some(_) => Err(no_such_device()),
        }
    }
}

pub(super) fn no_such_device() -> Problem {
    Problem::from(ProblemCode::NotFound).detail("you have no such device")
}
