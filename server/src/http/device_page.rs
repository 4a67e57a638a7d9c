//! `/device`: where a person lets a device in. Plain forms, no script: one page asks for
//! the code and, where that isn't known, who is there; one for the second factor of an
//! account that has one; the last shows the device and takes the decision. Nobody is
//! signed in by it: who has just proved who they are gets a ticket, good for this one
//! decision.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::{Deserialize, Serialize};
use umbra_model::{Millis, UserId};

use super::address::ClientAddress;
use super::auth::note;
use super::device_codes::{may_guess, typed};
use super::device_views::{Guest, asking, asking_factor, deciding, denied, let_in, over, said};
use super::form::Form;
use super::journal;
use super::problem::{Problem, ProblemCode};
use crate::app::App;
use crate::identity::{
    AfterPassword, CeremonyToken, Purpose, Refused, Token, TokenKind, TypedCode, TypedFactor,
    TypedPassword, UserCode, Visitor, is_fresh, resume, test_password,
};
use crate::limits::TICKET_LIFE;
use crate::store::{CeremonyKind, Decision, Session, now};

/// A code, and who types it, where that isn't known by their session.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookForm {
    user_code: String,
    name: Option<String>,
    password: Option<TypedPassword>,
}

/// A second factor, of whoever gave the password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FactorForm {
    ceremony: CeremonyToken,
    /// Of an app, or a recovery code: which, its form tells.
    code: TypedCode,
}

/// A decision, by whoever has the ticket.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionForm {
    ticket: String,
    decision: Choice,
}

/// What was chosen.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Approve,
    Deny,
}

/// A look at the device that waits under a code, once the second factor is there.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Look {
    user_code: String,
}

impl Purpose for Look {
    const KIND: CeremonyKind = CeremonyKind::DeviceLook;
}

/// Who is there, as far as they have proved it.
enum Identity {
    Known(UserId, String),
    /// The password was right; the ceremony that a second factor finishes.
    Half(String),
}

/// Asks for the code.
pub(super) async fn ask(
    Visitor(session): Visitor,
    State(app): State<App>,
) -> Result<Html<String>, Problem> {
    Ok(asking(guest(&app, session.as_ref()).await?, "", None))
}

/// Shows the device that waits under the code to whoever has proved who they are.
pub(super) async fn look(
    Visitor(session): Visitor,
    address: ClientAddress,
    State(app): State<App>,
    Form(form): Form<LookForm>,
) -> Result<Response, Problem> {
    let code = form.user_code.clone();
    match look_up(&app, &address, session.as_ref(), form).await {
        Ok(page) => Ok(page.into_response()),
        Err(problem) => {
            let form = asking(guest(&app, session.as_ref()).await?, &code, Some(said(&problem)));
            Ok(answer(problem, form))
        }
    }
}

/// Goes on with the second factor of whoever gave the password.
pub(super) async fn second_factor(
    Visitor(session): Visitor,
    address: ClientAddress,
    State(app): State<App>,
    Form(form): Form<FactorForm>,
) -> Result<Response, Problem> {
    let problem = match prove(&app, &address, &form).await {
        Ok((user, name, Look { user_code })) => {
            match show(&app, &address, user, &name, &user_code).await {
                Ok(page) => return Ok(page.into_response()),
                Err(problem) => problem,
            }
        }
        Err(problem) => problem,
    };
    let goes_on = matches!(
        problem.code,
        ProblemCode::CodeWrong | ProblemCode::RateLimited | ProblemCode::SignInLocked
    );
    let said = Some(said(&problem));
    let page = match goes_on {
        true => asking_factor(form.ceremony.expose(), said),
        false => asking(guest(&app, session.as_ref()).await?, "", said),
    };
    Ok(answer(problem, page))
}

/// Lets the device in, or doesn't.
pub(super) async fn decide(
    Visitor(_): Visitor,
    address: ClientAddress,
    State(app): State<App>,
    Form(form): Form<DecisionForm>,
) -> Response {
    match decide_by(&app, &address, form).await {
        Ok((Choice::Approve, name)) => let_in(&name).into_response(),
        Ok((Choice::Deny, name)) => denied(&name).into_response(),
        Err(problem) => {
            let page = over(said(&problem));
            answer(problem, page)
        }
    }
}

/// As what the page greets whoever is there.
async fn guest<'a>(app: &App, session: Option<&'a Session>) -> Result<Guest<'a>, Problem> {
    Ok(match session {
        None => Guest::Unknown,
        Some(session) if is_fresh(session, now()) => Guest::Fresh(&session.user_name),
        Some(session) if app.store.factors(session.user).await?.passwordless => {
            Guest::Passwordless(&session.user_name)
        }
        Some(session) => Guest::Stale(&session.user_name),
    })
}

async fn look_up(
    app: &App,
    address: &ClientAddress,
    session: Option<&Session>,
    form: LookForm,
) -> Result<Html<String>, Problem> {
    match identify(app, address, session, &form).await? {
        Identity::Known(user, name) => show(app, address, user, &name, &form.user_code).await,
        Identity::Half(ceremony) => Ok(asking_factor(&ceremony, None)),
    }
}

/// Shows the device, with a ticket for the decision.
async fn show(
    app: &App,
    address: &ClientAddress,
    user: UserId,
    name: &str,
    user_code: &str,
) -> Result<Html<String>, Problem> {
    may_guess(app, address, name)?;
    let (ticket, now) = (Token::draw(TokenKind::Ticket)?, now());
    let until = Millis(now.0 + i64::try_from(TICKET_LIFE.as_millis()).unwrap_or(i64::MAX));
    let hash = typed(app, user_code)?;
    let shown = app.store.issue_device_ticket(&hash, &ticket.hash(), user, until, now).await?;
    Ok(deciding(&shown, &ticket, name, user_code))
}

/// Who is there: the session says it while it is fresh, else the password has to.
async fn identify(
    app: &App,
    address: &ClientAddress,
    session: Option<&Session>,
    form: &LookForm,
) -> Result<Identity, Problem> {
    if let Some(session) = session.filter(|session| is_fresh(session, now())) {
        return Ok(Identity::Known(session.user, session.user_name.clone()));
    }
    app.throttle.credential_test(address)?;
    // Nobody should spend a one-time code on a text that is no code at all.
    UserCode::parse(&form.user_code).ok_or(ProblemCode::NotFound)?;
    let name = session.map(|session| session.user_name.clone()).or(form.name.clone());
    let name = name.unwrap_or_default();
    let password = form.password.clone().unwrap_or_else(|| TypedPassword(String::new()));
    let right = match test_password(app, &name, password).await {
        Ok(right) => right,
        Err(refused) => return Err(refuse(app, address, refused).await?),
    };
    match right.go_on(app, Look { user_code: form.user_code.clone() }).await? {
        AfterPassword::Proven(proven, _) => {
            let account = proven.account();
            Ok(Identity::Known(account.user, account.name.clone()))
        }
        AfterPassword::SecondFactorNeeded(user, begun) => {
            note(app, "device_look", "second_factor_needed", Some(user), address).await?;
            Ok(Identity::Half(begun.ceremony))
        }
    }
}

async fn prove(
    app: &App,
    address: &ClientAddress,
    form: &FactorForm,
) -> Result<(UserId, String, Look), Problem> {
    app.throttle.credential_test(address)?;
    match resume(app, &form.ceremony, &TypedFactor::of(form.code.clone())).await {
        Ok((proven, look)) => {
            let account = proven.account();
            Ok((account.user, account.name.clone(), look))
        }
        Err(refused) => Err(refuse(app, address, refused).await?),
    }
}

/// Notes that somebody wasn't let look.
async fn refuse(app: &App, address: &ClientAddress, refused: Refused) -> Result<Problem, Problem> {
    journal::note(app, address, journal::refused(&refused, "device_look")).await?;
    Ok(refused.problem)
}

async fn decide_by(
    app: &App,
    address: &ClientAddress,
    form: DecisionForm,
) -> Result<(Choice, String), Problem> {
    let ticket = Token::parse(TokenKind::Ticket, &form.ticket).ok_or(ProblemCode::NotFound)?;
    let (decision, action) = match form.decision {
        Choice::Approve => (Decision::Approved, "device_approve"),
        Choice::Deny => (Decision::Denied, "device_deny"),
    };
    let (user, name) = app.store.decide_by_ticket(&ticket.hash(), decision, now()).await?;
    note(app, action, "ok", Some(user), address).await?;
    Ok((form.decision, name))
}

/// The answer with the problem's status, and when to come back.
fn answer(problem: Problem, page: Html<String>) -> Response {
    let plain = problem.into_response();
    let mut response = (plain.status(), page).into_response();
    if let Some(later) = plain.headers().get("retry-after") {
        response.headers_mut().insert("retry-after", later.clone());
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        // A form that is shown again; nothing that a browser should ask for by itself.
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    response
}
