//! From a password to a session.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::{ActorPrefix, DeviceId, Millis, SpaceKind, UserId};
use umbra_sync_protocol::wire::Command;
use uuid::Uuid;

use super::ceremony::Begun;
use super::device_claim::{DeviceClaim, no_such_device};
use super::hasher::{Hasher, HashersBusy, Verified};
use super::name::{BadName, LoginName};
use super::password::{BadPassword, Password, TypedPassword};
use super::second_factor;
use super::token::{Token, TokenKind};
use crate::app::App;
use crate::http::{Problem, ProblemCode};
use crate::limits::{DEVICES_PER_USER_MAX, LOCKOUT, LOGIN_FAILURES_MAX, NAME_CHARS_MAX};
use crate::sequencer::{Rejection, Revocation, Submitter};
use crate::store::{
    Account, Attempt, Device, Lockout, NewSession, Session, SessionKind, StoreError, now,
};

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

/// How somebody proved who they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// They made the account in this very request.
    MadeIt,
    /// By the password of an account that asks for nothing else.
    Password,
    /// By password and one-time code.
    PasswordAndTotp,
    /// By password and recovery code.
    PasswordAndRecoveryCode,
    /// By a passkey.
    Passkey,
    /// By a recovery code, where password sign-in is off.
    RecoveryCode,
}

impl Way {
    /// The name in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MadeIt => "made it",
            Self::Password => "password",
            Self::PasswordAndTotp => "password and one-time code",
            Self::PasswordAndRecoveryCode => "password and recovery code",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery code",
        }
    }
}

/// An account whose owner has proved who they are, with every factor that it asks
/// for. Without one of these, nobody is signed in.
#[derive(Clone, Debug)]
pub struct Proven {
    account: Account,
    way: Way,
}

impl Proven {
    /// Whoever makes an account is its owner.
    pub fn just_made(account: Account) -> Self {
        Self { account, way: Way::MadeIt }
    }

    pub(super) fn by(account: Account, way: Way) -> Self {
        Self { account, way }
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// How it was proved.
    pub fn way(&self) -> Way {
        self.way
    }
}

/// An account whose password was right; which is not enough for all.
#[derive(Debug)]
pub struct RightPassword {
    account: Account,
    key: [u8; 32],
}

/// What a right password leads to.
#[derive(Debug)]
pub enum AfterPassword {
    /// It is enough. The device and the carrier are given back.
    Proven(Proven, DeviceClaim, Carrier),
    /// A second factor is to follow.
    SecondFactorNeeded(UserId, Begun),
}

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

/// Why an account can't be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CannotCreate {
    /// The name can't be one.
    #[error(transparent)]
    Name(#[from] BadName),
    /// The password can't be one.
    #[error(transparent)]
    Password(#[from] BadPassword),
    /// Another text is too long, empty, or holds a control code.
    #[error(transparent)]
    Text(#[from] BadText),
    /// Too many passwords wait to be hashed.
    #[error(transparent)]
    Busy(#[from] HashersBusy),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

/// A short text to show can't be one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0} has 1 to {NAME_CHARS_MAX} characters, none of them a control code")]
pub struct BadText(&'static str);

/// An account to be made, its password hashed.
///
/// # Errors
/// What is wrong with the name or the password, or that the server is busy.
pub async fn prepare_account(
    hasher: &Hasher,
    name: &str,
    password: TypedPassword,
    display_name: Option<String>,
    admin: bool,
) -> Result<Account, CannotCreate> {
    let name = LoginName::parse(name)?;
    let display_name = match display_name {
        Some(text) => short(text, "display_name")?,
        None => name.to_string(),
    };
    let hash = choose_password(hasher, password, &[name.as_str(), &display_name]).await?;
    Ok(Account {
        user: UserId(fresh_id(now()).map_err(|_| CannotCreate::NoRandomness)?),
        name: name.as_str().to_owned(),
        display_name,
        password_hash: Some(hash),
        admin,
        disabled_at: None,
    })
}

/// The hash of a password that somebody with these names chose.
///
/// # Errors
/// What is wrong with the password, or that the server is busy.
pub async fn choose_password(
    hasher: &Hasher,
    password: TypedPassword,
    names: &[&str],
) -> Result<String, CannotCreate> {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    // Judging it keeps a processor busy for a while.
    let judged = tokio::task::spawn_blocking(move || {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        Password::chosen(password.0, &names)
    });
    let password = judged.await.map_err(|_| HashersBusy)??;
    Ok(hasher.hash(password).await?)
}

/// The account of this name, if this is its password. What is done, and how long it
/// takes, is the same whether there is such an account or not.
///
/// # Errors
/// That it is wrong, locked or disabled, or that the server is busy.
pub async fn test_password(
    app: &App,
    name: &str,
    password: TypedPassword,
) -> Result<RightPassword, Problem> {
    // A name that no account can have is one that no account has.
    let name = LoginName::parse(name).map_or_else(|_| name.to_owned(), |it| it.to_string());
    let key = app.store.lookup_key_of(&name);
    let account = app.store.account_named(&name).await?;
    let account = test_password_of(app, &key, account, password).await?;
    if account.disabled_at.is_some() {
        app.store.clear_failures(&key).await?;
        return Err(ProblemCode::AccountDisabled.into());
    }
    Ok(RightPassword { account, key })
}

/// This account, if this is its password. The attempt is counted under the key, and
/// stays so until the caller says otherwise: the password may not be all there is to
/// prove.
///
/// # Errors
/// That it is wrong or locked, or that the server is busy.
pub(super) async fn test_password_of(
    app: &App,
    key: &[u8; 32],
    account: Option<Account>,
    password: TypedPassword,
) -> Result<Account, Problem> {
    let password = Password::typed(password.0)?;
    begin_attempt(app, key).await?;
    let stored = account.as_ref().and_then(|account| account.password_hash.clone());
    let verified = match app.hasher.verify(password.clone(), stored).await {
        Ok(verified) => verified,
        Err(busy) => {
            app.store.take_back_attempt(key).await?;
            return Err(busy.into());
        }
    };
    match (account, verified) {
        (Some(account), Verified::Right { outdated: false }) => Ok(account),
        (Some(account), Verified::Right { outdated: true }) => {
            Ok(rehash(app, account, password).await?)
        }
        (Some(_) | None, Verified::Wrong) | (None, Verified::Right { .. }) => {
            Err(ProblemCode::BadCredentials.into())
        }
    }
}

impl RightPassword {
    /// Goes on: to a session, or to the second factor. Only a whole proof forgets the
    /// failures before it: else whoever knows the password could try codes for ever.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn go_on(
        self,
        app: &App,
        device: DeviceClaim,
        carrier: Carrier,
    ) -> Result<AfterPassword, Problem> {
        let Self { account, key } = self;
        if app.store.factors(account.user).await?.has_totp {
            app.store.take_back_attempt(&key).await?;
            let begun = second_factor::ask(app, &account, device, carrier).await?;
            return Ok(AfterPassword::SecondFactorNeeded(account.user, begun));
        }
        app.store.clear_failures(&key).await?;
        Ok(AfterPassword::Proven(Proven::by(account, Way::Password), device, carrier))
    }
}

impl RightPassword {
    /// It was all that was asked for, of somebody who is signed in already. The failures
    /// before it are forgotten where the account asks for nothing else.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn suffices(self, app: &App) -> Result<(), Problem> {
        if app.store.factors(self.account.user).await?.has_totp {
            Ok(app.store.take_back_attempt(&self.key).await?)
        } else {
            Ok(app.store.clear_failures(&self.key).await?)
        }
    }
}

/// How many failures lock a name, and until when.
pub(super) fn lockout(now: Millis) -> Lockout {
    Lockout { failures: LOGIN_FAILURES_MAX, until: Millis(now.0 + millis(LOCKOUT)) }
}

/// What somebody is told whose name is locked.
pub(super) fn lockout_problem(end: Millis, now: Millis) -> Problem {
    let seconds = u64::try_from((end.0 - now.0) / 1_000 + 1).unwrap_or(1);
    Problem::from(ProblemCode::SignInLocked).retry_after(seconds)
}

/// Counts an attempt under a key before it is made.
pub(super) async fn begin_attempt(app: &App, key: &[u8; 32]) -> Result<(), Problem> {
    let now = now();
    match app.store.begin_sign_in(key, lockout(now), now).await? {
        Attempt::Allowed => Ok(()),
        Attempt::LockedUntil(end) => Err(lockout_problem(end, now)),
    }
}

/// A cheaper hash than new ones is replaced while the password is at hand. If the
/// hashers are busy, that has time until the next sign-in.
async fn rehash(app: &App, mut account: Account, password: Password) -> Result<Account, Problem> {
    if let (Some(old), Ok(new)) = (&account.password_hash, app.hasher.hash(password).await) {
        app.store.rehash_password(account.user, old, &new).await?;
        account.password_hash = Some(new);
    }
    Ok(account)
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
) -> Result<SignIn, Problem> {
    let (account, now) = (&proven.account, now());
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

async fn known_device(app: &App, account: &Account, id: DeviceId) -> Result<Device, Problem> {
    match app.store.device(account.user, id).await? {
        Some(device) if device.revoked_at.is_none() => Ok(device),
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

/// A fresh id: a UUID of version 7, so that rows made together lie together.
///
/// # Errors
/// Where the system gives no random bytes.
pub(crate) fn fresh_id(now: Millis) -> Result<Uuid, getrandom::Error> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    let millis = u64::try_from(now.0).unwrap_or_default();
    Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
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

/// A short text to show, such as a device's name.
pub(crate) fn short(text: String, field: &'static str) -> Result<String, BadText> {
    let fits = (1..=NAME_CHARS_MAX).contains(&text.chars().count());
    if fits && !text.chars().any(char::is_control) { Ok(text) } else { Err(BadText(field)) }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl From<HashersBusy> for Problem {
    fn from(_: HashersBusy) -> Self {
        Self::from(ProblemCode::Busy).retry_after(2)
    }
}

impl From<BadPassword> for Problem {
    fn from(bad: BadPassword) -> Self {
        let code = match bad {
            BadPassword::Weak(_) => ProblemCode::PasswordWeak,
            BadPassword::TooShort | BadPassword::TooLong | BadPassword::HoldsNul => {
                ProblemCode::PasswordInvalid
            }
        };
        Self::from(code).detail(bad.to_string())
    }
}

impl From<BadText> for Problem {
    fn from(bad: BadText) -> Self {
        Self::from(ProblemCode::BodyInvalid).detail(bad.to_string())
    }
}

impl From<CannotCreate> for Problem {
    fn from(error: CannotCreate) -> Self {
        match error {
            CannotCreate::Name(bad) => Self::from(ProblemCode::NameInvalid).detail(bad.to_string()),
            CannotCreate::Password(bad) => bad.into(),
            CannotCreate::Text(bad) => bad.into(),
            CannotCreate::Busy(busy) => busy.into(),
            error @ CannotCreate::NoRandomness => Self::internal(&error),
        }
    }
}

impl From<getrandom::Error> for Problem {
    fn from(error: getrandom::Error) -> Self {
        Self::internal(&error)
    }
}
