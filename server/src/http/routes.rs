//! Every route, who may call it, and what answers.

use axum::Router;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, patch, post, put};

use super::factors::{confirm, passkeys, passwordless, recovery, second_step, security, totp};
use super::openapi::Described;
use super::problem::{Problem, ProblemCode};
use super::{
    account, admin, app_passwords, auth, device_codes, device_page, devices, health, html, members,
    metrics, openapi, page, sessions, spaces, tokens,
};
use crate::app::App;
use crate::sync;

/// Who may call a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Anybody.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever is signed in, and API tokens as far as their scope reaches.
    Reads,
    /// The same, but no tokens that only read.
    Writes,
    /// Administrators.
    Admin,
}

/// A route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    /// Its method.
    pub method: &'static str,
    /// Its path, with `{..}` for what varies.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

impl Route {
    /// What varies in its path.
    pub fn parts(&self) -> impl Iterator<Item = &'static str> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

macro_rules! routes {
    ($($method:ident $path:literal $access:ident $handler:path;)+) => {
        /// Every route of the API. A test asks each of them as everybody.
        pub const ROUTES: &[Route] = &[$(Route {
            method: stringify!($method),
            path: $path,
            access: Access::$access,
        }),+];

        /// What each of them is. Each handler carries `#[operation(..)]`.
        pub(super) const OPERATIONS: &[Described] = &[$(Described::by::<$handler>(
            Route { method: stringify!($method), path: $path, access: Access::$access },
            stringify!($handler),
        )),+];

        fn api() -> Router<App> {
            Router::new()$(.route($path, $method($handler)))+
        }
    };
}

routes! {
    post "/api/setup" Anyone auth::setup;
    post "/api/auth/register" Anyone auth::register;
    post "/api/auth/login" Anyone auth::login;
    post "/api/auth/login/totp" Anyone second_step::totp;
    post "/api/auth/login/recovery" Anyone second_step::recovery;
    post "/api/auth/login/passkey" Anyone passkeys::begin_sign_in;
    post "/api/auth/login/passkey/finish" Anyone passkeys::finish_sign_in;
    post "/api/auth/recover" Anyone recovery::recover;
    post "/api/auth/ceremonies/cancel" Anyone second_step::cancel;
    post "/api/auth/confirm" SignedIn confirm::by_password;
    post "/api/auth/confirm/passkey" SignedIn confirm::begin_passkey;
    post "/api/auth/confirm/passkey/finish" SignedIn confirm::finish_passkey;
    get "/api/auth/security" SignedIn security::summary;
    post "/api/auth/totp" SignedIn totp::begin;
    post "/api/auth/totp/finish" SignedIn totp::finish;
    delete "/api/auth/totp" SignedIn totp::remove;
    post "/api/auth/recovery-codes" SignedIn recovery::renew;
    get "/api/auth/passkeys" SignedIn passkeys::list;
    post "/api/auth/passkeys" SignedIn passkeys::begin;
    post "/api/auth/passkeys/finish" SignedIn passkeys::finish;
    patch "/api/auth/passkeys/{passkey}" SignedIn passkeys::rename;
    delete "/api/auth/passkeys/{passkey}" SignedIn passkeys::remove;
    post "/api/auth/passwordless" SignedIn passwordless::begin;
    post "/api/auth/passwordless/finish" SignedIn passwordless::finish;
    post "/api/auth/passwordless/leave" SignedIn passwordless::begin_leaving;
    post "/api/auth/passwordless/leave/finish" SignedIn passwordless::finish_leaving;
    post "/api/auth/logout" SignedIn auth::logout;
    get "/api/auth/status" Anyone auth::status;
    get "/api/auth/invitation" Anyone auth::invitation;
    post "/api/auth/password-reset" Anyone account::password::reset;
    get "/api/auth/sessions" SignedIn sessions::list;
    delete "/api/auth/sessions" SignedIn sessions::end_others;
    delete "/api/auth/sessions/{session}" SignedIn sessions::end;
    get "/api/auth/tokens" SignedIn tokens::list;
    post "/api/auth/tokens" SignedIn tokens::create;
    delete "/api/auth/tokens/{token}" SignedIn tokens::revoke;
    get "/api/auth/app-passwords" SignedIn app_passwords::list;
    post "/api/auth/app-passwords" SignedIn app_passwords::create;
    delete "/api/auth/app-passwords/{password}" SignedIn app_passwords::revoke;
    post "/api/auth/device/code" Anyone device_codes::begin;
    post "/api/auth/device/token" Anyone device_codes::poll;
    get "/api/auth/device/approve" SignedIn device_codes::show;
    post "/api/auth/device/approve" SignedIn device_codes::decide;
    get "/api/devices" SignedIn devices::list;
    patch "/api/devices/{device}" SignedIn devices::rename;
    delete "/api/devices/{device}" SignedIn devices::revoke;
    post "/api/devices/{device}/purge" SignedIn devices::purge;
    get "/api/spaces" Reads spaces::list;
    post "/api/spaces" Writes spaces::create;
    get "/api/spaces/{space}" Reads spaces::show;
    delete "/api/spaces/{space}" SignedIn spaces::delete;
    post "/api/spaces/{space}/leave" SignedIn members::leave;
    post "/api/spaces/{space}/transfer" SignedIn members::transfer;
    get "/api/spaces/{space}/members" Reads members::list;
    post "/api/spaces/{space}/members" SignedIn members::add;
    patch "/api/spaces/{space}/members/{user}" SignedIn members::change;
    delete "/api/spaces/{space}/members/{user}" SignedIn members::remove;
    get "/api/spaces/{space}/purges" SignedIn members::purges;
    get "/api/account" SignedIn account::profile::show;
    patch "/api/account" SignedIn account::profile::change;
    delete "/api/account" SignedIn account::deletion::delete;
    put "/api/account/name" SignedIn account::profile::change_name;
    post "/api/account/password" SignedIn account::password::change;
    get "/api/account/audit" SignedIn account::trail::list;
    get "/api/account/export" SignedIn account::export::export;
    get "/api/admin/users" Admin admin::users::list;
    post "/api/admin/users" Admin admin::users::create;
    get "/api/admin/users/{user}" Admin admin::users::show;
    post "/api/admin/users/{user}/disable" Admin admin::standing::disable;
    post "/api/admin/users/{user}/enable" Admin admin::standing::enable;
    post "/api/admin/users/{user}/promote" Admin admin::standing::promote;
    post "/api/admin/users/{user}/demote" Admin admin::standing::demote;
    post "/api/admin/users/{user}/password-reset" Admin admin::users::reset_password;
    post "/api/admin/users/{user}/sign-out" Admin admin::standing::sign_out;
    post "/api/admin/users/{user}/unlock" Admin admin::standing::unlock;
    put "/api/admin/users/{user}/quotas" Admin admin::users::set_quotas;
    get "/api/admin/invitations" Admin admin::invitations::list;
    post "/api/admin/invitations" Admin admin::invitations::create;
    delete "/api/admin/invitations/{invitation}" Admin admin::invitations::revoke;
    get "/api/admin/settings" Admin admin::settings::show;
    put "/api/admin/settings" Admin admin::settings::set;
    get "/api/admin/statistics" Admin admin::statistics::show;
    get "/api/admin/audit" Admin admin::audit::list;
    get "/api/admin/audit/export" Admin admin::audit::export;
    get "/api/openapi.json" Anyone openapi::show;
    get "/api/docs" Anyone openapi::docs;
}

/// The router of everything that the server answers.
pub(crate) fn router() -> Router<App> {
    api()
        .route("/sync", any(sync::upgrade))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(metrics::render))
        .route("/", get(page::front))
        .route("/reference.css", get(openapi::style))
        .route("/page.css", get(html::style))
        .route("/device", get(device_page::ask).post(device_page::look))
        .route("/device/second-factor", post(device_page::second_factor))
        .route("/device/decision", post(device_page::decide))
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
