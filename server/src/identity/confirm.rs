//! Proving again who one is, while signed in.

use super::password::TypedPassword;
use super::password_test::test_password_of;
use super::second_factor::{self, TypedFactor};
use crate::app::App;
use crate::http::{Problem, ProblemCode};
use crate::store::{Given, Session, now};

/// Confirms a session by its account's password, and by a second factor where the
/// account has one.
///
/// # Errors
/// That it is wrong or locked, or that the second factor is needed as well.
pub async fn confirm_by_password(
    app: &App,
    session: &Session,
    password: TypedPassword,
    factor: Option<TypedFactor>,
) -> Result<(), Problem> {
    // Counted apart from signing in: who has stolen a session guesses no more often
    // than others, and locks nobody out. No name holds the character NUL.
    let key = app.store.lookup_key_of(&format!("\0confirm {}", session.user));
    let account = app.store.account(session.user).await?;
    let account = test_password_of(app, &key, account, password).await?;
    if app.store.factors(account.user).await?.has_totp {
        let Some(factor) = factor else {
            app.store.take_back_attempt(&key).await?;
            return Err(ProblemCode::SecondFactorNeeded.into());
        };
        match second_factor::give(app, account.user, &factor, None).await? {
            Given::Accepted => {}
            Given::Wrong | Given::Over => return Err(ProblemCode::CodeWrong.into()),
        }
    }
    app.store.clear_failures(&key).await?;
    Ok(app.store.refresh_session(session.id, now()).await?)
}
