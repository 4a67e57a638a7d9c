//! Spaces.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::{Role, SpaceId, SpaceKind};
use umbra_server_macros::operation;
use umbra_sync_protocol::wire::{Command, SpaceState};

use super::body::Body;
use super::id::At;
use super::openapi::Created;
use super::problem::{Problem, ProblemCode};
use crate::app::App;
use crate::identity::{Reads, SignedIn, Writes, fresh_id};
use crate::sequencer::Governance;
use crate::store::now;

/// A space, as the caller has it.
#[derive(Serialize, JsonSchema)]
pub(super) struct SpaceBody {
    id: SpaceId,
    kind: SpaceKind,
    role: Role,
    head: u64,
    recovering: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateBody {
    /// The client's choice, so that repeating the request is harmless.
    id: Option<SpaceId>,
    kind: SpaceKind,
}

/// The spaces that the caller has; by a token, as far as its scope reaches.
#[operation()]
pub(super) async fn list(
    Reads(who): Reads,
    State(app): State<App>,
) -> Result<Json<Vec<SpaceBody>>, Problem> {
    let spaces = app.store.spaces_of(who.user).await?.into_iter();
    Ok(Json(spaces.filter(|space| who.reaches(space.kind)).map(body).collect()))
}

/// One space that the caller has.
#[operation()]
pub(super) async fn show(
    Reads(who): Reads,
    State(app): State<App>,
    At(space): At<SpaceId>,
) -> Result<Json<SpaceBody>, Problem> {
    let state = app.store.space_of(who.user, space).await?;
    if !who.reaches(state.kind) {
        return Err(ProblemCode::NotFound.into());
    }
    Ok(Json(body(state)))
}

/// Makes a space that the caller owns. Its name is in its document, as everything
/// that people write together is.
#[operation(Taken, PersonalExists, TooMany, QuotaExceeded, Busy)]
pub(super) async fn create(
    Writes(who): Writes,
    State(app): State<App>,
    Body(new): Body<CreateBody>,
) -> Result<Created<SpaceBody>, Problem> {
    who.must_reach(new.kind)?;
    let space = match new.id {
        Some(id) => id,
        None => SpaceId(fresh_id(now())?),
    };
    app.sequencer.command(who.submitter(), Command::CreateSpace(space, new.kind)).await?;
    let state = app.store.space_of(who.user, space).await?;
    Ok(Created(body(state)))
}

/// Deletes a space with all that is in it. Devices that hold it are ordered to
/// remove it.
#[operation(RoleTooWeak, SpaceRecovering, Busy)]
pub(super) async fn delete(
    who: SignedIn,
    State(app): State<App>,
    At(space): At<SpaceId>,
) -> Result<NoContent, Problem> {
    app.sequencer.govern(who.submitter(), Governance::DeleteSpace(space)).await?;
    app.hub.lost_by_all(space).await;
    Ok(NoContent)
}

fn body(state: SpaceState) -> SpaceBody {
    SpaceBody {
        id: state.space,
        kind: state.kind,
        role: state.role,
        head: state.head,
        recovering: state.recovering,
    }
}
