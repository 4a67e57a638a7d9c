//! The audit log, for administrators.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use umbra_model::{Millis, UserId};
use umbra_server_macros::operation;

use crate::app::App;
use crate::http::openapi::{Answers, Sketch};
use crate::http::problem::Problem;
use crate::http::query::{Asked, page_rows};
use crate::http::stream::{self, Broken, Outflow};
use crate::http::trail::{self, TrailPage, text};
use crate::identity::{Admin, FreshAdmin};
use crate::limits::{NAME_CHARS_MAX, PAGE_ROWS_MAX};
use crate::store::{AuditFilter, Store};

/// What is looked for in the audit log.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct AuditQuery {
    /// Done by this account.
    actor: Option<UserId>,
    /// About this account.
    subject: Option<UserId>,
    /// This was done.
    #[schemars(length(max = NAME_CHARS_MAX))]
    action: Option<String>,
    /// This came of it: `ok`, or the code of a problem.
    #[schemars(length(max = NAME_CHARS_MAX))]
    outcome: Option<String>,
    /// Not earlier than this instant.
    from: Option<i64>,
    /// Earlier than this instant.
    to: Option<i64>,
    /// Before this number: `next` of the page before.
    before: Option<i64>,
    /// How many at most.
    #[schemars(range(min = 1, max = PAGE_ROWS_MAX))]
    limit: Option<u32>,
}

/// Shows what happened around accounts, the latest first, by page.
#[operation()]
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
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum Format {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// One JSON object a line.
    Jsonl,
}

const CSV: &str = "text/csv; charset=utf-8; header=present";

const JSONL: &str = "application/jsonl";

/// The file, as it is written.
pub(in crate::http) struct AuditFile(Response);

impl IntoResponse for AuditFile {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answers for AuditFile {
    fn answers(sketch: &mut Sketch<'_>) {
        for kind in [CSV, JSONL] {
            sketch.answer(200, "The file.", kind, json!({ "type": "string" }));
        }
    }
}

/// What is to be exported of the audit log.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ExportQuery {
    /// As what.
    format: Format,
    /// Done by this account.
    actor: Option<UserId>,
    /// About this account.
    subject: Option<UserId>,
    /// This was done.
    #[schemars(length(max = NAME_CHARS_MAX))]
    action: Option<String>,
    /// This came of it.
    #[schemars(length(max = NAME_CHARS_MAX))]
    outcome: Option<String>,
    /// Not earlier than this instant.
    from: Option<i64>,
    /// Earlier than this instant.
    to: Option<i64>,
}

/// Writes what happened around accounts to a file, the latest first.
#[operation(Busy)]
pub(in crate::http) async fn export(
    _: FreshAdmin,
    State(app): State<App>,
    Asked(query): Asked<ExportQuery>,
) -> Result<AuditFile, Problem> {
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
        Format::Csv => (CSV, "audit.csv"),
        Format::Jsonl => (JSONL, "audit.jsonl"),
    };
    let (store, format) = (app.store.clone(), query.format);
    stream::answer(&app, kind, file, move |out| write(store, filter, format, out)).map(AuditFile)
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
