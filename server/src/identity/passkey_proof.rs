//! What a passkey proves: who somebody is, or that they still are.

use serde_json::Value;
use umbra_model::UserId;
use webauthn_rs::prelude::PublicKeyCredential;

use super::ceremony::{self, Begun, CeremonyToken};
use super::passkeys::{BadPasskey, Confirmation, Discovery, Passkeys, Used};
use super::proof::{Proven, Way};
use super::refused::Refused;
use crate::app::App;
use crate::http::{Problem, ProblemCode};
use crate::store::{AuditEvent, Celebrant, CeremonyKind, Session, StoredPasskey, now};

/// A challenge, and the ceremony that its answer finishes.
#[derive(Debug)]
pub struct Challenge {
    /// The ceremony.
    pub begun: Begun,
    /// What the browser is to ask an authenticator for.
    pub options: Value,
}

/// The passkeys of this server.
///
/// # Errors
/// [`ProblemCode::PasskeysUnavailable`] where its origin can't have any.
pub fn passkeys_of(app: &App) -> Result<&Passkeys, Problem> {
    app.passkeys.as_ref().ok_or_else(|| ProblemCode::PasskeysUnavailable.into())
}

/// Challenges whoever comes. Nothing is asked and nothing told.
///
/// # Errors
/// Where there are no passkeys here, or the database fails.
pub async fn challenge_anybody(app: &App) -> Result<Challenge, Problem> {
    let (options, state) = passkeys_of(app)?.begin_discovery()?;
    let whose = Celebrant::default();
    let begun = ceremony::begin(app, CeremonyKind::PasskeySignIn, whose, &state).await?;
    Ok(Challenge { begun, options: as_json(&options)? })
}

/// Whose passkey answered the challenge. Why it wasn't accepted, only the log tells.
///
/// # Errors
/// Why not, and against whom.
pub async fn prove_by_passkey(
    app: &App,
    token: &CeremonyToken,
    answer: &PublicKeyCredential,
) -> Result<Proven, Refused> {
    let passkeys = passkeys_of(app)?;
    let whose = Celebrant::default();
    let state: Discovery = ceremony::take(app, CeremonyKind::PasskeySignIn, whose, token).await?;
    let (_, credential) = passkeys.identify(answer).map_err(Problem::from)?;
    let stored = app.store.passkey_of(credential).await?;
    let stored = stored.ok_or_else(|| Problem::from(BadPasskey::Unknown))?;
    let user = stored.user;
    let refused = |problem: Problem| Refused { user: Some(user), problem };
    let used = passkeys.finish_discovery(state, answer, &stored);
    note_use(app, &stored, used).await.map_err(refused)?;
    let account = app.store.account(user).await?;
    let account = account.ok_or_else(|| Problem::from(BadPasskey::Unknown))?;
    if account.disabled_at.is_some() {
        return Err(refused(ProblemCode::AccountDisabled.into()));
    }
    Ok(Proven::by(account, Way::Passkey))
}

/// Challenges somebody who is signed in, for one of the kinds of ceremonies that ask
/// for a passkey of theirs.
///
/// # Errors
/// Where they have none, or the database fails.
pub async fn challenge(app: &App, who: &Session, kind: CeremonyKind) -> Result<Challenge, Problem> {
    let stored = app.store.passkeys(who.user).await?;
    let (options, state) = match passkeys_of(app)?.begin_confirmation(&stored) {
        Err(BadPasskey::Unknown) => return Err(ProblemCode::NoPasskey.into()),
        other => other?,
    };
    let begun = ceremony::begin(app, kind, who.into(), &state).await?;
    Ok(Challenge { begun, options: as_json(&options)? })
}

/// Checks the answer of somebody who is signed in.
///
/// # Errors
/// Where it isn't right, or the ceremony is over.
pub async fn answer(
    app: &App,
    who: &Session,
    kind: CeremonyKind,
    token: &CeremonyToken,
    answer: &PublicKeyCredential,
) -> Result<(), Problem> {
    let state: Confirmation = ceremony::take(app, kind, who.into(), token).await?;
    let stored = own(app, who.user, answer).await?;
    let used = passkeys_of(app)?.finish_confirmation(&state, answer, &stored);
    note_use(app, &stored, used).await
}

async fn own(
    app: &App,
    user: UserId,
    answer: &PublicKeyCredential,
) -> Result<StoredPasskey, Problem> {
    let stored = app.store.passkey_of(answer.get_credential_id()).await?;
    let stored = stored.filter(|it| it.user == user);
    stored.ok_or_else(|| BadPasskey::Unknown.into())
}

/// Notes that a passkey was used, or that there seems to be a copy of it.
async fn note_use(
    app: &App,
    stored: &StoredPasskey,
    used: Result<Used, BadPasskey>,
) -> Result<(), Problem> {
    let used = match used {
        Ok(used) => used,
        Err(bad) => {
            if matches!(bad, BadPasskey::Copied) {
                app.store.suspect_passkey(stored.id, now()).await?;
                let event = AuditEvent {
                    subject: Some(stored.user),
                    detail: Some(stored.id.to_string()),
                    ..AuditEvent::new("passkey_suspect", "ok")
                };
                app.store.audit(&event, now()).await?;
            }
            return Err(bad.into());
        }
    };
    let Used { credential, counter } = used;
    if app.store.use_passkey(stored.id, &credential, counter, now()).await? {
        Ok(())
    } else {
        // Suspect or removed, or its counter was seen already: by another answer that
        // was given in the same moment.
        Err(BadPasskey::Unknown.into())
    }
}

pub(super) fn as_json(options: &impl serde::Serialize) -> Result<Value, Problem> {
    serde_json::to_value(options).map_err(|error| Problem::internal(&error))
}

impl From<BadPasskey> for Problem {
    fn from(bad: BadPasskey) -> Self {
        match bad {
            error @ BadPasskey::Unreadable(_) => Self::internal(&error),
            error => {
                tracing::info!(%error, "a passkey was refused");
                ProblemCode::PasskeyRefused.into()
            }
        }
    }
}
