//! The second factor: a one-time code, or a recovery code in its place.

use std::fmt;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use umbra_model::UserId;

use super::attempts::begin_attempt;
use super::ceremony::{self, Begun, CeremonyToken};
use super::device_claim::{Carrier, DeviceClaim};
use super::name::LoginName;
use super::proof::{Proven, Way};
use super::recovery_code::RecoveryCode;
use super::refused::Refused;
use super::totp::{TotpSecret, context_of};
use crate::app::App;
use crate::http::{Problem, ProblemCode};
use crate::limits::SECOND_FACTOR_ATTEMPTS_MAX;
use crate::store::{Account, Celebrant, CeremonyKind, Given, SecondFactor, now};

/// A code in a request. It doesn't show itself.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(description = "A code as it is typed.")]
pub struct TypedCode(String);

impl TypedCode {
    /// What was typed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TypedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedCode(…)")
    }
}

/// A second factor, as it was typed.
#[derive(Clone, Debug)]
pub enum TypedFactor {
    /// A code of an authenticator app.
    Totp(TypedCode),
    /// A recovery code.
    RecoveryCode(TypedCode),
}

impl TypedFactor {
    /// The one of this form: codes of apps are short, recovery codes aren't.
    pub fn of(code: TypedCode) -> Self {
        if RecoveryCode::parse(code.expose()).is_some() {
            Self::RecoveryCode(code)
        } else {
            Self::Totp(code)
        }
    }
}

/// What goes on once the second factor is there. What was decided with the password
/// can't be changed with the code.
pub trait Purpose: Serialize + DeserializeOwned {
    /// As what it waits: a code finishes that for which it was asked, and nothing else.
    const KIND: CeremonyKind;
}

/// A session is to begin.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The device, as it was claimed with the password.
    pub device: DeviceClaim,
    /// How the client wants to carry its token.
    pub carrier: Carrier,
}

impl Purpose for Entry {
    const KIND: CeremonyKind = CeremonyKind::SecondFactor;
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending<P> {
    purpose: P,
    /// Of which password it was: a change of it ends what was begun with the old one.
    password: String,
}

/// Puts something off until the second factor is there.
///
/// # Errors
/// Where the database fails.
pub(super) async fn ask<P: Purpose>(
    app: &App,
    account: &Account,
    purpose: P,
) -> Result<Begun, Problem> {
    let whose = Celebrant { user: Some(account.user), session: None };
    let pending = Pending { purpose, password: digest_of(account) };
    ceremony::begin(app, P::KIND, whose, &pending).await
}

/// Goes on with what waited for a second factor. Wrong ones count against the ceremony
/// and against the name, like wrong passwords.
///
/// # Errors
/// Why not, and against whom.
pub async fn resume<P: Purpose>(
    app: &App,
    token: &CeremonyToken,
    factor: &TypedFactor,
) -> Result<(Proven, P), Refused> {
    let hash = token.hash().ok_or_else(|| Problem::from(ProblemCode::CeremonyOver))?;
    let (user, pending): (_, Pending<P>) =
        ceremony::attempt(app, P::KIND, &hash, SECOND_FACTOR_ATTEMPTS_MAX).await?;
    let refused = |problem: Problem| Refused { user: Some(user), problem };
    let account = app.store.account(user).await?.filter(|it| digest_of(it) == pending.password);
    let account = account.ok_or_else(|| refused(ProblemCode::CeremonyOver.into()))?;
    let key = app.store.lookup_key_of(&account.name);
    begin_attempt(app, &key).await.map_err(refused)?;
    match give(app, user, factor, Some(&hash)).await.map_err(refused)? {
        Given::Accepted => {}
        Given::Wrong => return Err(refused(ProblemCode::CodeWrong.into())),
        Given::Over => {
            app.store.take_back_attempt(&key).await?;
            return Err(refused(ProblemCode::CeremonyOver.into()));
        }
    }
    app.store.clear_failures(&key).await?;
    if account.disabled_at.is_some() {
        return Err(refused(ProblemCode::AccountDisabled.into()));
    }
    let way = match factor {
        TypedFactor::Totp(_) => Way::PasswordAndTotp,
        TypedFactor::RecoveryCode(_) => Way::PasswordAndRecoveryCode,
    };
    Ok((Proven::by(account, way), pending.purpose))
}

/// Whose recovery code this is, of an account that does without a password. What is
/// done is the same whether there is such an account or not.
///
/// # Errors
/// That something of it is wrong, or that the name is locked; and against whom.
pub async fn prove_by_recovery_code(
    app: &App,
    name: &str,
    code: &TypedCode,
) -> Result<Proven, Refused> {
    let name = LoginName::parse(name).map_or_else(|_| name.to_owned(), |it| it.to_string());
    let user = app.store.account_named(&name).await?.map(|account| account.user);
    let refused = |problem: Problem| Refused { user, problem };
    let key = app.store.lookup_key_of(&name);
    begin_attempt(app, &key).await.map_err(refused)?;
    let wrong = || refused(ProblemCode::BadCredentials.into());
    let code = RecoveryCode::parse(code.expose()).ok_or_else(wrong)?;
    let owner = app.store.use_recovery_code(&name, &code.hash()).await?.ok_or_else(wrong)?;
    app.store.clear_failures(&key).await?;
    let account = app.store.account(owner).await?.filter(|it| it.disabled_at.is_none());
    Ok(Proven::by(account.ok_or_else(wrong)?, Way::RecoveryCode))
}

/// Accepts a second factor, once.
///
/// # Errors
/// Where the server can't tell.
pub(super) async fn give(
    app: &App,
    user: UserId,
    factor: &TypedFactor,
    ceremony: Option<&[u8; 32]>,
) -> Result<Given, Problem> {
    let factor = match factor {
        TypedFactor::Totp(code) => step_of(app, user, code).await?.map(SecondFactor::Step),
        TypedFactor::RecoveryCode(code) => {
            RecoveryCode::parse(code.expose()).map(|code| SecondFactor::RecoveryCode(code.hash()))
        }
    };
    match factor {
        Some(factor) => Ok(app.store.give_second_factor(user, factor, ceremony).await?),
        None => Ok(Given::Wrong),
    }
}

async fn step_of(app: &App, user: UserId, code: &TypedCode) -> Result<Option<i64>, Problem> {
    let Some(sealed) = app.store.totp(user).await? else { return Ok(None) };
    let opened = app.keys.open_sealed(&sealed, &context_of(user));
    let bytes = opened.map_err(|error| Problem::internal(&error))?;
    let secret = TotpSecret::of(&bytes).map_err(|error| Problem::internal(&error))?;
    Ok(secret.step_of(code.expose(), now()))
}

fn digest_of(account: &Account) -> String {
    let hash = account.password_hash.as_deref().unwrap_or_default();
    Sha256::digest(hash).iter().map(|byte| format!("{byte:02x}")).collect()
}
