//! What stands before every handler.

use std::any::Any;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::address::ClientAddress;
use super::admin;
use super::problem::{Problem, ProblemCode};
use crate::app::App;
use crate::config::Origin;
use crate::limits::REQUEST_TIMEOUT;

/// Puts the layers around the routes; the last one here is the outermost.
pub(crate) fn wrap(routes: Router<App>, app: &App) -> Router {
    let origin = app.config.public_origin.as_ref();
    let csrf = CsrfLayer::new();
    let csrf = match origin {
        // An origin that could be parsed is one to the layer too.
        Some(origin) => csrf.add_trusted_origin(origin.as_str()).unwrap_or_default(),
        None => csrf,
    };
    routes
        .layer(middleware::from_fn_with_state(app.clone(), admin::record))
        .layer(middleware::from_fn(limit_time))
        .layer(middleware::from_fn_with_state(app.clone(), limit_rate))
        .layer(csrf.with_rejection_response(|_: ProtectionError| {
            Problem::from(ProblemCode::CrossSite).into_response()
        }))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(app.clone(), set_headers))
        .layer(middleware::from_fn(observe))
        .with_state(app.clone())
}

/// A handler may take so long and no longer.
async fn limit_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::from(ProblemCode::TimedOut).into_response(),
    }
}

async fn limit_rate(
    State(app): State<App>,
    address: ClientAddress,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    app.throttle.request(&address)?;
    Ok(next.run(request).await)
}

fn panicked(reason: Box<dyn Any + Send>) -> Response {
    let text = reason.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| reason.downcast_ref::<&str>().copied()).unwrap_or("(no text)");
    tracing::error!(reason = text, "a handler panicked");
    metrics::counter!("umbra_panics_total").increment(1);
    Problem::from(ProblemCode::Internal).into_response()
}

const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

async fn set_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // What an account has, or may do, is in nobody's cache.
    let private = path.starts_with("/api") || path.starts_with("/device");
    // With no referrer at all, browsers send a form's origin as `null`.
    let referrer = if path.starts_with("/device") { "same-origin" } else { "no-referrer" };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    set(headers, header::CONTENT_SECURITY_POLICY, CSP);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, referrer);
    set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    let none = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
    set(headers, HeaderName::from_static("permissions-policy"), none);
    if private {
        set(headers, header::CACHE_CONTROL, "no-store");
    }
    if app.config.public_origin.as_ref().is_some_and(Origin::is_https) {
        set(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

/// Counts and times every request, and logs it without what it carries.
async fn observe(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str).to_owned();
    let took = start.elapsed();
    tracing::debug!(%method, route, status, took_us = took.as_micros(), "request");
    let method = method.as_str().to_owned();
    metrics::counter!("umbra_requests_total", "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("umbra_request_seconds", "route" => route).record(took.as_secs_f64());
    response
}
