//! The audit log, for administrators.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use umbra_model::{Millis, UserId};

use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query::{Asked, page_rows};
use crate::http::stream::{self, Broken, Outflow};
use crate::http::trail::{self, TrailPage, text};
use crate::identity::{Admin, FreshAdmin};
use crate::limits::PAGE_ROWS_MAX;
use crate::store::{AuditFilter, Store};

/// What is looked for in the audit log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct AuditQuery {
    /// Done by this account.
    actor: Option<UserId>,
    /// About this account.
    subject: Option<UserId>,
    /// This was done.
    action: Option<String>,
    /// This came of it: `ok`, or the code of a problem.
    outcome: Option<String>,
    /// Not earlier than this instant.
    from: Option<i64>,
    /// Earlier than this instant.
    to: Option<i64>,
    /// Before this number: `next` of the page before.
    before: Option<i64>,
    /// How many at most.
    limit: Option<u32>,
}

/// Shows what happened around accounts, the latest first, by page.
///
/// Answers `not_signed_in`, `admin_only`, `query_invalid` and `nul_refused`.
pub(in crate::http) async fn list(
    _: Admin,
    State(app): State<App>,
    Asked(query): Asked<AuditQuery>,
) -> Result<Json<TrailPage>, Problem> {
    let most = page_rows(query.limit)?;
    let before = query.before.unwrap_or(i64::MAX);
    let filter = AuditFilter {
        actor: query.actor,
        subject: query.subject,
        concerns: None,
        action: text(query.action)?,
        outcome: text(query.outcome)?,
        from: query.from.map(Millis),
        to: query.to.map(Millis),
    };
    Ok(Json(trail::page(&app.store, &filter, before, most).await?))
}

/// As what the audit log is exported.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum Format {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// What is to be exported of the audit log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ExportQuery {
    /// As what.
    format: Format,
    /// Done by this account.
    actor: Option<UserId>,
    /// About this account.
    subject: Option<UserId>,
    /// This was done.
    action: Option<String>,
    /// This came of it.
    outcome: Option<String>,
    /// Not earlier than this instant.
    from: Option<i64>,
    /// Earlier than this instant.
    to: Option<i64>,
}

/// Writes what happened around accounts to a file, the latest first.
///
/// Answers `not_signed_in`, `admin_only`, `fresh_authentication_needed`, `query_invalid`,
/// `nul_refused`, and `busy` where too many exports are under way.
pub(in crate::http) async fn export(
    _: FreshAdmin,
    State(app): State<App>,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, Problem> {
    let filter = AuditFilter {
        actor: query.actor,
        subject: query.subject,
        concerns: None,
        action: text(query.action)?,
        outcome: text(query.outcome)?,
        from: query.from.map(Millis),
        to: query.to.map(Millis),
    };
    let (kind, file) = match query.format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "audit.csv"),
        Format::Jsonl => ("application/jsonl", "audit.jsonl"),
    };
    let (store, format) = (app.store.clone(), query.format);
    stream::answer(&app, kind, file, move |out| write(store, filter, format, out))
}

async fn write(
    store: Store,
    filter: AuditFilter,
    format: Format,
    out: Outflow,
) -> Result<(), Broken> {
    if format == Format::Csv {
        out.send(trail::CSV_HEAD).await?;
    }
    let mut before = i64::MAX;
    loop {
        let entries = store.audit_trail(&filter, before, i64::from(PAGE_ROWS_MAX)).await?;
        let Some(last) = entries.last() else { return Ok(()) };
        before = last.id;
        let mut piece = String::new();
        for entry in entries {
            match format {
                Format::Csv => trail::csv_line(&mut piece, &entry),
                Format::Jsonl => {
                    piece.push_str(&serde_json::to_string(&trail::body(entry))?);
                    piece.push('\n');
                }
            }
        }
        out.send(piece).await?;
    }
}
