//! The end of an account.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;
use umbra_model::{Role, SpaceId, SpaceKind, UserId};
use umbra_server_macros::operation;

use super::note;
use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::body::Body;
use crate::http::problem::{Problem, ProblemCode};
use crate::identity::{Fresh, LoginName, SignedIn};
use crate::limits::BEQUESTS_MAX;
use crate::sequencer::{Governance, Revocation, Submitter};
use crate::store::{OwnedSpace, Remains, StoreError, now};

/// The end of an account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct DeletionBody {
    /// The sign-in name, typed to confirm.
    confirm: String,
    /// What becomes of each space that one owns and others are in.
    #[serde(default)]
    spaces: BTreeMap<SpaceId, Bequest>,
}

/// What becomes of a space.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum Bequest {
    /// This member owns it from then on.
    Heir(UserId),
    /// It is deleted, and every device that holds it is ordered to remove it.
    Delete,
}

/// Deletes one's own account. What nobody else is in is deleted with it, the personal
/// space and the others; of what others are in, it has to be said what becomes. One
/// leaves the spaces of others. What opened the account is erased, and its names; the
/// logs keep its id.
///
/// Where a space can't be handed over, nothing is deleted; what was handed over before it
/// stays so.
#[operation(
    ConfirmationWrong,
    HeirNeeded,
    NotMember,
    NoSuchUser,
    LastAdmin,
    RoleTooWeak,
    NotFound,
    SpaceRecovering,
    Busy
)]
pub(in crate::http) async fn delete(
    Fresh(who): Fresh,
    address: ClientAddress,
    State(app): State<App>,
    Body(body): Body<DeletionBody>,
) -> Result<NoContent, Problem> {
    let typed = LoginName::parse(&body.confirm);
    if !typed.is_ok_and(|typed| typed.as_str() == who.user_name) {
        return Err(ProblemCode::ConfirmationWrong.into());
    }
    if app.store.is_last_admin(who.user).await? {
        return Err(ProblemCode::LastAdmin.into());
    }
    let owned = app.store.owned_spaces(who.user).await?;
    check(&owned, &body.spaces)?;
    let by = SignedIn(who.clone()).submitter();
    for (space, bequest) in &body.spaces {
        if let Bequest::Heir(heir) = bequest {
            app.sequencer.govern(by, Governance::Transfer(*space, *heir)).await?;
        }
    }
    let key = app.store.lookup_key_of(&who.user_name);
    app.store.bury(who.user, &key, now()).await.map_err(|error| match error {
        // It was there a moment ago, so somebody else has gone in between.
        StoreError::Missing => ProblemCode::LastAdmin.into(),
        other => Problem::from(other),
    })?;
    note(&app, &who, &address, "account_delete", "ok").await?;
    close_spaces(&app, who.user).await?;
    // Last, so that devices that are there are told to remove what they hold.
    app.revoke(Revocation::User(who.user)).await;
    Ok(NoContent)
}

/// Whether it was said of each space that others are in what becomes of it, and of
/// nothing else.
fn check(owned: &[OwnedSpace], said: &BTreeMap<SpaceId, Bequest>) -> Result<(), Problem> {
    if said.len() > BEQUESTS_MAX {
        let text = format!("spaces has at most {BEQUESTS_MAX} entries");
        return Err(Problem::from(ProblemCode::BodyInvalid).detail(text));
    }
    let ours = |space: &SpaceId| {
        owned.iter().any(|it| it.space == *space && it.kind != SpaceKind::Personal)
    };
    if let Some(other) = said.keys().find(|space| !ours(space)) {
        let text = format!("{other} is no shared space that you own");
        return Err(Problem::from(ProblemCode::BodyInvalid).detail(text));
    }
    let unsaid = owned.iter().filter(|it| it.shared && !said.contains_key(&it.space));
    let unsaid: Vec<_> = unsaid.map(|it| it.space.to_string()).collect();
    if unsaid.is_empty() {
        return Ok(());
    }
    Err(Problem::from(ProblemCode::HeirNeeded).detail(unsaid.join(" ")))
}

/// Deletes what the account owned and leaves the rest. Should this be interrupted, the
/// housekeeping goes on with it.
async fn close_spaces(app: &App, user: UserId) -> Result<(), Problem> {
    let by = Submitter::unattended(user);
    loop {
        let remains = app.store.remains(Some(user)).await?;
        if remains.is_empty() {
            return Ok(());
        }
        for Remains { space, role, .. } in remains {
            let what = match role {
                Role::Owner => Governance::Close(space),
                _ => Governance::Leave(space),
            };
            app.sequencer.govern(by, what).await?;
            if role == Role::Owner {
                app.hub.lost_by_all(space).await;
            }
        }
    }
}
