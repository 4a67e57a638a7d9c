//! What the API is, as an OpenAPI document: made from the list of routes, the signatures
//! and documentation of their handlers, and the types of bodies, queries and answers.

mod answers;
mod asks;
mod document;
mod links;
mod reference;
mod schemas;
mod security;
mod sketch;
mod tags;

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use umbra_server_macros::operation;

pub(super) use answers::{Accepted, Answers, Created};
pub(super) use asks::Asks;
pub(super) use schemas::{Anything, DisplayName, JsonObject, SignInName};
pub(super) use sketch::Sketch;

use super::routes::Route;
use crate::app::App;
use crate::identity::Anyone;

/// A handler's description; `#[operation]` writes it.
pub(super) trait Operation {
    /// The lines of its documentation.
    const WORDS: &'static [&'static str];

    /// What it asks for, and what it answers.
    fn sketch(sketch: &mut Sketch<'_>);
}

/// A route with its description.
pub(super) struct Described {
    pub(super) route: Route,
    /// The handler's path, from which its id is made.
    pub(super) handler: &'static str,
    pub(super) words: &'static [&'static str],
    pub(super) sketch: fn(&mut Sketch<'_>),
}

impl Described {
    pub(super) const fn by<O: Operation>(route: Route, handler: &'static str) -> Self {
        Self { route, handler, words: O::WORDS, sketch: O::sketch }
    }
}

/// The document, and the page made of it.
struct Published {
    json: String,
    page: String,
}

impl Published {
    fn new(secure: bool) -> Self {
        let document = openapi(secure);
        Self { json: document.to_string(), page: reference::page(&document) }
    }
}

/// The OpenAPI document of a server that is reached over TLS, or isn't: by that, the
/// session cookie has another name.
pub fn openapi(secure: bool) -> Value {
    document::of(super::routes::OPERATIONS, secure)
}

fn published(app: &App) -> &'static Published {
    static PLAIN: LazyLock<Published> = LazyLock::new(|| Published::new(false));
    static SECURE: LazyLock<Published> = LazyLock::new(|| Published::new(true));
    let secure = app.config.public_origin.as_ref().is_some_and(crate::config::Origin::is_https);
    if secure { &SECURE } else { &PLAIN }
}

/// This description, as an OpenAPI 3.1 document.
#[operation()]
pub(super) async fn show(_: Anyone, State(app): State<App>) -> JsonObject {
    JsonObject(&published(&app).json)
}

/// The same as a page to read.
#[operation()]
pub(super) async fn docs(_: Anyone, State(app): State<App>) -> Html<&'static str> {
    Html(&published(&app).page)
}

/// The style sheet of that page.
pub(super) async fn style(_: Anyone) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("reference.css")).into_response()
}

#[cfg(test)]
mod tests;
