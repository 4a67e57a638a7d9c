//! Who may call an operation, as OpenAPI tells it.

use serde_json::{Value, json};

use super::sketch::Sketch;
use crate::http::routes::Access;
use crate::identity::cookie_name;

/// The ways to show who one is.
pub(super) fn schemes(secure: bool) -> Value {
    json!({
        "session": {
            "type": "apiKey", "in": "cookie", "name": cookie_name(secure),
            "description": "A browser's session. Scripts can't read it.",
        },
        "csrf": {
            "type": "apiKey", "in": "header", "name": "X-Requested-With",
            "description": "Any value. With a session's cookie, whatever changes something \
                carries it: other sites' pages can't set it.",
        },
        "device": {
            "type": "http", "scheme": "bearer", "bearerFormat": "umbra_dev_…",
            "description": "A device's token, as signing in hands it out. Where there is one, \
                cookies aren't looked at.",
        },
        "token": {
            "type": "http", "scheme": "bearer", "bearerFormat": "umbra_api_…",
            "description": "An API token, as far as its scope reaches.",
        },
    })
}

/// What an operation needs of them.
pub(super) fn requirement(sketch: &Sketch<'_>) -> Value {
    let session = if sketch.is_safe() {
        json!({ "session": [] })
    } else {
        json!({ "session": [], "csrf": [] })
    };
    match sketch.route.access {
        Access::Anyone if sketch.may_sign_in => json!([{}, session, { "device": [] }]),
        Access::Anyone => json!([]),
        Access::SignedIn | Access::Admin => json!([session, { "device": [] }]),
        Access::Reads | Access::Writes => json!([session, { "device": [] }, { "token": [] }]),
    }
}

/// Whom it is for, in a word.
pub(super) fn name(access: Access) -> &'static str {
    match access {
        Access::Anyone => "anyone",
        Access::SignedIn => "signed_in",
        Access::Reads => "reads",
        Access::Writes => "writes",
        Access::Admin => "admin",
    }
}
