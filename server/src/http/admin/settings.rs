//! What administrators set.

use axum::extract::State;
use axum::{Extension, Json};
use umbra_server_macros::operation;

use super::Note;
use crate::app::App;
use crate::http::body::Body;
use crate::http::problem::{Problem, ProblemCode};
use crate::identity::{Admin, FreshAdmin};
use crate::settings::{BadSetting, SystemSettings};
use crate::store::now;

/// What is set.
#[operation()]
pub(in crate::http) async fn show(
    _: Admin,
    State(app): State<App>,
) -> Result<Json<SystemSettings>, Problem> {
    Ok(Json(app.settings.current(&app.store).await?))
}

/// Sets all of it: what is left out has its default from then on. Other nodes notice
/// within seconds.
#[operation()]
pub(in crate::http) async fn set(
    _: FreshAdmin,
    State(app): State<App>,
    Body(settings): Body<SystemSettings>,
) -> Result<(Extension<Note>, Json<SystemSettings>), Problem> {
    settings.check()?;
    app.settings.set(&app.store, settings, now()).await?;
    let note = Note { subject: None, detail: serde_json::to_string(&settings).ok() };
    Ok((Extension(note), Json(settings)))
}

impl From<BadSetting> for Problem {
    fn from(bad: BadSetting) -> Self {
        Self::from(ProblemCode::BodyInvalid).detail(bad.to_string())
    }
}
