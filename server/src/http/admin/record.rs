//! Every deed of an administrator is noted, whatever came of it: around the handlers,
//! so that none can forget it.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use umbra_model::UserId;

use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::problem::{Problem, ProblemCode};
use crate::identity::Actor;
use crate::store::{AuditEvent, now};

/// What is noted of each route, by method and path. What only shows how the server is
/// set and how much there is isn't noted: it says nothing of anybody.
const DEEDS: &[(&str, &str, &str)] = &[
    ("GET", "/api/admin/users", "users_read"),
    ("POST", "/api/admin/users", "user_create"),
    ("GET", "/api/admin/users/{user}", "user_read"),
    ("POST", "/api/admin/users/{user}/disable", "user_disable"),
    ("POST", "/api/admin/users/{user}/enable", "user_enable"),
    ("POST", "/api/admin/users/{user}/promote", "user_promote"),
    ("POST", "/api/admin/users/{user}/demote", "user_demote"),
    ("POST", "/api/admin/users/{user}/password-reset", "password_reset_issue"),
    ("POST", "/api/admin/users/{user}/sign-out", "sign_out_by_admin"),
    ("POST", "/api/admin/users/{user}/unlock", "user_unlock"),
    ("PUT", "/api/admin/users/{user}/quotas", "quotas_change"),
    ("POST", "/api/admin/invitations", "invitation_create"),
    ("DELETE", "/api/admin/invitations/{invitation}", "invitation_revoke"),
    ("PUT", "/api/admin/settings", "settings_change"),
    ("GET", "/api/admin/audit", "audit_read"),
    ("GET", "/api/admin/audit/export", "audit_export"),
];

/// What a handler adds to what is noted of it.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Note {
    /// Whom it is about, where the path doesn't say.
    pub(in crate::http) subject: Option<UserId>,
    /// What was done, more exactly. Never a secret.
    pub(in crate::http) detail: Option<String>,
}

/// Notes what administrators do, and what others try that is theirs to do.
pub(in crate::http) async fn record(
    State(app): State<App>,
    address: ClientAddress,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(deed) = Deed::of(&request) else { return next.run(request).await };
    let actor = Actor::default();
    request.extensions_mut().insert(actor.clone());
    let response = next.run(request).await;
    let Some((user, device)) = actor.get() else { return response };
    let note = response.extensions().get::<Note>().cloned().unwrap_or_default();
    let outcome = response.extensions().get::<ProblemCode>();
    let event = AuditEvent {
        actor: Some(user),
        subject: note.subject.or(deed.subject),
        device: Some(device),
        address: Some(address.ip.to_string()),
        detail: note.detail,
        ..AuditEvent::new(deed.action, outcome.map_or("ok", |code| code.as_str()))
    };
    tracing::info!(action = event.action, outcome = event.outcome, actor = %user, "administration");
    match app.store.audit(&event, now()).await {
        Ok(()) => response,
        // Nothing of it is to be had without a note.
        Err(error) => Problem::from(error).into_response(),
    }
}

struct Deed {
    action: &'static str,
    subject: Option<UserId>,
}

impl Deed {
    fn of(request: &Request) -> Option<Self> {
        let matched = request.extensions().get::<MatchedPath>()?.as_str();
        let action = action_of(request.method().as_str(), matched)?;
        let parts = matched.split('/').zip(request.uri().path().split('/'));
        let subject = parts.filter(|(part, _)| *part == "{user}").map(|(_, id)| id.parse());
        let subject = subject.filter_map(Result::ok).next();
        Some(Self { action, subject })
    }
}

fn action_of(method: &str, path: &str) -> Option<&'static str> {
    let deed = DEEDS.iter().find(|deed| (deed.0, deed.1) == (method, path));
    deed.map(|(_, _, action)| *action)
}

impl Note {
    /// About this account.
    pub(in crate::http) fn about(subject: UserId) -> Self {
        Self { subject: Some(subject), detail: None }
    }

    /// With this to say.
    pub(in crate::http) fn saying(detail: impl Into<String>) -> Self {
        Self { subject: None, detail: Some(detail.into()) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::{Access, ROUTES};

    #[test]
    fn every_route_of_administrators_is_noted_or_says_nothing_of_anybody() {
        const SILENT: [(&str, &str); 3] = [
            ("GET", "/api/admin/settings"),
            ("GET", "/api/admin/statistics"),
            ("GET", "/api/admin/invitations"),
        ];
        let mut noted = BTreeSet::new();
        for route in ROUTES.iter().filter(|route| route.access == Access::Admin) {
            let method = route.method.to_uppercase();
            let silent = SILENT.contains(&(method.as_str(), route.path));
            let action = action_of(&method, route.path);
            assert_ne!(action.is_some(), silent, "{method} {}", route.path);
            noted.extend(action);
        }
        assert_eq!(noted.len(), DEEDS.len(), "each deed is a route's, and has its own name");
        assert!(ROUTES.iter().all(|route| {
            route.path.starts_with("/api/admin/") == (route.access == Access::Admin)
        }));
    }
}
