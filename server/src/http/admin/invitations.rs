//! Invitations to make an account.

use axum::extract::State;
use axum::response::NoContent;
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::{Millis, UserId};
use umbra_server_macros::operation;
use uuid::Uuid;

use super::Note;
use crate::app::App;
use crate::http::body::Body;
use crate::http::id::At;
use crate::http::openapi::Created;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::{Asked, page_rows};
use crate::identity::{Admin, FreshAdmin, Token, TokenKind, fresh_id};
use crate::limits::{
    INVITATION_HOURS, INVITATION_USES, INVITATIONS_MAX, NOTE_CHARS_MAX, PAGE_ROWS_MAX,
};
use crate::store::{Invitation, NewInvitation, StoreError, now};

/// An invitation, without its token.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct InvitationBody {
    /// Its id.
    id: Uuid,
    /// For whom it is, in the administrator's words.
    note: String,
    /// Whether those who come by it govern accounts and the system.
    admin: bool,
    /// How many may come by it.
    uses_max: u64,
    /// How many have.
    uses: u64,
    /// Who gave it.
    created_by: UserId,
    /// When.
    created_at: i64,
    /// Until when it is good.
    expires_at: i64,
    /// When it was revoked; null where it wasn't.
    revoked_at: Option<i64>,
}

/// An invitation to be given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct InviteBody {
    /// For whom it is.
    #[serde(default)]
    #[schemars(length(max = NOTE_CHARS_MAX))]
    note: String,
    /// For how many hours it is good; seven days, where nothing is said.
    #[serde(default = "week")]
    #[schemars(range(min = *INVITATION_HOURS.start(), max = *INVITATION_HOURS.end()))]
    hours: u32,
    /// How many may come by it; one, where nothing is said.
    #[serde(default = "once")]
    #[schemars(range(min = *INVITATION_USES.start(), max = *INVITATION_USES.end()))]
    uses: u32,
    /// Whether those who come by it govern accounts and the system.
    #[serde(default)]
    admin: bool,
}

fn week() -> u32 {
    7 * 24
}

fn once() -> u32 {
    1
}

/// An invitation that was given. Its token is shown only now.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct InvitedBody {
    /// Its id.
    id: Uuid,
    /// What `POST /api/auth/register` takes as `invitation`.
    token: String,
    /// Until when it is good.
    expires_at: i64,
}

/// Gives an invitation. Its token is in the answer and nowhere else.
#[operation(TooMany)]
pub(in crate::http) async fn create(
    FreshAdmin(who): FreshAdmin,
    State(app): State<App>,
    Body(new): Body<InviteBody>,
) -> Result<(Extension<Note>, Created<InvitedBody>), Problem> {
    check(&new)?;
    let (token, now) = (Token::draw(TokenKind::Invitation)?, now());
    let expires_at = Millis(now.0 + i64::from(new.hours) * 3_600_000);
    let (id, token_hash) = (fresh_id(now)?, token.hash());
    let InviteBody { note, uses: uses_max, admin, .. } = new;
    let new = NewInvitation { id, token_hash, note, admin, uses_max, by: who.user, expires_at };
    app.store.invite(&new, INVITATIONS_MAX, now).await.map_err(|error| match error {
        StoreError::Taken => Problem::from(ProblemCode::TooMany).detail("revoke invitations"),
        other => Problem::from(other),
    })?;
    let invited = InvitedBody { id, token: token.expose(), expires_at: expires_at.0 };
    let note = Note::saying(format!("invitation {id}, uses {uses_max}, admin {admin}"));
    Ok((Extension(note), Created(invited)))
}

fn check(new: &InviteBody) -> Result<(), Problem> {
    let bad = |text: String| Err(Problem::from(ProblemCode::BodyInvalid).detail(text));
    let within = |range: &std::ops::RangeInclusive<u32>| {
        format!("between {} and {}", range.start(), range.end())
    };
    if !INVITATION_HOURS.contains(&new.hours) {
        return bad(format!("hours is {}", within(&INVITATION_HOURS)));
    }
    if !INVITATION_USES.contains(&new.uses) {
        return bad(format!("uses is {}", within(&INVITATION_USES)));
    }
    if new.note.chars().count() > NOTE_CHARS_MAX || new.note.chars().any(char::is_control) {
        return bad(format!("note has at most {NOTE_CHARS_MAX} characters, no control code"));
    }
    Ok(())
}

/// Which invitations are asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct InvitationsQuery {
    /// Older than this one: `next` of the page before.
    before: Option<Uuid>,
    /// How many at most.
    #[schemars(range(min = 1, max = PAGE_ROWS_MAX))]
    limit: Option<u32>,
}

/// A page of invitations.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct InvitationsPage {
    /// The newest first.
    invitations: Vec<InvitationBody>,
    /// `before` of the next page; null where this is the last.
    next: Option<Uuid>,
}

/// Lists the invitations by page, also those that are used up, expired or revoked.
#[operation()]
pub(in crate::http) async fn list(
    _: Admin,
    State(app): State<App>,
    Asked(query): Asked<InvitationsQuery>,
) -> Result<Json<InvitationsPage>, Problem> {
    let most = page_rows(query.limit)?;
    let found = app.store.invitations(query.before, most + 1).await?;
    let page = usize::try_from(most).unwrap_or(usize::MAX);
    let next = (found.len() > page).then(|| found[page - 1].id);
    let invitations = found.into_iter().take(page).map(body).collect();
    Ok(Json(InvitationsPage { invitations, next }))
}

/// Revokes an invitation: nobody comes by it any more.
#[operation()]
pub(in crate::http) async fn revoke(
    _: FreshAdmin,
    State(app): State<App>,
    At(id): At<Uuid>,
) -> Result<(Extension<Note>, NoContent), Problem> {
    app.store.revoke_invitation(id, now()).await?;
    Ok((Extension(Note::saying(format!("invitation {id}"))), NoContent))
}

fn body(it: Invitation) -> InvitationBody {
    InvitationBody {
        id: it.id,
        note: it.note,
        admin: it.admin,
        uses_max: it.uses_max,
        uses: it.uses,
        created_by: it.by,
        created_at: it.created_at.0,
        expires_at: it.expires_at.0,
        revoked_at: it.revoked_at.map(|at| at.0),
    }
}
