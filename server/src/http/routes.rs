//! Every route, who may call it, and what answers.

use axum::Router;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, patch, post, put};

use super::problem::{Problem, ProblemCode};
use super::{admin, auth, devices, health, members, metrics, page, spaces};
use crate::app::App;
use crate::sync;

/// Who may call a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Anybody.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
    /// Administrators.
    Admin,
}

/// A route.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// Its method.
    pub method: &'static str,
    /// Its path, with `{..}` for what varies.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

macro_rules! routes {
    ($($method:ident $path:literal $access:ident $handler:path;)+) => {
        /// Every route of the API. A test asks each of them as everybody.
        pub const ROUTES: &[Route] = &[$(Route {
            method: stringify!($method),
            path: $path,
            access: Access::$access,
        }),+];

        fn api() -> Router<App> {
            Router::new()$(.route($path, $method($handler)))+
        }
    };
}

routes! {
    post "/api/setup" Anyone auth::setup;
    post "/api/auth/register" Anyone auth::register;
    post "/api/auth/login" Anyone auth::login;
    post "/api/auth/logout" SignedIn auth::logout;
    get "/api/auth/status" Anyone auth::status;
    get "/api/devices" SignedIn devices::list;
    delete "/api/devices/{device}" SignedIn devices::revoke;
    get "/api/spaces" SignedIn spaces::list;
    post "/api/spaces" SignedIn spaces::create;
    get "/api/spaces/{space}" SignedIn spaces::show;
    delete "/api/spaces/{space}" SignedIn spaces::delete;
    post "/api/spaces/{space}/leave" SignedIn members::leave;
    get "/api/spaces/{space}/members" SignedIn members::list;
    post "/api/spaces/{space}/members" SignedIn members::add;
    patch "/api/spaces/{space}/members/{user}" SignedIn members::change;
    delete "/api/spaces/{space}/members/{user}" SignedIn members::remove;
    get "/api/spaces/{space}/purges" SignedIn members::purges;
    get "/api/admin/settings" Admin admin::settings;
    put "/api/admin/settings" Admin admin::set_settings;
}

/// The router of everything that the server answers.
pub(crate) fn router() -> Router<App> {
    api()
        .route("/sync", any(sync::upgrade))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(metrics::render))
        .route("/", get(page::front))
        .fallback(nothing_here)
        .method_not_allowed_fallback(other_method)
}

/// The API answers in its own form, the rest with a page.
async fn nothing_here(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") || uri.path() == "/api" {
        Problem::from(ProblemCode::NotFound).into_response()
    } else {
        page::not_found()
    }
}

async fn other_method() -> Problem {
    ProblemCode::MethodNotAllowed.into()
}
