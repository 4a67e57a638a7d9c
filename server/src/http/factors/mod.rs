//! Second factors, passkeys, and proving anew who one is.

pub(super) mod confirm;
pub(super) mod passkeys;
pub(super) mod passwordless;
pub(super) mod recovery;
pub(super) mod second_step;
pub(super) mod security;
pub(super) mod totp;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::openapi::Anything;
use crate::identity::{Begun, Challenge};

/// What a browser is to ask an authenticator for, and the ceremony that the answer
/// finishes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Challenge")]
pub(super) struct ChallengeBody {
    #[serde(flatten)]
    begun: Begun,
    /// The argument of `navigator.credentials.get` or `.create`, in JSON.
    #[schemars(with = "Anything")]
    options: Value,
}

impl From<Challenge> for ChallengeBody {
    fn from(challenge: Challenge) -> Self {
        Self { begun: challenge.begun, options: challenge.options }
    }
}
