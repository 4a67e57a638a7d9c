//! Whether a browser's request comes from a page of ours.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::principal::{authenticate_device, is_safe};
use crate::app::App;
use crate::config::Origin;
use crate::http::{Problem, ProblemCode};
use crate::store::{Session, SessionKind};

/// Somebody at a page that works without scripts, signed in by cookie or not. A plain
/// form can't send the header that [`SignedIn`](super::SignedIn) asks for, so it has to
/// come from a page of ours by what the browser says of it.
#[derive(Clone, Debug)]
pub struct Visitor(pub Option<Session>);

impl FromRequestParts<App> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let own = app.config.public_origin.as_ref();
        if !is_safe(&parts.method) && !is_own_page(&parts.headers, own) {
            return Err(ProblemCode::CrossSite.into());
        }
        let session = authenticate_device(parts, app).await?;
        let at_a_page = |it: &Session| it.kind == SessionKind::Cookie && !it.purging;
        Ok(Self(session.filter(at_a_page)))
    }
}

/// Whether a form was sent by a page of ours. Where the browser says how the two sites
/// relate, that counts: with a strict referrer policy, `Origin` may be `null`.
fn is_own_page(headers: &HeaderMap, own: Option<&Origin>) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => is_own_origin(headers, own),
    }
}

/// Whether the page that a request comes from is ours. Without an `Origin` it is no browser,
/// and has no business with a cookie.
pub(crate) fn is_own_origin(headers: &HeaderMap, own: Option<&Origin>) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    match (own, text(header::HOST)) {
        (Some(own), _) => origin == own.as_str(),
        (None, Some(host)) => origin.strip_prefix("http://") == Some(host),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_counts_from_our_own_pages_only() {
        let own = Origin::parse("https://umbra.example.org").unwrap();
        let with = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "localhost:8000".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            headers
        };
        for (origin, own, expected) in [
            (Some("https://umbra.example.org"), Some(&own), true),
            (Some("https://umbra.example.org.evil.example"), Some(&own), false),
            (Some("http://umbra.example.org"), Some(&own), false),
            (Some("null"), Some(&own), false),
            (None, Some(&own), false),
            (Some("http://localhost:8000"), None, true),
            (Some("http://localhost:8001"), None, false),
            (Some("https://localhost:8000"), None, false),
            (None, None, false),
        ] {
            assert_eq!(is_own_origin(&with(origin), own), expected, "{origin:?}");
            assert_eq!(is_own_page(&with(origin), own), expected, "{origin:?}");
        }
    }

    #[test]
    fn what_a_browser_says_of_the_sites_goes_before_the_origin() {
        for (site, expected) in
            [("same-origin", true), ("same-site", false), ("cross-site", false), ("none", false)]
        {
            let headers = HeaderMap::from_iter([
                (header::HOST, "localhost:8000".parse().unwrap()),
                (header::ORIGIN, "http://localhost:8000".parse().unwrap()),
                ("sec-fetch-site".parse().unwrap(), site.parse().unwrap()),
            ]);
            assert_eq!(is_own_page(&headers, None), expected, "{site}");
        }
    }
}
