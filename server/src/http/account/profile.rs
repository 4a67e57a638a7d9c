//! An account's names, and how much it has.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::UserId;
use umbra_server_macros::operation;

use super::note;
use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::body::Body;
use crate::http::openapi::{DisplayName, SignInName};
use crate::http::problem::{Problem, ProblemCode};
use crate::identity::{Fresh, LoginName, SignedIn, short};
use crate::settings::SystemSettings;
use crate::store::{Quotas, StoreError, Usage, UserEntry};

/// One's own account.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct ProfileBody {
    /// Its id.
    id: UserId,
    /// The sign-in name.
    name: String,
    /// What it is called.
    display_name: String,
    /// Whether it governs accounts and the system.
    admin: bool,
    /// Whether it has a password.
    has_password: bool,
    /// When it was made.
    created_at: i64,
    /// How much there may be; null where there is no bound but the server's own.
    quotas: AmountsBody<Option<u64>>,
    /// How much there is.
    usage: AmountsBody<u64>,
}

/// How much of each.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(in crate::http) struct AmountsBody<T> {
    /// Spaces that one owns, beside the personal one.
    spaces: T,
    /// Documents in the spaces that one owns.
    documents: T,
    /// Bytes of those documents.
    bytes: T,
}

/// Shows one's own account.
#[operation()]
pub(in crate::http) async fn show(
    who: SignedIn,
    State(app): State<App>,
) -> Result<Json<ProfileBody>, Problem> {
    Ok(Json(profile(&app, who.user).await?))
}

/// What changes of a profile.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ProfilePatch {
    /// What the account is called from now on.
    #[schemars(with = "DisplayName")]
    display_name: String,
}

/// Changes what the account is called.
#[operation()]
pub(in crate::http) async fn change(
    who: SignedIn,
    address: ClientAddress,
    State(app): State<App>,
    Body(patch): Body<ProfilePatch>,
) -> Result<Json<ProfileBody>, Problem> {
    let display_name = short(patch.display_name, "display_name")?;
    app.store.rename(who.user, &who.user_name, &display_name).await?;
    note(&app, &who, &address, "profile_change", "ok").await?;
    Ok(Json(profile(&app, who.user).await?))
}

/// A sign-in name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NameBody {
    /// The sign-in name from now on.
    #[schemars(with = "SignInName")]
    name: String,
}

/// Changes the sign-in name. The one before is free for others at once.
#[operation(NameInvalid, NameTaken)]
pub(in crate::http) async fn change_name(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
    Body(new): Body<NameBody>,
) -> Result<Json<ProfileBody>, Problem> {
    let name = LoginName::parse(&new.name)
        .map_err(|bad| Problem::from(ProblemCode::NameInvalid).detail(bad.to_string()))?;
    let renamed = app.store.rename(who.user, name.as_str(), &who.display_name).await;
    renamed.map_err(|error| match error {
        StoreError::Taken => ProblemCode::NameTaken.into(),
        other => Problem::from(other),
    })?;
    note(&app, &who, &address, "name_change", "ok").await?;
    Ok(Json(profile(&app, who.user).await?))
}

pub(super) async fn profile(app: &App, user: UserId) -> Result<ProfileBody, Problem> {
    let entry = app.store.user(user).await?;
    let usage = app.store.usage(user).await?;
    Ok(body(entry, usage, &app.settings.current(&app.store).await?))
}

fn body(entry: UserEntry, usage: Usage, settings: &SystemSettings) -> ProfileBody {
    let Quotas { spaces, documents, bytes } = entry.quotas;
    ProfileBody {
        id: entry.user,
        name: entry.name,
        display_name: entry.display_name,
        admin: entry.admin,
        has_password: entry.has_password,
        created_at: entry.created_at.0,
        quotas: AmountsBody {
            spaces: spaces.or(settings.quota_spaces),
            documents: documents.or(settings.quota_documents),
            bytes: bytes.or(settings.quota_bytes),
        },
        usage: AmountsBody { spaces: usage.spaces, documents: usage.documents, bytes: usage.bytes },
    }
}
