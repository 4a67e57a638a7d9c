//! What happened around one's own account.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use umbra_model::UserId;
use umbra_server_macros::operation;

use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query::{Asked, page_rows};
use crate::http::trail::{self, TrailPage};
use crate::identity::SignedIn;
use crate::limits::PAGE_ROWS_MAX;
use crate::store::AuditFilter;

/// Which page is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct OwnQuery {
    /// Before this number: `next` of the page before.
    before: Option<i64>,
    /// How many at most.
    #[schemars(range(min = 1, max = PAGE_ROWS_MAX))]
    limit: Option<u32>,
}

/// Shows what was done with and to one's own account, the latest first, by page.
#[operation()]
pub(in crate::http) async fn list(
    who: SignedIn,
    State(app): State<App>,
    Asked(query): Asked<OwnQuery>,
) -> Result<Json<TrailPage>, Problem> {
    let most = page_rows(query.limit)?;
    let filter = AuditFilter { concerns: Some(who.user), ..AuditFilter::default() };
    let before = query.before.unwrap_or(i64::MAX);
    let mut page = trail::page(&app.store, &filter, before, most).await?;
    page.entries.iter_mut().for_each(|entry| discreet(entry, who.user));
    Ok(Json(page))
}

/// From where somebody else acted is theirs to know, and who else was concerned.
pub(super) fn discreet(entry: &mut trail::EntryBody, own: UserId) {
    if entry.actor.is_some_and(|actor| actor != own) {
        entry.address = None;
        entry.device = None;
    }
}
