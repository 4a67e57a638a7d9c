//! What signing in and out are answered with.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use umbra_model::UserId;
use uuid::Uuid;

use super::openapi::{Answers, Sketch};
use super::problem::ProblemCode;
use crate::app::App;
use crate::identity::{SignIn, session_cookie};
use crate::store::Session;

/// Somebody is signed in.
pub(super) struct Welcome {
    body: SignedInBody,
    cookie: Option<HeaderValue>,
}

/// Somebody is signed in whose account was just made.
pub(super) struct Newcomer(pub(super) Welcome);

/// A session has ended; the header takes its cookie away, where it had one.
pub(super) struct SignedOut(pub(super) Option<HeaderValue>);

/// Who is signed in, and with which device.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignedIn")]
pub(super) struct SignedInBody {
    /// The account.
    user: UserBody,
    /// The device.
    device: DeviceBody,
    /// Another after the server's database was restored from a backup.
    #[schemars(regex(pattern = "^[0-9a-f]{32}$"))]
    epoch: String,
    /// For `Authorization: Bearer`. It is shown only now, and only where it was asked
    /// for: a browser has a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// When the session ends in any case; null where it doesn't.
    expires_at: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignedInUser")]
struct UserBody {
    id: UserId,
    /// The sign-in name.
    name: String,
    display_name: String,
    /// Whether it governs accounts and the system.
    admin: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignedInDevice")]
struct DeviceBody {
    id: Uuid,
    name: String,
    platform: String,
    /// With it begins every Automerge actor id of the device.
    #[schemars(regex(pattern = "^[0-9a-f]{16}$"))]
    prefix: String,
}

/// What somebody is told who was just signed in.
pub(super) fn welcome(app: &App, SignIn { session, token, life }: SignIn) -> Welcome {
    let origin = app.config.public_origin.as_ref();
    let cookie = life.map(|life| session_cookie(&token, life, origin));
    let text = cookie.is_none().then(|| token.expose());
    Welcome { body: signed_in_body(app, session, text), cookie }
}

pub(super) fn signed_in_body(app: &App, session: Session, token: Option<String>) -> SignedInBody {
    SignedInBody {
        user: UserBody {
            id: session.user,
            name: session.user_name,
            display_name: session.display_name,
            admin: session.admin,
        },
        device: DeviceBody {
            id: session.device.0,
            name: session.device_name,
            platform: session.platform,
            prefix: hex(&session.prefix.0),
        },
        epoch: hex(&app.store.meta().epoch.0),
        token,
        expires_at: session.expires_at.map(|at| at.0),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl IntoResponse for Welcome {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        if let Some(cookie) = self.cookie {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }
}

impl IntoResponse for Newcomer {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, self.0).into_response()
    }
}

impl IntoResponse for SignedOut {
    fn into_response(self) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        if let Some(cookie) = self.0 {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            let clear = HeaderValue::from_static("\"cache\", \"storage\"");
            response.headers_mut().insert("clear-site-data", clear);
        }
        response
    }
}

impl Answers for Welcome {
    fn answers(sketch: &mut Sketch<'_>) {
        describe(sketch, 200, "Signed in.");
    }
}

impl Answers for Newcomer {
    fn answers(sketch: &mut Sketch<'_>) {
        describe(sketch, 201, "The account was made, and is signed in.");
    }
}

/// With what the device of a sign-in may be refused for.
fn describe(sketch: &mut Sketch<'_>, status: u16, description: &str) {
    sketch.json::<SignedInBody>(status, description);
    sketch.header(status, "Set-Cookie", "The session, where `credential` is `cookie`.");
    sketch.problems(&[
        ProblemCode::NotSignedIn,
        ProblemCode::NotFound,
        ProblemCode::DeviceRevoked,
        ProblemCode::TooMany,
        ProblemCode::QuotaExceeded,
        ProblemCode::Busy,
    ]);
}

impl Answers for SignedOut {
    fn answers(sketch: &mut Sketch<'_>) {
        sketch.empty(204, "Signed out.");
        sketch.header(204, "Set-Cookie", "Takes the session's cookie away.");
        sketch.header(204, "Clear-Site-Data", "Has a browser forget what it keeps.");
    }
}
