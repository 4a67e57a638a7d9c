//! Spaces.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use umbra_model::{Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{Command, SpaceState};

use super::body::Body;
use super::id::At;
use super::problem::Problem;
use crate::app::App;
use crate::identity::{SignedIn, fresh_id};
use crate::sequencer::Governance;
use crate::store::now;

/// A space, as the caller has it.
#[derive(Serialize)]
pub(super) struct SpaceBody {
    id: SpaceId,
    kind: SpaceKind,
    role: Role,
    head: u64,
    recovering: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateBody {
    /// The client's choice, so that repeating the request is harmless.
    id: Option<SpaceId>,
    kind: SpaceKind,
}

pub(super) async fn list(
    who: SignedIn,
    State(app): State<App>,
) -> Result<Json<Vec<SpaceBody>>, Problem> {
    let spaces = app.store.spaces_of(who.user).await?;
    Ok(Json(spaces.into_iter().map(body).collect()))
}

pub(super) async fn show(
    who: SignedIn,
    State(app): State<App>,
    At(space): At<SpaceId>,
) -> Result<Json<SpaceBody>, Problem> {
    Ok(Json(body(app.store.space_of(who.user, space).await?)))
}

/// Makes a space that the caller owns. Its name is in its document, as everything
/// that people write together is.
pub(super) async fn create(
    who: SignedIn,
    State(app): State<App>,
    Body(new): Body<CreateBody>,
) -> Result<(StatusCode, Json<SpaceBody>), Problem> {
    let space = match new.id {
        Some(id) => id,
        None => SpaceId(fresh_id(now())?),
    };
    app.sequencer.command(who.submitter(), Command::CreateSpace(space, new.kind)).await?;
    let state = app.store.space_of(who.user, space).await?;
    Ok((StatusCode::CREATED, Json(body(state))))
}

/// Deletes a space with all that is in it. Devices that hold it are ordered to
/// remove it.
pub(super) async fn delete(
    who: SignedIn,
    State(app): State<App>,
    At(space): At<SpaceId>,
) -> Result<StatusCode, Problem> {
    app.sequencer.govern(who.submitter(), Governance::DeleteSpace(space)).await?;
    app.hub.lost_by_all(space).await;
    Ok(StatusCode::NO_CONTENT)
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
