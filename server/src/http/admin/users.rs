//! Accounts, as administrators see and make them.

use axum::extract::State;
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::{Millis, UserId};
use umbra_server_macros::operation;

use super::Note;
use crate::app::App;
use crate::http::body::Body;
use crate::http::id::At;
use crate::http::openapi::{Created, DisplayName, SignInName};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::{Asked, page_rows};
use crate::identity::{Admin, FreshAdmin, LoginName, Token, TokenKind, fresh_id, short};
use crate::limits::{PAGE_ROWS_MAX, QUOTA_MAX, RESET_LIFE, SEARCH_CHARS_MAX};
use crate::store::{Account, Quotas, StoreError, Usage, UserEntry, UserState, now};

/// An account, without anything that opens it or is in its documents.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct UserBody {
    /// Its id.
    id: UserId,
    /// Its sign-in name.
    name: String,
    /// What it is called.
    display_name: String,
    /// Whether it governs accounts and the system.
    admin: bool,
    /// Whether it has a password.
    has_password: bool,
    /// When it was made.
    created_at: i64,
    /// When it was disabled; null where it can sign in.
    disabled_at: Option<i64>,
    /// When one of its devices was last seen, within a minute.
    seen_at: Option<i64>,
    /// Its own quotas.
    quotas: QuotasBody,
}

/// How much an account may have; what is null is as it is set for all.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct QuotasBody {
    /// Spaces that it owns, beside its personal one.
    #[schemars(range(max = QUOTA_MAX))]
    spaces: Option<u64>,
    /// Documents in the spaces that it owns.
    #[schemars(range(max = QUOTA_MAX))]
    documents: Option<u64>,
    /// Bytes of those documents.
    #[schemars(range(max = QUOTA_MAX))]
    bytes: Option<u64>,
}

/// How much an account has.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct UsageBody {
    /// Spaces that it owns, beside its personal one.
    spaces: u64,
    /// Documents in the spaces that it owns.
    documents: u64,
    /// Bytes of those documents.
    bytes: u64,
}

/// Which accounts are asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct UsersQuery {
    /// What is in one of their names, in whatever case.
    #[schemars(length(max = SEARCH_CHARS_MAX))]
    search: Option<String>,
    /// `active`, `disabled` or `admin`.
    state: Option<StateParam>,
    /// Behind this sign-in name: `next` of the page before.
    #[schemars(length(max = SEARCH_CHARS_MAX))]
    after: Option<String>,
    /// How many at most.
    #[schemars(range(min = 1, max = PAGE_ROWS_MAX))]
    limit: Option<u32>,
}

/// Which accounts are asked for, by how they stand.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum StateParam {
    /// Those that can sign in.
    Active,
    /// Those that were disabled.
    Disabled,
    /// Administrators.
    Admin,
}

/// A page of accounts.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct UsersPage {
    /// In the order of their sign-in names.
    users: Vec<UserBody>,
    /// `after` of the next page; null where this is the last.
    next: Option<String>,
}

/// Lists accounts by page, those in whose names the searched text is.
#[operation()]
pub(in crate::http) async fn list(
    _: Admin,
    State(app): State<App>,
    Asked(query): Asked<UsersQuery>,
) -> Result<Json<UsersPage>, Problem> {
    let most = page_rows(query.limit)?;
    let (search, after) = (query.search.unwrap_or_default(), query.after.unwrap_or_default());
    if search.chars().count() > SEARCH_CHARS_MAX || after.chars().count() > SEARCH_CHARS_MAX {
        let text = format!("a text has at most {SEARCH_CHARS_MAX} characters");
        return Err(Problem::from(ProblemCode::QueryInvalid).detail(text));
    }
    let state = query.state.map_or(UserState::Any, |state| match state {
        StateParam::Active => UserState::Active,
        StateParam::Disabled => UserState::Disabled,
        StateParam::Admin => UserState::Admin,
    });
    let users = app.store.users(&after, &search, state, most + 1).await?;
    let page = usize::try_from(most).unwrap_or(usize::MAX);
    let next = (users.len() > page).then(|| users[page - 1].name.clone());
    Ok(Json(UsersPage { users: users.into_iter().take(page).map(body).collect(), next }))
}

/// An account with how much it has.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct UserDetail {
    /// The account.
    user: UserBody,
    /// How much it has.
    usage: UsageBody,
}

/// Shows an account, and how much it has.
#[operation()]
pub(in crate::http) async fn show(
    _: Admin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<Json<UserDetail>, Problem> {
    let entry = app.store.user(user).await?;
    let usage = app.store.usage(user).await?;
    Ok(Json(UserDetail { user: body(entry), usage: usage.into() }))
}

/// An account to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewUserBody {
    /// The sign-in name.
    #[schemars(with = "SignInName")]
    name: String,
    /// What it is called; the sign-in name, where nothing is said.
    #[schemars(with = "Option<DisplayName>")]
    display_name: Option<String>,
    /// Whether it governs accounts and the system.
    #[serde(default)]
    admin: bool,
}

/// A link by which a password is set, once. It is shown only now.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct LinkBody {
    /// What `POST /api/auth/password-reset` takes.
    token: String,
    /// Until when it is good.
    expires_at: i64,
}

/// An account that was made, and how its owner gets in.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct MadeBody {
    /// The account.
    user: UserBody,
    /// By which its owner sets their password: nobody else ever knows it.
    password_link: LinkBody,
}

/// Makes an account for somebody. It has no password; the link that is answered, and
/// shown only now, sets one.
#[operation(NameInvalid, NameTaken)]
pub(in crate::http) async fn create(
    _: FreshAdmin,
    State(app): State<App>,
    Body(new): Body<NewUserBody>,
) -> Result<(Extension<Note>, Created<MadeBody>), Problem> {
    let name = LoginName::parse(&new.name)
        .map_err(|bad| Problem::from(ProblemCode::NameInvalid).detail(bad.to_string()))?;
    let display_name = match new.display_name {
        Some(text) => short(text, "display_name")?,
        None => name.to_string(),
    };
    let user = UserId(fresh_id(now())?);
    let account = Account {
        user,
        name: name.as_str().to_owned(),
        display_name,
        password_hash: None,
        admin: new.admin,
        disabled_at: None,
    };
    app.store.create_account(&account, now()).await.map_err(|error| match error {
        StoreError::Taken => ProblemCode::NameTaken.into(),
        other => Problem::from(other),
    })?;
    let password_link = link(&app, user).await?;
    let made = MadeBody { user: body(app.store.user(user).await?), password_link };
    Ok((Extension(Note::about(user)), Created(made)))
}

/// Gives a link by which the account's password is set, once, within a day. It is shown
/// only now; an earlier one is good no more. The password stays until it is used, and
/// second factors stay.
#[operation()]
pub(in crate::http) async fn reset_password(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
) -> Result<Created<LinkBody>, Problem> {
    Ok(Created(link(&app, user).await?))
}

async fn link(app: &App, user: UserId) -> Result<LinkBody, Problem> {
    let (token, now) = (Token::draw(TokenKind::Reset)?, now());
    let life = i64::try_from(RESET_LIFE.as_millis()).unwrap_or(i64::MAX);
    let expires_at = Millis(now.0 + life);
    app.store.begin_reset(user, &token.hash(), now, expires_at).await?;
    Ok(LinkBody { token: token.expose(), expires_at: expires_at.0 })
}

/// Gives an account quotas of its own; what is null is as it is set for all. What it has
/// already stays.
#[operation()]
pub(in crate::http) async fn set_quotas(
    _: FreshAdmin,
    State(app): State<App>,
    At(user): At<UserId>,
    Body(quotas): Body<QuotasBody>,
) -> Result<(Extension<Note>, Json<QuotasBody>), Problem> {
    let QuotasBody { spaces, documents, bytes } = quotas;
    if [spaces, documents, bytes].into_iter().flatten().any(|quota| quota > QUOTA_MAX) {
        let text = format!("a quota is between 0 and {QUOTA_MAX}");
        return Err(Problem::from(ProblemCode::BodyInvalid).detail(text));
    }
    app.store.set_quotas(user, Quotas { spaces, documents, bytes }).await?;
    let note = Note { subject: None, detail: serde_json::to_string(&quotas).ok() };
    Ok((Extension(note), Json(quotas)))
}

pub(in crate::http) fn body(entry: UserEntry) -> UserBody {
    let Quotas { spaces, documents, bytes } = entry.quotas;
    UserBody {
        id: entry.user,
        name: entry.name,
        display_name: entry.display_name,
        admin: entry.admin,
        has_password: entry.has_password,
        created_at: entry.created_at.0,
        disabled_at: entry.disabled_at.map(|at| at.0),
        seen_at: entry.seen_at.map(|at| at.0),
        quotas: QuotasBody { spaces, documents, bytes },
    }
}

impl From<Usage> for UsageBody {
    fn from(Usage { spaces, documents, bytes }: Usage) -> Self {
        Self { spaces, documents, bytes }
    }
}
