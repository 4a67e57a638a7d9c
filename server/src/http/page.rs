//! What a browser sees before there is a web app.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::html::page;
use super::problem::Problem;
use crate::app::App;
use crate::identity::Anyone;

/// What this is, and what to do next.
pub(super) async fn front(_: Anyone, State(app): State<App>) -> Result<Html<String>, Problem> {
    let next = if app.store.is_set_up().await? { SIGN_IN } else { SET_UP };
    Ok(page(
        "Welcome",
        &format!("<p>A local-first home for todos, calendars and projects.</p>{next}"),
    ))
}

/// There is no such page.
pub(super) fn not_found() -> Response {
    let back = "<p>There is no such page. <a href=\"/\">Go to the front page</a></p>";
    (StatusCode::NOT_FOUND, page("Nothing here", back)).into_response()
}

const SET_UP: &str = "<p>The server runs, and nobody has an account yet. On the machine that it runs \
on, make the first one:</p><pre>umbra-server user add NAME</pre>\
<p>and then sign in from any machine:</p><pre>umbra login ADDRESS</pre>";

const SIGN_IN: &str = "<p>The server runs. Sign in from a terminal:</p><pre>umbra login ADDRESS</pre>\
<p>An administrator makes accounts with <code>umbra-server user add NAME</code>.</p>";
