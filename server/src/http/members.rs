//! Who is in a space.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::{DeviceId, DocId, Role, SpaceId, UserId};
use umbra_server_macros::operation;
use uuid::Uuid;

use super::body::Body;
use super::id::At;
use super::openapi::Created;
use super::problem::{Problem, ProblemCode};
use crate::app::App;
use crate::identity::{Fresh, LoginName, Reads, SignedIn};
use crate::sequencer::Governance;
use crate::store::{Member, PurgeStatus};

/// A member.
#[derive(Serialize, JsonSchema)]
pub(super) struct MemberBody {
    id: UserId,
    name: String,
    role: Role,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddBody {
    /// The sign-in name.
    name: String,
    role: Role,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeBody {
    role: Role,
}

/// The members of a space that the caller has.
#[operation()]
pub(super) async fn list(
    Reads(who): Reads,
    State(app): State<App>,
    At(space): At<SpaceId>,
) -> Result<Json<Vec<MemberBody>>, Problem> {
    if !who.reaches(app.store.space_of(who.user, space).await?.kind) {
        return Err(ProblemCode::NotFound.into());
    }
    let members = app.store.members(who.user, space).await?;
    Ok(Json(members.into_iter().map(member).collect()))
}

/// Lets an account in.
#[operation(RoleTooWeak, NoSuchUser, AlreadyMember, TooMany, SpaceRecovering, Busy)]
pub(super) async fn add(
    who: SignedIn,
    State(app): State<App>,
    At(space): At<SpaceId>,
    Body(new): Body<AddBody>,
) -> Result<Created<MemberBody>, Problem> {
    let (user, name) = named(&app, &new.name).await?;
    // Whether the caller may is decided first, so that who may not learns nothing
    // of the name.
    app.sequencer.govern(who.submitter(), Governance::AddMember(space, user, new.role)).await?;
    Ok(Created(MemberBody { id: user, name, role: new.role }))
}

/// The account of a sign-in name; the id of nobody where there is none.
async fn named(app: &App, name: &str) -> Result<(UserId, String), Problem> {
    let nobody = || (UserId(Uuid::nil()), String::new());
    let Ok(name) = LoginName::parse(name) else { return Ok(nobody()) };
    let account = app.store.account_named(name.as_str()).await?;
    Ok(account.map_or_else(nobody, |account| (account.user, account.name)))
}

/// Gives a member another role.
#[operation(RoleTooWeak, NotMember, SpaceRecovering, Busy)]
pub(super) async fn change(
    who: SignedIn,
    State(app): State<App>,
    At((space, user)): At<(SpaceId, UserId)>,
    Body(new): Body<ChangeBody>,
) -> Result<NoContent, Problem> {
    let change = Governance::ChangeRole(space, user, new.role);
    app.sequencer.govern(who.submitter(), change).await?;
    Ok(NoContent)
}

/// Removes a member. Their sockets have let go of the space when this is answered.
#[operation(RoleTooWeak, NotMember, SpaceRecovering, Busy)]
pub(super) async fn remove(
    who: SignedIn,
    State(app): State<App>,
    At((space, user)): At<(SpaceId, UserId)>,
) -> Result<NoContent, Problem> {
    app.sequencer.govern(who.submitter(), Governance::RemoveMember(space, user)).await?;
    app.hub.lost(space, user).await;
    Ok(NoContent)
}

/// Leaves a space. Its owner can't.
#[operation(RoleTooWeak, SpaceRecovering, Busy)]
pub(super) async fn leave(
    who: SignedIn,
    State(app): State<App>,
    At(space): At<SpaceId>,
) -> Result<NoContent, Problem> {
    app.sequencer.govern(who.submitter(), Governance::Leave(space)).await?;
    app.hub.lost(space, who.user).await;
    Ok(NoContent)
}

/// To whom a space is handed over.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TransferBody {
    /// A member of it.
    user: UserId,
}

/// Hands a space over to another member. Who owned it is a manager from then on.
#[operation(RoleTooWeak, NotMember, NoSuchUser, SpaceRecovering, Busy)]
pub(super) async fn transfer(
    Fresh(who): Fresh,
    State(app): State<App>,
    At(space): At<SpaceId>,
    Body(to): Body<TransferBody>,
) -> Result<NoContent, Problem> {
    let by = SignedIn(who).submitter();
    app.sequencer.govern(by, Governance::Transfer(space, to.user)).await?;
    Ok(NoContent)
}

/// What became of an order to remove something from a device.
#[derive(Serialize, JsonSchema)]
pub(super) struct PurgeBody {
    order: u64,
    user: UserId,
    user_name: String,
    device: DeviceId,
    device_name: String,
    doc: Option<DocId>,
    reason: String,
    issued_at: i64,
    confirmed_at: Option<i64>,
    withdrawn_at: Option<i64>,
}

/// Which devices have removed what they should, for the space's owner.
#[operation()]
pub(super) async fn purges(
    who: SignedIn,
    State(app): State<App>,
    At(space): At<SpaceId>,
) -> Result<Json<Vec<PurgeBody>>, Problem> {
    let orders = app.store.purges_in(who.user, space).await?;
    Ok(Json(orders.into_iter().map(purge).collect()))
}

fn member(member: Member) -> MemberBody {
    MemberBody { id: member.user, name: member.name, role: member.role }
}

fn purge(status: PurgeStatus) -> PurgeBody {
    PurgeBody {
        order: status.order,
        user: status.user,
        user_name: status.user_name,
        device: status.device,
        device_name: status.device_name,
        doc: status.doc,
        reason: status.reason,
        issued_at: status.issued_at.0,
        confirmed_at: status.confirmed_at.map(|at| at.0),
        withdrawn_at: status.withdrawn_at.map(|at| at.0),
    }
}
