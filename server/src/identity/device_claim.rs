//! What a device says of itself when it signs in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::DeviceId;

use super::sign_in::short;
use crate::http::{Problem, ProblemCode};
use crate::limits::NAME_CHARS_MAX;

/// The device that signs in: a new one, or one that had signed in before and wants
/// to stay the same, since its unsynced changes carry its prefix.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceClaim {
    pub(super) id: Option<DeviceId>,
    #[schemars(length(min = 1, max = NAME_CHARS_MAX))]
    pub(super) name: String,
    #[schemars(length(min = 1, max = NAME_CHARS_MAX))]
    pub(super) platform: String,
}

impl DeviceClaim {
    /// Whether it can sign in to an account that is yet to be made, which has no devices:
    /// to be asked before the account is there.
    ///
    /// # Errors
    /// That its texts can't be those of a device, or that it claims to be one of the
    /// account's already.
    pub fn check_first(&self) -> Result<(), Problem> {
        short(self.name.clone(), "device.name")?;
        short(self.platform.clone(), "device.platform")?;
        match self.id {
            None => Ok(()),
            Some(_) => Err(no_such_device()),
        }
    }
}

pub(super) fn no_such_device() -> Problem {
    Problem::from(ProblemCode::NotFound).detail("you have no such device")
}
