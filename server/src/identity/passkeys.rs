//! Passkeys (WebAuthn). The user is always verified, by a fingerprint or a PIN, so a
//! passkey is two factors at once; and it is discoverable, so it needs no name.

use serde::{Deserialize, Serialize};
use umbra_model::{Millis, UserId};
use url::{Host, Url};
use webauthn_rs::prelude::{
    AuthenticationResult, CreationChallengeResponse, DiscoverableAuthentication, Passkey,
    PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    RequestChallengeResponse, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};
use webauthn_rs_proto::ResidentKeyRequirement;

use crate::config::Origin;
use crate::limits::CEREMONY_LIFE;
use crate::store::{Session, StoredPasskey};

/// Passkeys of one origin.
#[derive(Debug)]
pub struct Passkeys(Webauthn);

/// The state of making a passkey.
#[derive(Serialize, Deserialize)]
pub struct Registration(PasskeyRegistration);

/// The state of signing in by whichever passkey comes.
#[derive(Serialize, Deserialize)]
pub struct Discovery(DiscoverableAuthentication);

/// The state of proving that one has a passkey of a certain account.
#[derive(Serialize, Deserialize)]
pub struct Confirmation(PasskeyAuthentication);

/// A passkey isn't accepted.
#[derive(Debug, thiserror::Error)]
pub enum BadPasskey {
    /// Its counter went backwards, as that of a copy does.
    #[error("the passkey's counter went backwards")]
    Copied,
    /// It is not what was asked for.
    #[error(transparent)]
    Refused(WebauthnError),
    /// It isn't one of ours, or not of whom it says.
    #[error("the passkey is unknown")]
    Unknown,
    /// The stored credential can't be read.
    #[error("a stored passkey can't be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// A passkey that was used, to be noted.
pub struct Used {
    /// As it is to be stored from here on.
    pub credential: String,
    /// The authenticator's count.
    pub counter: i64,
}

impl Passkeys {
    /// Passkeys of this origin. `None` where its host is an address and no name, for
    /// which there are no passkeys.
    pub fn at(origin: &Origin) -> Option<Self> {
        let url = Url::parse(origin.as_str()).ok()?;
        let Some(Host::Domain(host)) = url.host() else { return None };
        let builder = WebauthnBuilder::new(host, &url).ok()?;
        builder.rp_name("Umbra").timeout(CEREMONY_LIFE).build().ok().map(Self)
    }

    /// What an authenticator is asked for, to make a passkey. Those that hold one of
    /// the account already are told to decline.
    ///
    /// # Errors
    /// Where a stored passkey can't be read.
    pub fn begin_registration(
        &self,
        who: &Session,
        existing: &[StoredPasskey],
    ) -> Result<(CreationChallengeResponse, Registration), BadPasskey> {
        let exclude = existing.iter().map(|it| it.credential_id.clone()).collect();
        let (mut asked, state) = self.0.start_passkey_registration(
            who.user.0,
            &who.user_name,
            &who.display_name,
            Some(exclude),
        )?;
        // Without it, the passkey could be used only after a name was typed, and which
        // names have one would show.
        let selection = asked.public_key.authenticator_selection.get_or_insert_default();
        selection.resident_key = Some(ResidentKeyRequirement::Required);
        selection.require_resident_key = true;
        Ok((asked, Registration(state)))
    }

    /// The passkey that an authenticator made.
    ///
    /// # Errors
    /// Where it is not what was asked for.
    pub fn finish_registration(
        &self,
        state: &Registration,
        answer: &RegisterPublicKeyCredential,
    ) -> Result<(Vec<u8>, String), BadPasskey> {
        let passkey = self.0.finish_passkey_registration(answer, &state.0)?;
        Ok((passkey.cred_id().clone(), serde_json::to_string(&passkey)?))
    }

    /// What an authenticator is asked for, to sign in whoever it knows.
    ///
    /// # Errors
    /// Where the library fails.
    pub fn begin_discovery(&self) -> Result<(RequestChallengeResponse, Discovery), BadPasskey> {
        let (asked, state) = self.0.start_discoverable_authentication()?;
        Ok((asked, Discovery(state)))
    }

    /// Whom an answer says to be, and by which credential.
    ///
    /// # Errors
    /// Where it says neither.
    pub fn identify<'a>(
        &self,
        answer: &'a PublicKeyCredential,
    ) -> Result<(UserId, &'a [u8]), BadPasskey> {
        let (user, credential) = self.0.identify_discoverable_authentication(answer)?;
        Ok((UserId(user), credential))
    }

    /// Checks an answer against the passkey that it names.
    ///
    /// # Errors
    /// Where it isn't right, or not this user's.
    pub fn finish_discovery(
        &self,
        state: Discovery,
        answer: &PublicKeyCredential,
        stored: &StoredPasskey,
    ) -> Result<Used, BadPasskey> {
        // The library looks at the credential only: whose it is, is for us to see.
        let (user, _) = self.identify(answer)?;
        if user != stored.user {
            return Err(BadPasskey::Unknown);
        }
        let passkey: Passkey = serde_json::from_str(&stored.credential)?;
        let result = self.0.finish_discoverable_authentication_v2(answer, state.0, &passkey)?;
        used(passkey, &result)
    }

    /// What an authenticator is asked for, to prove that one has one of these.
    ///
    /// # Errors
    /// Where none of them can be used, or the library fails.
    pub fn begin_confirmation(
        &self,
        passkeys: &[StoredPasskey],
    ) -> Result<(RequestChallengeResponse, Confirmation), BadPasskey> {
        let usable = passkeys.iter().filter(|it| it.suspect_at.is_none());
        let usable = usable.map(|it| serde_json::from_str(&it.credential));
        let usable = usable.collect::<Result<Vec<Passkey>, _>>()?;
        if usable.is_empty() {
            return Err(BadPasskey::Unknown);
        }
        let (asked, state) = self.0.start_passkey_authentication(&usable)?;
        Ok((asked, Confirmation(state)))
    }

    /// Checks an answer against the passkey that it names.
    ///
    /// # Errors
    /// Where it isn't right, or was none of those that were asked for.
    pub fn finish_confirmation(
        &self,
        state: &Confirmation,
        answer: &PublicKeyCredential,
        stored: &StoredPasskey,
    ) -> Result<Used, BadPasskey> {
        if answer.get_user_unique_id().is_some_and(|it| it != stored.user.as_bytes()) {
            return Err(BadPasskey::Unknown);
        }
        let result = self.0.finish_passkey_authentication(answer, &state.0)?;
        used(serde_json::from_str(&stored.credential)?, &result)
    }
}

/// A passkey that somebody calls so.
pub fn new_passkey(
    id: uuid::Uuid,
    user: UserId,
    name: String,
    (credential_id, credential): (Vec<u8>, String),
    now: Millis,
) -> StoredPasskey {
    StoredPasskey {
        id,
        user,
        credential_id,
        name,
        credential,
        counter: 0,
        created_at: now,
        used_at: None,
        suspect_at: None,
    }
}

fn used(mut passkey: Passkey, result: &AuthenticationResult) -> Result<Used, BadPasskey> {
    // Asked for and checked by the library; without it, it would be one factor only.
    if !result.user_verified() {
        return Err(BadPasskey::Refused(WebauthnError::UserNotVerified));
    }
    passkey.update_credential(result).ok_or(BadPasskey::Unknown)?;
    Ok(Used { credential: serde_json::to_string(&passkey)?, counter: i64::from(result.counter()) })
}

impl From<WebauthnError> for BadPasskey {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::CredentialPossibleCompromise => Self::Copied,
            other => Self::Refused(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_passkeys_where_the_host_has_a_name() {
        for (origin, there) in [
            ("https://umbra.example.org", true),
            ("http://localhost:8000", true),
            ("https://umbra.example.org:8443", true),
            ("https://192.0.2.1", false),
            ("http://[::1]:8000", false),
        ] {
            let origin = Origin::parse(origin).unwrap();
            assert_eq!(Passkeys::at(&origin).is_some(), there, "{origin:?}");
        }
    }
}
