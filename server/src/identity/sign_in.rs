//! From a password to a session.

use std::time::Duration;

use umbra_model::{ActorPrefix, DeviceId, Millis, SpaceKind};
use umbra_sync_protocol::wire::Command;

use super::device_claim::{Carrier, DeviceClaim, no_such_device};
use super::fresh_id::fresh_id;
use super::proof::Proven;
use super::short_text::short;
use super::token::{Token, TokenKind};
use crate::app::App;
use crate::http::{ClientAddress, Problem, ProblemCode};
use crate::limits::DEVICES_PER_USER_MAX;
use crate::sequencer::{Rejection, Revocation, Submitter};
use crate::store::{Account, Device, NewSession, Session, SessionKind, StoreError, now};

/// What signing in came to.
#[derive(Debug)]
pub struct SignIn {
    /// The new session.
    pub session: Session,
    /// Its token, to be handed out once.
    pub token: Token,
    /// How long a browser keeps it; none where it is no browser's.
    pub life: Option<Duration>,
}

/// Begins a session for whoever has proved who they are.
///
/// # Errors
/// What is wrong with the device, or that the server failed.
pub async fn sign_in(
    app: &App,
    proven: &Proven,
    claim: DeviceClaim,
    carrier: Carrier,
    address: &ClientAddress,
) -> Result<SignIn, Problem> {
    let (account, now) = (proven.account(), now());
    let device = match claim.id {
        Some(id) => known_device(app, account, id).await?,
        None => new_device(app, account, claim, now).await?,
    };
    let settings = app.settings.current(&app.store).await?;
    let (kind, token_kind, life) = match carrier {
        Carrier::Bearer => (SessionKind::Bearer, TokenKind::Device, None),
        Carrier::Cookie => (SessionKind::Cookie, TokenKind::Session, Some(settings.session_life())),
    };
    let token = Token::draw(token_kind)?;
    let new = NewSession {
        id: fresh_id(now)?,
        token_hash: token.hash(),
        user: account.user,
        device: device.device,
        kind,
        expires_at: life.map(|life| Millis(now.0 + millis(life))),
        address: Some(address.ip.to_string()),
        agent: address.agent.summary(),
    };
    for ended in app.store.begin_session(&new, i64::from(settings.sessions_per_user), now).await? {
        app.revoke(Revocation::Session(ended)).await;
    }
    ensure_personal_space(app, account, &device).await?;
    let Some(session) = app.store.session(&token.hash()).await? else {
        // Disabled or revoked in this very moment.
        return Err(ProblemCode::NotSignedIn.into());
    };
    Ok(SignIn { session, token, life })
}

/// The device of this id, if it may sign in.
async fn known_device(app: &App, account: &Account, id: DeviceId) -> Result<Device, Problem> {
    match app.store.device(account.user, id).await? {
        Some(device) if device.revoked_at.is_none() && device.purge_at.is_none() => Ok(device),
        Some(_) => Err(ProblemCode::DeviceRevoked.into()),
        None => Err(no_such_device()),
    }
}

async fn new_device(
    app: &App,
    account: &Account,
    claim: DeviceClaim,
    now: Millis,
) -> Result<Device, Problem> {
    let device = Device {
        device: DeviceId(fresh_id(now)?),
        user: account.user,
        name: short(claim.name, "device.name")?,
        platform: short(claim.platform, "device.platform")?,
        prefix: draw_prefix()?,
        created_at: now,
        seen_at: now,
        revoked_at: None,
        purge_at: None,
        purged_at: None,
    };
    match app.store.create_device(&device, DEVICES_PER_USER_MAX).await {
        Ok(()) => Ok(device),
        Err(StoreError::Taken) => {
            Err(Problem::from(ProblemCode::TooMany).detail("revoke devices that you don't use"))
        }
        Err(other) => Err(other.into()),
    }
}

/// Every account has one. It comes with the first sign-in, since what is in a log
/// was done by a device.
async fn ensure_personal_space(
    app: &App,
    account: &Account,
    device: &Device,
) -> Result<(), Problem> {
    let spaces = app.store.spaces_of(account.user).await?;
    if spaces.iter().any(|space| space.kind == SpaceKind::Personal) {
        return Ok(());
    }
    let by = Submitter {
        user: account.user,
        device: device.device,
        prefix: device.prefix,
        connection: None,
    };
    let space = umbra_model::SpaceId(fresh_id(now())?);
    match app.sequencer.command(by, Command::CreateSpace(space, SpaceKind::Personal)).await {
        Ok(()) | Err(Rejection::PersonalExists) => Ok(()),
        Err(rejection) => Err(rejection.into()),
    }
}

/// Any prefix but that of zeros, which is genesis's. The database keeps them unique.
fn draw_prefix() -> Result<ActorPrefix, getrandom::Error> {
    loop {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)?;
        if ActorPrefix(bytes) != ActorPrefix::GENESIS {
            return Ok(ActorPrefix(bytes));
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl From<getrandom::Error> for Problem {
    fn from(error: getrandom::Error) -> Self {
        Self::internal(&error)
    }
}
